# SPDX-License-Identifier: Apache-2.0
"""A folder with one network's weights, images and, for the rivals, files in their formats."""

from __future__ import annotations

import array
import json
import random
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import TracebackType

from harness.contestant import Failure
from harness.paths import BENCHMARKS, CONTENDER

# The file formats that an engine's runs read.
FORMATS = {
    "onnxruntime": ("onnx",),
    "openvino": ("onnx",),
    "mnn": ("onnx", "mnn"),
    "ncnn": ("ncnn",),
}


class Prepared:
    """The folder, which is deleted at the end."""

    def __init__(
        self, network: str, input_shape: tuple[int, int, int], classes: int, batch: int
    ) -> None:
        self.batch = batch
        self.path = Path(tempfile.mkdtemp(prefix="wrn-benchmark-"))
        try:
            self._write(network, input_shape, classes)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Prepared:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def weights(self) -> Path:
        return self.path / "weights.safetensors"

    @property
    def images(self) -> Path:
        return self.path / "images.nhwc"

    def close(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def convert(self, rivals: tuple[str, ...]) -> None:
        """Writes the files of the rivals, and the logits in double precision."""
        wanted = [name for rival in rivals for name in FORMATS.get(rival.split("-")[0], ())]
        formats = list(dict.fromkeys(wanted))
        _run([sys.executable, "-m", "rivals.prepare", str(self.path), *formats])

    def deviation(self, logits: Path) -> float:
        """The largest distance from the logits in double precision, in parts of the largest."""
        exact, found = array.array("d"), array.array("f")
        exact.frombytes((self.path / "reference.f64").read_bytes())
        found.frombytes(logits.read_bytes())
        if len(found) != len(exact):
            raise Failure(f"expected {len(exact)} logits, found {len(found)}")
        largest = max(abs(value) for value in exact)
        return max(abs(a - b) for a, b in zip(exact, found, strict=True)) / largest

    def _write(self, network: str, input_shape: tuple[int, int, int], classes: int) -> None:
        size = "x".join(str(extent) for extent in input_shape)
        options = ["--input", size, "--classes", str(classes), "--output", str(self.weights)]
        _run([str(CONTENDER), "weights", network, *options])
        facts = {"network": network, "classes": classes, "input": input_shape, "batch": self.batch}
        (self.path / "network.json").write_text(json.dumps(facts))
        channels, height, width = input_shape
        numbers = random.Random(1)
        # Images of normalised pixels, without the cost of a Gaussian for each.
        count = self.batch * channels * height * width
        values = array.array("f", (3.4 * numbers.random() - 1.7 for _ in range(count)))
        self.images.write_bytes(values.tobytes())


def _run(command: list[str]) -> None:
    run = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        words = [line for line in run.stderr.splitlines() if line.strip()]
        raise Failure(words[-1].strip() if words else f"{command[0]} ended with {run.returncode}")
