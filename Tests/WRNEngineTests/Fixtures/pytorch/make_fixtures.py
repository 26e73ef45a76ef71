# SPDX-License-Identifier: Apache-2.0
"""Writes what PyTorch computes for small networks, as the numbers that the engine's tests expect.

    python make_fixtures.py [FOLDER]      # writes FOLDER/*.safetensors; README.md says what is in them
    python make_fixtures.py --check       # compares the stored files with what PyTorch computes here

Needs torch==2.13.0 (CPU) and nothing else. The networks are written here from the papers, on purpose apart from the Swift code.
"""
import json
import pathlib
import struct
import sys

import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
STEPS = 10
SGD = dict(lr=0.05, momentum=0.9, dampening=0, weight_decay=5e-4, nesterov=True)

# name: network, channels, height, width in pixels, batch, seed, ten steps too.
# The seeds are ones where float32 and float64 agree (README.md says why some do not).
CASES = {
    "wrn-10-2": (lambda: WideResNet(10, 2, 3), 3, 32, 32, 8, 1, True),
    "wrn-16-1": (lambda: WideResNet(16, 1, 3), 3, 32, 32, 8, 182, True),
    "wrn-10-1-grey-28": (lambda: WideResNet(10, 1, 1), 1, 28, 28, 4, 3, False),
    "bottleneck-8-1.5": (lambda: BottleneckNetwork([2, 1], 8, 1.5, 3), 3, 29, 33, 8, 2, True),
}


class Block(nn.Module):
    """Pre-activation basic block B(3,3); the 1x1 shortcut reads the activated input."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(inputs)
        self.conv0 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv1 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = None
        if inputs != outputs or stride != 1:
            self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, 0, bias=False)

    def forward(self, x):
        a = F.relu(self.bn0(x))
        y = self.conv1(F.relu(self.bn1(self.conv0(a))))
        return y + (x if self.shortcut is None else self.shortcut(a))


class WideResNet(nn.Module):
    """WRN-depth-width; the attribute names give the state dictionary the names that the files use."""

    def __init__(self, depth, width, channels, classes=10):
        super().__init__()
        self.conv0 = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        inputs = 16
        for group, base in enumerate((16, 32, 64)):
            blocks = nn.Module()
            for block in range((depth - 4) // 6):
                stride = 2 if group > 0 and block == 0 else 1
                blocks.add_module(f"block{block}", Block(inputs, base * width, stride))
                inputs = base * width
            self.add_module(f"group{group}", blocks)
        self.bn = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.conv0(x)
        for group in (self.group0, self.group1, self.group2):
            for block in group.children():
                x = block(x)
        return self.fc(F.relu(self.bn(x)).mean((2, 3)))


class Bottleneck(nn.Module):
    """Post-activation block B(1,3,1) with the stride in the 3x3 convolution; the attribute names are torchvision's."""

    def __init__(self, inputs, inner, outputs, stride, widens):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, inner, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(inner)
        self.conv2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(inner)
        self.conv3 = nn.Conv2d(inner, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if widens:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        y = F.relu(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(y))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class BottleneckNetwork(nn.Module):
    """The ImageNet networks' structure, with any number of blocks a stage and of channels after the stem."""

    def __init__(self, stage_blocks, stem_channels, width, channels, classes=10):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, stem_channels, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(stem_channels)
        inputs = stem_channels
        self.stages = []
        for stage, blocks in enumerate(stage_blocks):
            planes = stem_channels * 2**stage
            layer = nn.Sequential()
            for block in range(blocks):
                stride = 2 if stage > 0 and block == 0 else 1
                layer.append(Bottleneck(inputs, int(planes * width), 4 * planes, stride, block == 0))
                inputs = 4 * planes
            self.add_module(f"layer{stage + 1}", layer)
            self.stages.append(f"layer{stage + 1}")
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in self.stages:
            x = getattr(self, stage)(x)
        return self.fc(x.mean((2, 3)))


def randomise(net, generator):
    """He normal convolutions; scales, shifts and statistics away from 1 and 0, so that none can be forgotten."""
    def uniform(tensor, low, high):
        tensor.copy_(torch.rand(tensor.shape, generator=generator) * (high - low) + low)

    def normal(tensor, deviation):
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * deviation)

    with torch.no_grad():
        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                normal(module.weight, (2 / module.weight[0].numel()) ** 0.5)
            elif isinstance(module, nn.BatchNorm2d):
                uniform(module.weight, 0.5, 1.5)
                normal(module.bias, 0.1)
                normal(module.running_mean, 0.2)
                uniform(module.running_var, 0.5, 2.0)
            elif isinstance(module, nn.Linear):
                normal(module.weight, 0.1)
                normal(module.bias, 0.1)


