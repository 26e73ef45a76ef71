#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes targets.json: PyTorch's cross-entropy against probabilities, in double precision. See README.md."""
import json
import pathlib

import torch


def main():
    torch.manual_seed(20160519)
    cases = []
    for images, features, classes, smoothing in [(3, 5, 4, 0.0), (4, 7, 10, 0.0), (2, 3, 17, 0.1)]:
        # Single precision throughout the inputs, so that the engine reads the same numbers.
        x = torch.randn(images, features).double()
        weight = torch.randn(classes, features).double().requires_grad_()
        bias = torch.randn(classes).double().requires_grad_()
        own = torch.randint(classes, (images,))
        share = torch.randint(1, 64, (images, 1)).double() / 64
        one_hot = torch.nn.functional.one_hot(own, classes).double()
        targets = share * one_hot + (1 - share) * one_hot.roll(1, 0)
        targets = (targets * (1 - smoothing) + smoothing / classes).float().double()
        logits = x @ weight.T + bias
        loss = torch.nn.functional.cross_entropy(logits, targets)
        loss.backward()
        cases.append({
            "images": images, "features": features, "classes": classes,
            "x": x.flatten().tolist(), "weight": weight.flatten().tolist(), "bias": bias.tolist(),
            "targets": targets.flatten().tolist(), "loss": loss.item(),
            "correct": int((logits.argmax(1) == targets.argmax(1)).sum()),
            "weightGradient": weight.grad.flatten().tolist(), "biasGradient": bias.grad.tolist(),
        })
    file = pathlib.Path(__file__).parent / "targets.json"
    file.write_text(json.dumps(cases, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
