#!/usr/bin/env python3
"""Writes maps.json: what PyTorch computes for the bundled model on two pictures.

    python3 make_maps.py BUNDLED.safetensors > maps.json

BUNDLED.safetensors is Sources/Weights/CWRNBundledModel/cifar10.safetensors. The network is
written here anew; gradients are autograd's. Needs torch and numpy.
"""
import json
import struct
import sys

import numpy
import torch
from torch.nn import functional as F


def read(path):
    with open(path, "rb") as file:
        size = struct.unpack("<Q", file.read(8))[0]
        header = json.loads(file.read(size))
        data = file.read()
    model = json.loads(header.pop("__metadata__")["wide-resnet"])
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[begin:end], dtype="<f2").reshape(entry["shape"])
        tensors[name] = torch.tensor(values.astype("float64"))
    return model, tensors


def run(x, t):
    """The logits and the result of each layer, by its name."""
    layers = {}

    def keep(name, value):
        if value.requires_grad:
            value.retain_grad()
        layers[name] = value
        return value

    def bn(x, name):
        return F.batch_norm(
            x, t[name + ".running_mean"], t[name + ".running_var"], t[name + ".weight"],
            t[name + ".bias"])

    x = keep("conv0", F.conv2d(x, t["conv0.weight"], padding=1))
    for group in range(3):
        for block in range(sum(name.startswith(f"group{group}.") and name.endswith(".bn0.weight") for name in t)):
            name = f"group{group}.block{block}"
            stride = 2 if group > 0 and block == 0 else 1
            a = F.relu(bn(x, name + ".bn0"))
            y = keep(name + ".conv0", F.conv2d(a, t[name + ".conv0.weight"], stride=stride, padding=1))
            y = keep(name + ".relu1", F.relu(bn(y, name + ".bn1")))
            y = F.conv2d(y, t[name + ".conv1.weight"], padding=1)
            if name + ".shortcut.weight" in t:
                x = F.conv2d(a, t[name + ".shortcut.weight"], stride=stride)
            x = keep(name, x + y)
        keep(f"group{group}", x)
    x = keep("relu", F.relu(bn(x, "bn")))
    return F.linear(x.mean((2, 3)), t["fc.weight"], t["fc.bias"]), layers


def picture(kind):
    y, x = numpy.mgrid[0:32, 0:32]
    if kind == 0:
        channels = [128 + 100 * numpy.sin(x / (3 + c) + y / (5 - c)) for c in range(3)]
    else:
        disc = (x - 20) ** 2 + (y - 10) ** 2 < 49
        channels = [numpy.where(disc, 220 - 60 * c, 40 + 3 * y + 20 * c) for c in range(3)]
    return numpy.clip(numpy.stack(channels, -1), 0, 255).astype("uint8")


def main():
    model, tensors = read(sys.argv[1])
    mean = torch.tensor(model["mean"], dtype=torch.float64).view(1, 3, 1, 1)
    deviation = torch.tensor(model["standardDeviation"], dtype=torch.float64).view(1, 3, 1, 1)
    cases = []
    for kind, chosen in [(0, None), (1, 5)]:
        pixels = picture(kind)
        x = torch.tensor(pixels.astype("float64") / 255).permute(2, 0, 1)[None]
        x = ((x - mean) / deviation).requires_grad_()
        logits, layers = run(x, tensors)
        c = int(logits.argmax()) if chosen is None else chosen
        activation = torch.einsum("k,kyx->yx", tensors["fc.weight"][c], layers["relu"][0])
        logits[0, c].backward()
        gradients = {}
        for name in ["group0", "group1.block0.conv0", "group1.block1.relu1", "group2", "relu"]:
            layer = layers[name]
            weights = layer.grad.mean((2, 3), keepdim=True)
            gradients[name] = F.relu((weights * layer).sum(1))[0].detach().flatten().tolist()
        sums, counts = torch.zeros(32, 32).double(), torch.zeros(32, 32)
        with torch.no_grad():
            for top in range(0, 25, 4):
                for left in range(0, 25, 4):
                    covered = x.clone()
                    covered[:, :, top:top + 8, left:left + 8] = 0
                    fall = logits[0, c] - run(covered, tensors)[0][0, c]
                    sums[top:top + 8, left:left + 8] += fall
                    counts[top:top + 8, left:left + 8] += 1
        # The map of PyTorch's own enlargement, as overlays show it.
        enlarged = F.interpolate(activation[None, None], size=(32, 32), mode="bilinear")[0, 0]
        rounded = lambda values: [round(float(value), 6) for value in values]
        cases.append({
            "pixels": pixels.flatten().tolist(),
            "classIndex": c,
            "logits": rounded(logits[0]),
            "activations": rounded(activation.flatten()),
            "enlarged": rounded(enlarged.flatten()),
            "gradients": {name: rounded(values) for name, values in gradients.items()},
            "occlusion": rounded((sums / counts).flatten()),
        })
    json.dump(cases, sys.stdout)
    print()


main()
