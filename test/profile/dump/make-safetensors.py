"""Writes safetensors.json, which safetensors.test.ts reads: heads of files as the format's own library writes them.

python make-safetensors.py (with safetensors and numpy)
"""

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save

DTYPES = {"U16": np.uint16, "F16": np.float16, "U32": np.uint32, "F32": np.float32, "I64": np.int64}
CASES = [
    [("locations", short, [hits, 3]), ("activations", half, [hits]), ("tokens", "I64", [rows, 16])]
    for short in ("U16", "U32")
    for half in ("F16", "F32")
    for hits, rows in ((0, 0), (0, 2), (1, 1), (12345, 300))
]

made = []
for case in CASES:
    whole = save({name: np.zeros(shape, DTYPES[dtype]) for name, dtype, shape in case})
    head = 8 + int.from_bytes(whole[:8], "little")
    tensors = [{"name": name, "dtype": dtype, "shape": shape} for name, dtype, shape in case]
    made.append({"tensors": tensors, "head": whole[:head].hex(), "bytes": len(whole)})
Path(__file__).with_name("safetensors.json").write_text(json.dumps(made, indent=1) + "\n")
