"""Reads a dump as delphi's loader does, with numpy in place of torch, and prints its hits and tokens as JSON.

python read_delphi.py RAW_DIR

After TensorBuffer.load, TensorBuffer.load_data_per_latent and LatentDataset._edges, _build and _build_selected of
https://github.com/EleutherAI/delphi/blob/main/delphi/latents/loader.py. It fails where a file differs from what
safetensors itself writes of the same tensors.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save

raw_dir = Path(sys.argv[1])


def load(path):
    split_data = load_file(path)
    assert save(split_data) == Path(path).read_bytes(), f"{path} is not as the library writes it"
    first_latent = int(str(path).split("/")[-1].split("_")[0])
    locations = split_data["locations"]
    assert locations.dtype in (np.uint16, np.int16, np.int32, np.uint32, np.int64, np.uint64)
    locations = locations.astype(np.int64)
    locations[:, 2] = locations[:, 2] + first_latent
    return locations, split_data["activations"], split_data["tokens"].astype(np.int64)


def edges_of(module):
    stems = [file.stem.split("_") for file in (raw_dir / module).glob("*.safetensors")]
    return sorted((int(start), int(end)) for start, end in stems)


tokens = None
hits = []
for module in os.listdir(raw_dir):
    config = json.loads((raw_dir / module / "config.json").read_text())
    assert isinstance(config["model_name"], str)
    edges = edges_of(module)
    for start, end in edges:
        locations, activations, of_file = load(f"{raw_dir}/{module}/{start}_{end}.safetensors")
        tokens = of_file if tokens is None else tokens
        assert np.array_equal(tokens, of_file) and tokens.shape[1] == config["cache_ctx_len"]
        indices = np.argsort(locations[:, 2], kind="stable")
        flat = locations[indices, 0] * tokens.shape[1] + locations[indices, 1]
        # Examples are made of runs of equal context numbers, so each latent's must ascend.
        same = np.diff(locations[indices, 2]) == 0
        assert (np.diff(flat)[same] > 0).all()
        for (row, position, latent), value in zip(locations[indices], activations[indices]):
            hits.append([f"{module} {row} {position} {latent}", float(value)])
    # The file that a latent is looked up in, by the boundaries of all.
    boundaries = [edges[0][0]] + [edge[1] + 1 for edge in edges]
    for latent in range(boundaries[0], boundaries[-1]):
        bucket = int(np.digitize(latent, boundaries))
        start, end = boundaries[bucket - 1], boundaries[bucket]
        assert os.path.exists(f"{raw_dir}/{module}/{start}_{end - 1}.safetensors")

print(json.dumps({"tokens": tokens.tolist(), "hits": hits}))
