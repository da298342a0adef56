"""Makes wilcoxon.json: python3 test/analyse/spans/wilcoxon.py > test/analyse/spans/wilcoxon.json

Differences by bin, the middle one for 0, and what scipy says of them. The rank-biserial correlation is of its ranks.
"""

import json

import numpy as np
import scipy
from scipy.stats import rankdata, wilcoxon

rng = np.random.default_rng(7)
histograms = [
    [3, 1, 0, 4, 9],
    [0, 0, 5, 10, 30],
    [40, 20, 5, 0, 0],
    [2, 2, 2, 2, 2],
    [0, 0, 0, 21, 0],
    [1, 0, 100, 0, 2],
    [500, 3, 40, 2, 900],
    [0, 0, 0, 0, 3000],
    *(rng.integers(0, 30, 2 * int(half) + 1).tolist() for half in rng.integers(1, 9, 12)),
]
cases = []
for counts in histograms:
    middle = len(counts) // 2
    d = np.repeat(np.arange(len(counts)) - middle, counts)
    p = wilcoxon(d, zero_method="pratt", correction=False, method="asymptotic").pvalue
    ranks = rankdata(abs(d))
    plus, minus = ranks[d > 0].sum(), ranks[d < 0].sum()
    cases.append({"counts": counts, "p": float(p), "rank_biserial": float((plus - minus) / (plus + minus))})
print(json.dumps({"scipy": scipy.__version__, "cases": cases}, indent=1))
