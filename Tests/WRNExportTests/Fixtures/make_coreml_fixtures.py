#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the packages beside this script: a small network as coremltools converts it, and PyTorch's results for one image.

Needs torch 2 and coremltools 9. The network has every operation that exported networks have but kept normalisations. A run writes other
identifiers and another date into the packages; all else is the same.
"""
import json
import pathlib
import shutil

import coremltools
import torch
import torch.nn.functional as F
from torch import nn

HERE = pathlib.Path(__file__).resolve().parent
CLASSES = ["cat", "dog", "fox", "hen", "owl"]
SIZE = 8


def image():
    """Pixel (c, y, x) is (37 c + 11 y + 5 x) mod 32 times 8."""
    c, y, x = torch.meshgrid(torch.arange(3), torch.arange(SIZE), torch.arange(SIZE), indexing="ij")
    return (((37 * c + 11 * y + 5 * x) % 32) * 8).float().unsqueeze(0)


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 4, 3, padding=1)
        self.conv2 = nn.Conv2d(4, 6, 3, stride=2, padding=1, bias=False)
        self.fc = nn.Linear(6, len(CLASSES))
        self.register_buffer("scale", torch.linspace(0.5, 1.5, 6).view(1, 6, 1, 1))

    def forward(self, x):
        x = F.relu(self.conv1(x))
        y = F.leaky_relu(self.conv2(x), 0.1)
        y = F.silu(y * self.scale) + F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 1, 1))
        y = F.max_pool2d(y, 3, 2, 1)
        return F.softmax(self.fc(y.mean((2, 3))), 1)


def main():
    torch.manual_seed(3)
    module = Small().eval()
    normalised = image() / 255 * 2 - 1
    with torch.no_grad():
        results = {"probabilities": module(normalised)[0].tolist()}
    for name, precision in (("float32", coremltools.precision.FLOAT32), ("float16", coremltools.precision.FLOAT16)):
        model = coremltools.convert(
            torch.jit.trace(module, image()), convert_to="mlprogram", compute_precision=precision, skip_model_load=True,
            inputs=[coremltools.ImageType(name="image", shape=(1, 3, SIZE, SIZE), scale=2 / 255, bias=[-1, -1, -1])],
            classifier_config=coremltools.ClassifierConfig(CLASSES), minimum_deployment_target=coremltools.target.iOS15)
        model.author, model.license, model.version = "someone", "Apache-2.0", "3"
        model.short_description = "A small network."
        path = HERE / f"{name}.mlpackage"
        shutil.rmtree(path, ignore_errors=True)
        model.save(str(path))
    (HERE / "coreml.json").write_text(json.dumps(results) + "\n")


if __name__ == "__main__":
    main()
