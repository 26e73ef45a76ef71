#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what torch.optim makes of a small network and of given gradients. See README.md.

    python make_fixtures.py [FOLDER]      # writes FOLDER/*.safetensors, and prints how well-conditioned they are
    python make_fixtures.py --check       # compares the stored files with what PyTorch computes here

Needs torch==2.13.0 (CPU) and nothing else; the network and the file format are those of ../pytorch/make_fixtures.py.
"""
import importlib.util
import pathlib
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

HERE = pathlib.Path(__file__).resolve().parent
spec = importlib.util.spec_from_file_location("networks", HERE.parent / "pytorch/make_fixtures.py")
networks = importlib.util.module_from_spec(spec)
spec.loader.exec_module(networks)

SEED = 1
STEPS, IMAGES, SIDE, CLASSES = 100, 10, 8, 5
# The batch of a step is a rotation of the same images, and its parts end here.
PART = 7

SGD, ADAMW = torch.optim.SGD, torch.optim.AdamW
# name: the rule, its constants, and what is done besides.
CASES = {
    "sgd-nesterov": (SGD, dict(lr=0.005, momentum=0.9, nesterov=True, weight_decay=5e-4), {}),
    "sgd-dampening": (SGD, dict(lr=0.005, momentum=0.9, dampening=0.5, weight_decay=1e-2), {}),
    "sgd-plain": (SGD, dict(lr=0.005), {}),
    "adamw": (ADAMW, dict(lr=1e-3), {}),
    "adamw-constants": (
        ADAMW, dict(lr=2e-3, betas=(0.8, 0.95), eps=1e-4, weight_decay=0.1), dict(spares=True)),
    "spared": (SGD, dict(lr=0.005, momentum=0.9, nesterov=True, weight_decay=0.05), dict(spares=True)),
    "clipped": (SGD, dict(lr=0.005, momentum=0.9, nesterov=True), dict(clip=0.5)),
    "parts": (SGD, dict(lr=0.005, momentum=0.9, nesterov=True, weight_decay=5e-4), dict(parts=True)),
    "reset": (SGD, dict(lr=0.005, momentum=0.9, nesterov=True, weight_decay=5e-4), dict(reset=5)),
    "averaged": (SGD, dict(lr=0.005, momentum=0.9, nesterov=True, weight_decay=5e-4), dict(average=0.99)),
}


class NarrowNetwork(nn.Module):
    """WRN-10-0.25: one block a group, of 4, 8 and 16 channels."""

    def __init__(self):
        super().__init__()
        self.conv0 = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        inputs = 16
        for group, outputs in enumerate((4, 8, 16)):
            blocks = nn.Module()
            blocks.add_module("block0", networks.Block(inputs, outputs, 2 if group else 1))
            self.add_module(f"group{group}", blocks)
            inputs = outputs
        self.bn = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs, CLASSES)

    def forward(self, x):
        x = self.conv0(x)
        for group in (self.group0, self.group1, self.group2):
            x = group.block0(x)
        return self.fc(F.relu(self.bn(x)).mean((2, 3)))


def groups(net, constants, spares):
    if not spares:
        return net.parameters()
    matrices = [p for p in net.parameters() if p.dim() > 1]
    vectors = [p for p in net.parameters() if p.dim() == 1]
    return [dict(params=matrices), dict(params=vectors, weight_decay=0)]


def start(dtype):
    generator = torch.Generator().manual_seed(SEED)
    net = NarrowNetwork()
    networks.randomise(net, generator)
    # No ReLU ever meets its kink, where rounding decides on the side.
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if "bn" in name:
                parameter.mul_(0.5).add_(4 if name.endswith("bias") else 0)
    images = torch.randn(IMAGES, 3, SIDE, SIDE, generator=generator)
    labels = torch.randint(0, CLASSES, (IMAGES,), generator=generator)
    return net.to(dtype).train(), images.to(dtype), labels


def train(case, dtype):
    """The losses of all steps, and weights, statistics and averages after the last."""
    rule, constants, extra = case
    net, images, labels = start(dtype)
    make = lambda: rule(groups(net, constants, extra.get("spares")), **constants)
    optimizer = make()
    average = None
    if "average" in extra:
        average = AveragedModel(net, multi_avg_fn=get_ema_multi_avg_fn(extra["average"]), use_buffers=True)
    losses, norms = [], []
    for step in range(STEPS):
        if step == extra.get("reset"):
            optimizer = make()
        optimizer.zero_grad()
        x, y = images, labels.roll(-step)
        total = 0
        for part in (slice(0, PART), slice(PART, None)) if extra.get("parts") else (slice(None),):
            loss = F.cross_entropy(net(x[part]), y[part]) * (len(y[part]) / IMAGES)
            loss.backward()
            total += loss.detach()
        if "clip" in extra:
            norms.append(nn.utils.clip_grad_norm_(net.parameters(), extra["clip"]).detach())
        optimizer.step()
        if average:
            average.update_parameters(net)
        losses.append(total)
    tensors = {"losses": torch.stack(losses)}
    if norms:
        tensors["norms"] = torch.stack(norms)
    for name, value in networks.state(net).items():
        tensors["after." + name] = value
    if average:
        for name, value in networks.state(average.module).items():
            tensors["average." + name] = value
    return tensors


def network(dtype):
    net, images, labels = start(dtype)
    tensors = networks.state(net)
    tensors["images"] = images.permute(0, 2, 3, 1)
    tensors["labels"] = labels.to(dtype)
    for name, case in CASES.items():
        for key, value in train(case, dtype).items():
            tensors[f"{name}.{key}"] = value
    return tensors


# Gradients that are given: every fourth is of another order of magnitude, and some are 0.
GIVEN = 32
RULES = {
    "sgd": (SGD, dict(lr=0.1, momentum=0.9, dampening=0.25, weight_decay=5e-3)),
    "nesterov": (SGD, dict(lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-3)),
    "plain": (SGD, dict(lr=0.1, weight_decay=5e-3)),
    "adamw": (ADAMW, dict()),
    "adamw-constants": (ADAMW, dict(lr=1e-2, betas=(0.7, 0.9), eps=1e-3, weight_decay=0.3)),
}


def given(dtype):
    generator = torch.Generator().manual_seed(SEED)
    weights = torch.randn(GIVEN, generator=generator)
    gradients = torch.randn(STEPS, GIVEN, generator=generator)
    gradients *= torch.tensor([1e-6, 1e-2, 1.0, 30.0]).repeat(GIVEN // 4)
    gradients[torch.rand(STEPS, GIVEN, generator=generator) < 0.1] = 0
    tensors = {"weights": weights.to(dtype), "gradients": gradients.to(dtype)}
    for name, (rule, constants) in RULES.items():
        parameter = nn.Parameter(weights.to(dtype).clone())
        optimizer = rule([parameter], **constants)
        trace = []
        for step in range(STEPS):
            parameter.grad = gradients[step].to(dtype)
            optimizer.step()
            trace.append(parameter.detach().clone())
        # Every tenth step, and the first.
        tensors[name] = torch.stack(trace[:1] + trace[9::10])
    return tensors


def main(arguments):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    check = arguments == ["--check"]
    folder = HERE if check or not arguments else pathlib.Path(arguments[0])
    failed = False
    for name, make in {"network": network, "given": given}.items():
        path = folder / f"{name}.safetensors"
        single = make(torch.float32)
        if check:
            stored = networks.read(path)
            same = stored.keys() == single.keys()
            worst = max(networks.difference(stored[k], single[k]) for k in single) if same else float("inf")
            failed |= worst > 1e-4
            print(f"{path.name}: largest relative difference {worst:.1e}")
            continue
        path.write_bytes(networks.safetensors(single, {"torch": torch.__version__}))
        double = make(torch.float64)
        print(f"{path.name}: {path.stat().st_size} bytes; float32 against float64, largest relative difference:")
        for case in CASES if name == "network" else RULES:
            keys = [k for k in single if k == case or k.startswith(case + ".")]
            worst = max(keys, key=lambda k: networks.difference(single[k], double[k]))
            print(f"    {case:16} {networks.difference(single[worst], double[worst]):.1e}  ({worst})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
