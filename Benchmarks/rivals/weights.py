# SPDX-License-Identifier: Apache-2.0
"""Reads safetensors files."""

import json
from pathlib import Path

import numpy as np


def read(path: Path) -> dict[str, np.ndarray]:
    """All float32 tensors of a file by name."""
    data = path.read_bytes()
    header_end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:header_end])
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}; expected F32")
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[header_end + begin : header_end + end], np.float32)
        tensors[name] = array.reshape(entry["shape"]).copy()
    return tensors
