# SPDX-License-Identifier: Apache-2.0
"""Weights for any network of the zoo, from what `wrn summary` says of it, and the same network in PyTorch."""
import json

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.numpy import save_file

MEAN, DEVIATION = [0.491, 0.482, 0.447], [0.247, 0.243, 0.262]


def shape(text):
    return [int(extent) for extent in text.split("x")]


def unchanged(height, width):
    """The preparation of images that have the network's size already."""
    return dict(scaledHeight=height, scaledWidth=width, height=height, width=width, interpolation="bilinear")


def taking_images_as_they_are(source, target):
    """Copy a model whose images would be scaled and cut, as those of most networks are."""
    with safe_open(source, "np") as file:
        metadata, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}
    description = json.loads(metadata["wide-resnet"])
    description["preparation"] = unchanged(description["inputHeight"], description["inputWidth"])
    save_file(tensors, target, metadata={**metadata, "wide-resnet": json.dumps(description)})
    return target


class Network:
    """A network of the zoo with random weights of a trained network's size, in a file and as a function."""

    def __init__(self, wrn, name, path, seed=0):
        self.summary = wrn.json("summary", name)
        self.name, self.path = name, path
        self.layers = self.summary["network"]["layers"]
        self.input = shape(self.summary["network"]["input"])
        self.head = self.layers[-1]["name"]
        self.classes = self.summary["classes"]
        rng = np.random.default_rng(seed)
        self.tensors = {}
        # In hundreds of blocks the sums would grow beyond all numbers.
        self.damping = min(1, 30 / max(1, sum(layer["kind"] == "add" for layer in self.layers)))
        for layer in self.layers:
            self.fill(layer, rng)
        height, width = self.input[1:]
        description = dict(
            architecture=self.summary["name"], classes=self.classes, classNames=[], dropout=0, inputChannels=self.input[0],
            inputHeight=height, inputWidth=width, mean=MEAN, standardDeviation=DEVIATION, preparation=unchanged(height, width))
        save_file(self.tensors, path, metadata={"format": "pt", "wide-resnet": json.dumps(description)})

    def fill(self, layer, rng):
        name, kind = layer["name"], layer["kind"]
        inputs, outputs = shape(layer["input_shape"])[0], shape(layer["output"])[0]

        def put(suffix, values):
            self.tensors[f"{name}.{suffix}"] = np.ascontiguousarray(values, dtype=np.float32)
        if kind == "convolution":
            size = int(layer["kernel"].split("x")[0])
            put("weight", rng.standard_normal((outputs, inputs, size, size), np.float32) * np.sqrt(2 / (inputs * size * size)))
        elif kind == "batch_normalization":
            put("weight", rng.uniform(0.6, 1.0, outputs) * self.damping)
            put("bias", rng.uniform(-0.2, 0.2, outputs))
            put("running_mean", rng.uniform(-0.2, 0.2, outputs))
            put("running_var", rng.uniform(0.8, 1.6, outputs))
        elif kind == "linear":
            put("weight", rng.standard_normal((outputs, inputs), np.float32) / np.sqrt(inputs))
            put("bias", rng.uniform(-0.1, 0.1, outputs))


def published(dialects, name, directory):
    """A network as its own program defines it, in PyTorch, with weights in a file of its own names."""
    if name == "wrn-50-2":
        from torchvision.models import wide_resnet50_2
        module = dialects.filled(wide_resnet50_2(weights=None))
        with torch.no_grad():
            # He's normal numbers in the branches would grow the sums from block to block.
            for key, parameter in module.named_parameters():
                if key.endswith("bn3.weight"):
                    parameter.mul_(0.25)
    else:
        module = {
            "resnet-8-padboth": dialects.Cifar, "wrn-10-0.25-leaky0.1-firstblock": dialects.FixMatch,
            "wrn-16-0.25-silu-same": dialects.DeepMind, "preact-resnet-11-stride2": dialects.PreCifar,
        }[name]()
        module = dialects.filled(module)
    path = directory / f"{name}.pth"
    torch.save(module.state_dict(), path)
    return module.eval(), path
