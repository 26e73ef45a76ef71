# SPDX-License-Identifier: Apache-2.0
"""What a prepared folder holds: one network, one batch, in the formats of all engines."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Folder:
    """The files of a network and a batch of images."""

    path: Path

    @property
    def facts(self) -> dict:
        """The network's name, classes, input (channels, height, width) and batch."""
        return json.loads((self.path / "network.json").read_text())

    @property
    def batch(self) -> int:
        return int(self.facts["batch"])

    @property
    def onnx(self) -> Path:
        return self.path / "network.onnx"

    @property
    def mnn(self) -> Path:
        return self.path / "network.mnn"

    @property
    def ncnn(self) -> tuple[Path, Path]:
        return self.path / "network.ncnn.param", self.path / "network.ncnn.bin"

    @property
    def reference(self) -> Path:
        """The logits in double precision, as raw float64."""
        return self.path / "reference.f64"

    def images(self) -> np.ndarray:
        """The batch as float32, NCHW."""
        facts = self.facts
        channels, height, width = facts["input"]
        array = np.fromfile(self.path / "images.nhwc", np.float32)
        array = array.reshape(facts["batch"], height, width, channels)
        return np.ascontiguousarray(array.transpose(0, 3, 1, 2))

    def labels(self) -> np.ndarray:
        facts = self.facts
        return np.arange(facts["batch"]) % facts["classes"]
