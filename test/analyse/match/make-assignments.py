"""Makes assignments.json: what numpy and scipy say of correlations and of assignments (numpy 2.x, scipy 1.17)."""

import json
from pathlib import Path

import numpy as np
from scipy.optimize import linear_sum_assignment

rng = np.random.default_rng(7)


def case(name, weights):
    weights = weights.astype(np.float32).astype(np.float64)
    rows, columns = linear_sum_assignment(weights, maximize=True)
    return {
        "name": name,
        "weights": weights.tolist(),
        "pairs": [[int(r), int(c)] for r, c in zip(rows, columns)],
        "total": float(weights[rows, columns].sum()),
    }


def rounded(shape):
    return np.round(rng.uniform(-1, 1, shape), 3)


permuted = np.round(0.2 * rng.uniform(-1, 1, (20, 20)) + np.eye(20)[rng.permutation(20)], 3)
cases = [
    case("random", rounded((25, 25))),
    case("wide", rounded((9, 23))),
    case("tall", rounded((23, 9))),
    case("a permutation with noise", permuted),
    case("tied", rng.integers(0, 3, (16, 16))),
    case("tied and wide", rng.integers(-1, 2, (8, 13))),
    case("all equal", np.ones((6, 6))),
    case("negative", -1 - np.abs(rounded((10, 10)))),
    case("one", np.array([[-0.5]])),
    case("one row", rounded((1, 7))),
]

values = np.round(rng.normal(size=(7, 11)), 3).astype(np.float32)
r = np.corrcoef(values.astype(np.float64))
out = {"cases": cases, "values": values.astype(float).tolist(), "correlations": r.tolist()}
Path(__file__).with_name("assignments.json").write_text(json.dumps(out) + "\n")