def state(net):
    """Weights and running statistics by name, without PyTorch's batch counters."""
    return {
        name: value.detach().clone()
        for name, value in net.state_dict().items()
        if not name.endswith("num_batches_tracked")
    }


def run(case, dtype):
    """All tensors of one case, computed in `dtype`."""
    network, channels, height, columns, batch, seed, steps = case
    generator = torch.Generator().manual_seed(seed)
    net = network()
    randomise(net, generator)
    images = torch.randn(batch, channels, height, columns, generator=generator)
    labels = torch.randint(0, 10, (batch,), generator=generator)
    net, images = net.to(dtype), images.to(dtype)

    weights = state(net)
    tensors = dict(weights)
    tensors["images"] = images.permute(0, 2, 3, 1)
    tensors["labels"] = labels.to(dtype)
    with torch.no_grad():
        tensors["logits.eval"] = net.eval()(images)

    net.train()
    logits = net(images)
    loss = F.cross_entropy(logits, labels)
    loss.backward()
    tensors["logits.train"] = logits.detach()
    tensors["loss"] = loss.detach()
    for name, parameter in net.named_parameters():
        tensors["gradient." + name] = parameter.grad.clone()
    for name, value in state(net).items():
        if name.endswith(("running_mean", "running_var")):
            tensors["after." + name] = value

    if steps:
        net.load_state_dict(weights, strict=False)
        optimizer = torch.optim.SGD(net.parameters(), **SGD)
        losses = []
        for step in range(STEPS):
            optimizer.zero_grad()
            loss = F.cross_entropy(net(images), labels.roll(-step))
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        tensors["losses"] = torch.stack(losses)
    return tensors


def difference(a, b):
    """The largest difference, relative to the largest value of `b`."""
    a, b = a.double(), b.double()
    return ((a - b).abs().max() / b.abs().max().clamp_min(1e-12)).item()


def safetensors(tensors, metadata):
    """The bytes of a safetensors file: u64 header length, JSON header padded to 8 bytes, float32 data."""
    header, data = {"__metadata__": metadata}, bytearray()
    for name in sorted(tensors):
        values = tensors[name].float().contiguous()
        begin = len(data)
        data += values.numpy().astype("<f4").tobytes()
        header[name] = {
            "dtype": "F32", "shape": list(values.shape), "data_offsets": [begin, len(data)]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + bytes(data)


def read(path):
    """The tensors of such a file."""
    content = path.read_bytes()
    length = struct.unpack("<Q", content[:8])[0]
    header = json.loads(content[8 : 8 + length])
    header.pop("__metadata__", None)
    return {
        name: torch.frombuffer(
            bytearray(content[8 + length + entry["data_offsets"][0] : 8 + length + entry["data_offsets"][1]]),
            dtype=torch.float32).reshape(entry["shape"])
        for name, entry in header.items()
    }


def main(arguments):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    check = arguments == ["--check"]
    folder = HERE if check or not arguments else pathlib.Path(arguments[0])
    failed = False
    for name, case in CASES.items():
        path = folder / f"{name}.safetensors"
        single = run(case, torch.float32)
        if check:
            stored = read(path)
            same = stored.keys() == single.keys()
            worst = max(difference(stored[key], single[key]) for key in single) if same else float("inf")
            failed |= worst > 1e-4
            print(f"{path.name}: largest relative difference {worst:.1e}")
            continue
        path.write_bytes(safetensors(single, {"network": name, "torch": torch.__version__}))
        double = run(case, torch.float64)
        print(f"{path.name}: {path.stat().st_size} bytes; float32 against float64, largest relative difference:")
        kinds = ("logits.eval", "logits.train", "loss", "gradient.", "after.", "losses")
        for kind in kinds:
            keys = [k for k in single if k == kind or (kind.endswith(".") and k.startswith(kind))]
            if keys:
                worst = max(keys, key=lambda k: difference(single[k], double[k]))
                print(f"    {kind:13} {difference(single[worst], double[worst]):.1e}  ({worst})")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
