#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what PyTorch's interpolate makes of small images when they are scaled down. See README.md.

    python make_fixtures.py            # needs torch>=2 (CPU); writes scaling.json
    python make_fixtures.py --check    # compares the stored file with this machine's PyTorch
"""
import json
import pathlib
import sys

import torch
import torch.nn.functional as F

PATH = pathlib.Path(__file__).resolve().parent / "scaling.json"
# Height, width and channels, and the new height and width.
CASES = [(8, 8, 3, 4, 4), (12, 10, 3, 9, 7), (7, 9, 1, 3, 2), (6, 6, 2, 5, 6), (5, 5, 1, 1, 1)]


def make():
    generator = torch.Generator().manual_seed(1)
    cases = []
    for height, width, channels, rows, columns in CASES:
        # Two images, HWC, of numbers that single precision holds exactly.
        images = torch.randint(-512, 512, (2, height, width, channels), generator=generator).double() / 128
        scaled = F.interpolate(
            images.permute(0, 3, 1, 2), size=(rows, columns), mode="bilinear", antialias=True, align_corners=False)
        cases.append({
            "from": [height, width], "to": [rows, columns], "channels": channels,
            "images": images.flatten().tolist(),
            "scaled": [round(x, 9) for x in scaled.permute(0, 2, 3, 1).flatten().tolist()]})
    return cases


if __name__ == "__main__":
    made = make()
    if sys.argv[1:] == ["--check"]:
        stored = json.loads(PATH.read_text())
        worst = max(
            abs(x - y) for one, other in zip(stored, made, strict=True) for x, y in zip(one["scaled"], other["scaled"], strict=True))
        print(f"{PATH.name}: largest difference {worst:.1e}")
        sys.exit(worst > 1e-6)
    PATH.write_text(json.dumps(made, separators=(",", ":")) + "\n")
