# SPDX-License-Identifier: Apache-2.0
"""The networks in PyTorch, with the parameter names of our weight files."""

import json
from collections import OrderedDict
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rivals import weights


def convolution(inputs: int, outputs: int, size: int, stride: int = 1) -> nn.Conv2d:
    """A convolution without bias whose output has the size of its input, divided by the stride."""
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)


class BasicBlock(nn.Module):
    """B(3,3) with pre-activation: the shortcut, too, reads the normalised input."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.bn0 = nn.BatchNorm2d(inputs)
        self.conv0 = convolution(inputs, outputs, 3, stride)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv1 = convolution(outputs, outputs, 3)
        self.shortcut = (
            convolution(inputs, outputs, 1, stride) if inputs != outputs or stride != 1 else None
        )

    def forward(self, x: Tensor) -> Tensor:
        a = F.relu(self.bn0(x))
        y = self.conv1(F.relu(self.bn1(self.conv0(a))))
        return y + (x if self.shortcut is None else self.shortcut(a))


class WideResNet(nn.Module):
    """WRN-depth-width for small images (Zagoruyko & Komodakis 2016, Table 1)."""

    def __init__(self, depth: int, width: float, classes: int) -> None:
        super().__init__()
        self.conv0 = convolution(3, 16, 3)
        channels = 16
        for group in range(3):
            outputs = int((16 << group) * width)
            blocks: OrderedDict[str, nn.Module] = OrderedDict()
            for block in range((depth - 4) // 6):
                stride = 2 if group > 0 and block == 0 else 1
                blocks[f"block{block}"] = BasicBlock(channels, outputs, stride)
                channels = outputs
            self.add_module(f"group{group}", nn.Sequential(blocks))
        self.bn = nn.BatchNorm2d(channels)
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = self.group2(self.group1(self.group0(self.conv0(x))))
        return self.fc(F.relu(self.bn(x)).mean((2, 3)))


class Bottleneck(nn.Module):
    """The bottleneck of ResNet-50, with a wider 3x3 convolution that also carries the stride."""

    def __init__(self, inputs: int, middle: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = convolution(inputs, middle, 1), nn.BatchNorm2d(middle)
        self.conv2, self.bn2 = convolution(middle, middle, 3, stride), nn.BatchNorm2d(middle)
        self.conv3, self.bn3 = convolution(middle, outputs, 1), nn.BatchNorm2d(outputs)
        self.downsample = (
            nn.Sequential(convolution(inputs, outputs, 1, stride), nn.BatchNorm2d(outputs))
            if inputs != outputs or stride != 1
            else None
        )

    def forward(self, x: Tensor) -> Tensor:
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class WideBottleneckNet(nn.Module):
    """WRN-50-2 and its relatives for ImageNet, with torchvision's parameter names."""

    def __init__(self, blocks: tuple[int, int, int, int], width: float, classes: int) -> None:
        super().__init__()
        self.conv1, self.bn1 = convolution(3, 64, 7, 2), nn.BatchNorm2d(64)
        channels = 64
        for group, count in enumerate(blocks):
            base = 64 << group
            layer = []
            for block in range(count):
                stride = 2 if group > 0 and block == 0 else 1
                layer.append(Bottleneck(channels, int(base * width), 4 * base, stride))
                channels = 4 * base
            self.add_module(f"layer{group + 1}", nn.Sequential(*layer))
        self.fc = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(x.mean((2, 3)))


BOTTLENECK_BLOCKS = {50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def make(name: str, classes: int) -> nn.Module:
    """The network that `wrn-DEPTH-WIDTH` names; depths that are no 6N+4 are ImageNet's."""
    _, depth_text, width_text = name.split("-")
    depth, width = int(depth_text), float(width_text)
    if depth in BOTTLENECK_BLOCKS:
        return WideBottleneckNet(BOTTLENECK_BLOCKS[depth], width, classes)
    return WideResNet(depth, width, classes)


def load(folder: Path) -> nn.Module:
    """The prepared network of a folder with its weights, ready to answer."""
    facts = json.loads((folder / "network.json").read_text())
    network = make(facts["network"], facts["classes"])
    tensors = weights.read(folder / "weights.safetensors")
    state = {name: torch.from_numpy(array) for name, array in tensors.items()}
    missing, unexpected = network.load_state_dict(state, strict=False)
    # The number of batches seen is not in our files; no network's answer depends on it.
    missing = [name for name in missing if not name.endswith("num_batches_tracked")]
    if missing or unexpected:
        raise SystemExit(f"the weights do not fit: missing {missing}, unexpected {unexpected}")
    return network.eval()
