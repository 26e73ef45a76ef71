# SPDX-License-Identifier: Apache-2.0
"""Reads safetensors files."""

import json
from pathlib import Path

import numpy as np


def split(path: Path) -> tuple[dict, bytes]:
    """The header of a file, and the bytes of its tensors."""
    data = path.read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    return json.loads(data[8:end]), data[end:]


def architecture(path: Path) -> str:
    """The name of the network whose weights `wrn` wrote to a file: `wrn-16-2`."""
    header, _ = split(path)
    return json.loads(header["__metadata__"]["wide-resnet"])["architecture"]


def read(path: Path) -> dict[str, np.ndarray]:
    """All float32 tensors of a file by name."""
    header, data = split(path)
    tensors = {}
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        if entry["dtype"] != "F32":
            raise ValueError(f"{path}: {name} is {entry['dtype']}; expected F32")
        begin, end = entry["data_offsets"]
        array = np.frombuffer(data[begin:end], np.float32)
        tensors[name] = array.reshape(entry["shape"]).copy()
    return tensors
