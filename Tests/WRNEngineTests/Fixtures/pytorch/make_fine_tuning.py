# SPDX-License-Identifier: Apache-2.0
"""Writes what PyTorch computes when a part of a small network is trained: frozen layers, running statistics as constants, and a
learning rate and weight decay for each group of parameters.

    python make_fine_tuning.py [FOLDER]    # writes FOLDER/fine-tuning.safetensors; README.md says what is in it

Needs torch==2.13.0 (CPU) and make_fixtures.py beside it.
"""
import pathlib
import sys

import torch
import torch.nn.functional as F

from make_fixtures import HERE, SGD, BottleneckNetwork, difference, randomise, safetensors, state

STEPS = 10
SEED = 2
FROZEN = ("conv1.", "bn1.", "layer1.")
RATE = 0.01
# By the beginning of the name: the factors of the learning rate and of the weight decay.
GROUPS = {"layer2.": (0.5, 1.0), "fc.weight": (10.0, 0.1), "fc.bias": (20.0, 0.0)}


def whole_gradients(net, images, labels, tensors, prefix):
    """The gradients of everything and the loss, in the mode that the network is in."""
    loss = F.cross_entropy(net(images), labels)
    loss.backward()
    tensors[prefix + "loss"] = loss.detach()
    for name, parameter in net.named_parameters():
        tensors[prefix + "gradient." + name] = parameter.grad.clone()
    net.zero_grad()


def run(dtype):
    """All tensors, computed in `dtype`."""
    generator = torch.Generator().manual_seed(SEED)
    net = BottleneckNetwork([1, 1], 4, 1, 3)
    randomise(net, generator)
    images = torch.randn(6, 3, 21, 25, generator=generator)
    labels = torch.randint(0, 10, (6,), generator=generator)
    net, images = net.to(dtype), images.to(dtype)
    tensors = state(net)
    tensors["images"] = images.permute(0, 2, 3, 1)
    tensors["labels"] = labels.to(dtype)

    net.eval()
    whole_gradients(net, images, labels, tensors, "")
    for name, parameter in net.named_parameters():
        parameter.requires_grad = not name.startswith(FROZEN)
    groups = [
        dict(
            params=[p for n, p in net.named_parameters() if n.startswith(group)], lr=RATE * rate,
            weight_decay=SGD["weight_decay"] * decay)
        for group, (rate, decay) in GROUPS.items()
    ]
    assert sum(len(group["params"]) for group in groups) == sum(p.requires_grad for p in net.parameters())
    optimizer = torch.optim.SGD(groups, momentum=SGD["momentum"], nesterov=SGD["nesterov"])
    losses = []
    for step in range(STEPS):
        optimizer.zero_grad()
        loss = F.cross_entropy(net(images), labels.roll(-step))
        loss.backward()
        optimizer.step()
        losses.append(loss.detach())
    tensors["losses"] = torch.stack(losses)
    for name, value in state(net).items():
        tensors["after." + name] = value
    return tensors


def main(arguments):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    path = (pathlib.Path(arguments[0]) if arguments else HERE) / "fine-tuning.safetensors"
    single, double = run(torch.float32), run(torch.float64)
    path.write_bytes(safetensors(single, {"network": "bottleneck-4-1", "torch": torch.__version__}))
    worst = max(single, key=lambda key: difference(single[key], double[key]))
    print(
        f"{path.name}: {path.stat().st_size} bytes; float32 against float64, largest relative difference "
        f"{difference(single[worst], double[worst]):.1e} ({worst})")


if __name__ == "__main__":
    main(sys.argv[1:])
