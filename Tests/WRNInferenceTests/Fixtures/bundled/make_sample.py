# SPDX-License-Identifier: Apache-2.0
"""Makes sample.bin and answers.json: some test images of CIFAR-10, and what PyTorch answers with the bundled weights.

    python3 make_sample.py PATH/TO/cifar-10-batches-bin

Needs torch, numpy and safetensors. The network is written from the paper, with the weights' own names.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open

HERE = pathlib.Path(__file__).resolve().parent
WEIGHTS = HERE.parents[3] / "Sources/Weights/CWRNBundledModel/cifar10.safetensors"
IMAGES_PER_CLASS = 4

with safe_open(WEIGHTS, "pt") as file:
    weights = {name: file.get_tensor(name).float() for name in file.keys()}
    model = json.loads(file.metadata()["wide-resnet"])


def norm(name, x):
    return F.relu(F.batch_norm(
        x, weights[name + ".running_mean"], weights[name + ".running_var"], weights[name + ".weight"],
        weights[name + ".bias"], training=False))


def network(x):
    """A network of Table 1 (Zagoruyko & Komodakis 2016), with as many blocks in each group as the weights have."""
    x = F.conv2d(x, weights["conv0.weight"], padding=1)
    for group in range(3):
        for block in range(sum(name.startswith(f"group{group}.") and name.endswith(".bn0.weight") for name in weights)):
            name = f"group{group}.block{block}"
            stride = 2 if group > 0 and block == 0 else 1
            a = norm(name + ".bn0", x)
            y = F.conv2d(a, weights[name + ".conv0.weight"], stride=stride, padding=1)
            y = F.conv2d(norm(name + ".bn1", y), weights[name + ".conv1.weight"], padding=1)
            shortcut = weights.get(name + ".shortcut.weight")
            x = y + (x if shortcut is None else F.conv2d(a, shortcut, stride=stride))
    return F.linear(norm("bn", x).mean((2, 3)), weights["fc.weight"], weights["fc.bias"])


records = np.fromfile(pathlib.Path(sys.argv[1]) / "test_batch.bin", dtype=np.uint8).reshape(-1, 3073)
chosen = np.sort(np.concatenate([np.flatnonzero(records[:, 0] == c)[:IMAGES_PER_CLASS] for c in range(10)]))
sample = records[chosen]
sample.tofile(HERE / "sample.bin")
pixels = torch.from_numpy(sample[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255)
mean, deviation = (torch.tensor(model[key]).view(1, 3, 1, 1) for key in ("mean", "standardDeviation"))
with torch.no_grad():
    probabilities = F.softmax(network((pixels - mean) / deviation).double(), 1)
(HERE / "answers.json").write_text(json.dumps({
    "indices": chosen.tolist(),
    "labels": sample[:, 0].tolist(),
    "probabilities": [[round(p, 7) for p in row] for row in probabilities.tolist()],
}, indent=None, separators=(",", ":")) + "\n")
