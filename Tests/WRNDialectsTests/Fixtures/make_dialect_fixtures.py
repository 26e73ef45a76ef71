#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the files beside this script: tiny networks as PyTorch programs of each dialect save them, and their logits.

Needs torch 2. The modules below have the attributes, and so the names, of the programs that are named with them; they are written for
this script from the papers' structure. `logits.json` holds what they make of one image that the tests know by a formula.
"""
import collections
import io
import json
import pathlib
import zipfile

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
WIDTHS = [4, 8, 16]


def image(channels, size):
    """Pixel (c, y, x) is ((37 c + 11 y + 5 x) mod 32) / 16 - 1."""
    c, y, x = torch.meshgrid(torch.arange(channels), torch.arange(size), torch.arange(size), indexing="ij")
    return (((37 * c + 11 * y + 5 * x) % 32) / 16 - 1).unsqueeze(0)


class Small(nn.Module):
    """WRN-10-0.25, or with more blocks WRN-16-0.25; `names` says what its parts are called.

    Published programs differ: `late` has the stride in the second convolution, `raw` a shortcut that reads the block's raw input.
    """

    def __init__(self, names, bias=False, classes=10, late=False, raw=False, activation=F.relu, blocks=1):
        super().__init__()
        self.names, self.raw, self.activation, self.blocks = names, raw, activation, blocks
        modules = collections.OrderedDict()
        modules[names["stem"]] = nn.Conv2d(3, 16, 3, padding=1, bias=bias)
        inputs = 16
        for group, width in enumerate(WIDTHS):
            for block in range(blocks):
                stride = 2 if group and not block else 1
                for key, module in (
                    ("bn0", nn.BatchNorm2d(inputs)), ("conv0", nn.Conv2d(inputs, width, 3, 1 if late else stride, 1, bias=bias)),
                    ("bn1", nn.BatchNorm2d(width)), ("conv1", nn.Conv2d(width, width, 3, stride if late else 1, 1, bias=bias)),
                    ("shortcut", nn.Conv2d(inputs, width, 1, stride, bias=bias)),
                ):
                    if key != "shortcut" or not block:
                        modules[self.path(group, block, key)] = module
                inputs = width
        modules[names["bn"]] = nn.BatchNorm2d(inputs)
        modules[names["head"]] = nn.Linear(inputs, classes)
        for path, module in modules.items():
            place = self
            *parents, last = path.split(".")
            for part in parents:
                if not hasattr(place, part):
                    place.add_module(part, nn.Module())
                place = getattr(place, part)
            place.add_module(last, module)

    def path(self, group, block, key):
        return self.names["block"].format(group, group + 1, block) + self.names[key]

    def at(self, path):
        return self.get_submodule(path)

    def forward(self, x):
        x = self.at(self.names["stem"])(x)
        for group in range(3):
            for block in range(self.blocks):
                def part(key):
                    return self.at(self.path(group, block, key))
                a = self.activation(part("bn0")(x))
                y = part("conv1")(self.activation(part("bn1")(part("conv0")(a))))
                x = y + (x if block else part("shortcut")(x if self.raw else a))
        x = self.activation(self.at(self.names["bn"])(x)).mean((2, 3))
        return self.at(self.names["head"])(x)


XTERNALZ = dict(stem="conv1", block="block{1}.layer.0.", bn0="bn1", conv0="conv1", bn1="bn2", conv1="conv2",
                shortcut="convShortcut", bn="bn1", head="fc")
BMSOOKIM = dict(stem="conv1", block="layer{1}.{2}.", bn0="bn1", conv0="conv1", bn1="bn2", conv1="conv2", shortcut="shortcut.0",
                bn="bn1", head="linear")
PYTORCHCV = dict(stem="features.init_block", block="features.stage{1}.unit1.", bn0="body.conv1.bn", conv0="body.conv1.conv",
                 bn1="body.conv2.bn", conv1="body.conv2.conv", shortcut="identity_conv", bn="features.post_activ.bn",
                 head="output")
AUTHORS = dict(stem="conv0", block="group{0}.block0.", bn0="bn0", conv0="conv0", bn1="bn1", conv1="conv1", shortcut="convdim",
               bn="bn", head="fc")
UNKNOWN = dict(stem="first", block="part{1}.only.", bn0="n_a", conv0="c_a", bn1="n_b", conv1="c_b", shortcut="skip", bn="z_norm",
               head="zz_out")


class FixMatch(Small):
    """As published for PyTorch: where the channels change, only the first group's block has what its first BN makes of its input.

    The other groups' blocks have that normalisation, and do not use its result.
    """

    def __init__(self):
        super().__init__(XTERNALZ, activation=lambda x: F.leaky_relu(x, 0.1))

    def forward(self, x):
        x = self.conv1(x)
        for group in range(3):
            def part(key):
                return self.at(self.path(group, 0, key))
            if group == 0:
                x = self.activation(part("bn0")(x))
            y = self.activation(part("bn1")(part("conv0")(x)))
            x = part("shortcut")(x) + part("conv1")(y)
        return self.fc(self.activation(self.bn1(x)).mean((2, 3)))


class DeepMindBlock(nn.Module):
    """The block of DeepMind's robust networks: SiLU, and zeros below and to the right of what a stride steps over."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.batchnorm_0, self.batchnorm_1 = nn.BatchNorm2d(inputs), nn.BatchNorm2d(width)
        self.conv_0 = nn.Conv2d(inputs, width, 3, stride, 0, bias=False)
        self.conv_1 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.stride, self.shortcut = stride, None
        if inputs != width:
            self.shortcut = nn.Conv2d(inputs, width, 1, stride, bias=False)

    def forward(self, x):
        a = F.silu(self.batchnorm_0(x))
        y = self.conv_0(F.pad(a, (0, 1, 0, 1) if self.stride == 2 else (1, 1, 1, 1)))
        y = self.conv_1(F.silu(self.batchnorm_1(y)))
        return y + (x if self.shortcut is None else self.shortcut(a))


class DeepMind(nn.Module):
    """WRN-16-0.25 in the names of DeepMind's robust networks, which normalise images themselves."""

    def __init__(self, classes=10):
        super().__init__()
        self.register_buffer("mean", torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1))
        self.register_buffer("std", torch.tensor([0.2471, 0.2435, 0.2616]).view(3, 1, 1))
        self.init_conv = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
        groups, inputs = [], 16
        for group, width in enumerate(WIDTHS):
            module = nn.Module()
            module.block = nn.Sequential(DeepMindBlock(inputs, width, 2 if group else 1), DeepMindBlock(width, width, 1))
            groups.append(module)
            inputs = width
        self.layer = nn.Sequential(*groups)
        self.batchnorm, self.logits = nn.BatchNorm2d(inputs), nn.Linear(inputs, classes)

    def forward(self, x):
        # The image stands for one that is normalised.
        x = self.init_conv(x)
        for group in self.layer:
            x = group.block(x)
        return self.logits(F.silu(self.batchnorm(x)).mean((2, 3)))


class Padded(nn.Module):
    """akamaster's block: the shortcut has no parameters, and half of its new channels of zeros stand before the others."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False), nn.BatchNorm2d(width)
        self.conv2, self.bn2 = nn.Conv2d(width, width, 3, 1, 1, bias=False), nn.BatchNorm2d(width)
        self.stride, self.more = stride, width - inputs

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.more:
            x = F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.more // 2, self.more // 2))
        return F.relu(y + x)


class Cifar(nn.Module):
    """ResNet-8 for CIFAR in akamaster's names."""

    def __init__(self, classes=10):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        for stage, (inputs, width) in enumerate([(16, 16), (16, 32), (32, 64)]):
            self.add_module(f"layer{stage + 1}", nn.Sequential(Padded(inputs, width, 2 if stage else 1)))
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = self.layer3(self.layer2(self.layer1(F.relu(self.bn1(self.conv1(x))))))
        return self.linear(x.mean((2, 3)))


class PreBottleneck(nn.Module):
    """pytorchcv's pre-activation bottleneck for CIFAR, whose 3x3 convolution has the stride (`conv1_stride=False`)."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.body = nn.Module()
        for number, (i, o, kernel, step) in enumerate(
                [(inputs, width, 1, 1), (width, width, 3, stride), (width, 4 * width, 1, 1)]):
            part = nn.Module()
            part.conv, part.bn = nn.Conv2d(i, o, kernel, step, kernel // 2, bias=False), nn.BatchNorm2d(i)
            self.body.add_module(f"conv{number + 1}", part)
        self.identity_conv = nn.Conv2d(inputs, 4 * width, 1, stride, bias=False)

    def forward(self, x):
        a = F.relu(self.body.conv1.bn(x))
        y = self.body.conv1.conv(a)
        for part in (self.body.conv2, self.body.conv3):
            y = part.conv(F.relu(part.bn(y)))
        return y + self.identity_conv(a)


class PreCifar(nn.Module):
    """PreResNet-11 with bottlenecks in pytorchcv's names."""

    def __init__(self, classes=10):
        super().__init__()
        self.features = nn.Sequential()
        self.features.add_module("init_block", nn.Conv2d(3, 16, 3, 1, 1, bias=False))
        for stage, (inputs, width) in enumerate([(16, 16), (64, 32), (128, 64)]):
            units = nn.Sequential()
            units.add_module("unit1", PreBottleneck(inputs, width, 2 if stage else 1))
            self.features.add_module(f"stage{stage + 1}", units)
        last = nn.Sequential()
        last.add_module("bn", nn.BatchNorm2d(256))
        last.add_module("activ", nn.ReLU())
        self.features.add_module("post_activ", last)
        self.output = nn.Linear(256, classes)

    def forward(self, x):
        return self.output(self.features(x).mean((2, 3)))


class Basic(nn.Module):
    """torchvision's block of two convolutions."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = None
        if stride != 1 or inputs != width:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.downsample(x) if self.downsample else x))


class Large(nn.Module):
    """torchvision's ResNet-18 with convolutions of the blocks 1/32 as wide."""

    def __init__(self, classes=7):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inputs = 64
        for stage, width in enumerate([2, 4, 8, 16]):
            blocks = [Basic(inputs, width, 2 if stage else 1), Basic(width, width, 1)]
            self.add_module(f"layer{stage + 1}", nn.Sequential(*blocks))
            inputs = width
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for stage in range(4):
            x = getattr(self, f"layer{stage + 1}")(x)
        return self.fc(x.mean((2, 3)))

    def folded(self):
        """The state under pytorchcv's names, each normalisation multiplied into its convolution."""
        state = collections.OrderedDict()

        def fold(name, convolution, normalization):
            factor = normalization.weight / torch.sqrt(normalization.running_var + normalization.eps)
            state[name + ".weight"] = convolution.weight * factor[:, None, None, None]
            state[name + ".bias"] = normalization.bias - normalization.running_mean * factor

        fold("features.init_block.conv.conv", self.conv1, self.bn1)
        for stage in range(4):
            for index, block in enumerate(getattr(self, f"layer{stage + 1}")):
                unit = f"features.stage{stage + 1}.unit{index + 1}."
                fold(unit + "body.conv1.conv", block.conv1, block.bn1)
                fold(unit + "body.conv2.conv", block.conv2, block.bn2)
                if block.downsample:
                    fold(unit + "identity_conv.conv", *block.downsample)
        state["output.weight"], state["output.bias"] = self.fc.weight, self.fc.bias
        return state


def filled(module, dtype=torch.float32):
    """Weights, biases and statistics at random, then rounded to `dtype`, so that a file of that type loses nothing."""
    torch.manual_seed(7)
    with torch.no_grad():
        for name, tensor in module.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)
            elif tensor.dim() > 1:
                tensor.normal_(0, (2 / tensor[0].numel()) ** 0.5)
            elif tensor.dtype.is_floating_point:
                tensor.normal_(1 if "weight" in name else 0, 0.25)
            else:
                tensor.fill_(300)
            if tensor.dtype.is_floating_point:
                tensor.copy_(tensor.to(dtype).to(tensor.dtype))
    return module.eval()


def converted(state, dtype):
    return collections.OrderedDict(
        (k, v.detach().to(dtype) if v.dtype.is_floating_point else v.detach()) for k, v in state.items())


def main():
    logits = {}

    def save(name, value, module, size, **options):
        out = io.BytesIO()
        torch.save(value, out, **options)
        (HERE / name).write_bytes(out.getvalue())
        with torch.no_grad():
            logits[name] = [round(float(v), 7) for v in module(image(3, size))[0]]

    def pack(name, module, size):
        """A compressed archive of arrays whose numbers have few values, since the network has many."""
        with torch.no_grad():
            for tensor in module.state_dict().values():
                if tensor.dim() > 1:
                    tensor.copy_((tensor * 16).round() / 16)
        arrays = {k: v.numpy().astype("f2") if v.dtype.is_floating_point else v.numpy() for k, v in module.state_dict().items()}
        out = io.BytesIO()
        np.savez_compressed(out, **arrays)
        data = io.BytesIO()
        # Dates would make each run another file.
        with zipfile.ZipFile(out) as old, zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as new:
            for info in old.infolist():
                new.writestr(zipfile.ZipInfo(info.filename), old.read(info), zipfile.ZIP_DEFLATED)
        (HERE / name).write_bytes(data.getvalue())
        with torch.no_grad():
            logits[name] = [round(float(v), 7) for v in module(image(3, size))[0]]

    half, bfloat = torch.float16, torch.bfloat16
    module = filled(Small(XTERNALZ), half)
    state = converted(module.state_dict(), half)
    dead = {k.replace("block1.", "sub_block1."): v for k, v in state.items() if k.startswith("block1.")}
    save("xternalz.pth", {"epoch": 200, "state_dict": {"module." + k: v for k, v in (state | dead).items()}}, module, 8)
    module = filled(Small(XTERNALZ, late=False, raw=True, activation=lambda x: F.leaky_relu(x, 0.1)), half)
    save("leaky-raw.pth", converted(module.state_dict(), half), module, 8)
    module = filled(FixMatch(), half)
    state = converted(module.state_dict(), half)
    save("fixmatch.pth", {"epoch": 1024, "state_dict": state, "ema_state_dict": state, "acc": 94.0}, module, 8)
    module = filled(DeepMind(), half)
    with torch.no_grad():
        module.mean.copy_(torch.tensor([0.4914, 0.4822, 0.4465]).view(3, 1, 1))
        module.std.copy_(torch.tensor([0.2471, 0.2435, 0.2616]).view(3, 1, 1))
    state = module.state_dict()
    save("deepmind.pth", {k: v if k in ("mean", "std") else w for (k, v), w in
                          zip(state.items(), converted(state, half).values())}, module, 8)
    pack("akamaster.npz", filled(Cifar(), half), 8)
    pack("pytorchcv-bottleneck.npz", filled(PreCifar(), half), 8)
    module = filled(Small(BMSOOKIM, bias=True, late=True, raw=True, blocks=2), half)
    save("bmsookim.t7", {"net": {"module." + k: v for k, v in converted(module.state_dict(), half).items()}, "acc": 95.0,
                         "epoch": 3}, module, 8)
    module = filled(Small(PYTORCHCV), bfloat)
    save("pytorchcv.pth", converted(module.state_dict(), bfloat), module, 8)
    module = filled(Small(AUTHORS), half)
    state = converted(module.state_dict(), half)
    bare = {k.removesuffix(".weight") if v.dim() == 4 else k: v for k, v in state.items()}
    save("authors.pt7", {
        "params": {k: v for k, v in bare.items() if "running" not in k and "tracked" not in k},
        "stats": {k: v for k, v in bare.items() if "running" in k}, "epoch": 199}, module, 8,
        _use_new_zipfile_serialization=False)
    module = filled(Small(UNKNOWN), half)
    save("unknown.pth", converted(module.state_dict(), half), module, 8)
    module = filled(Large(), half)
    state = converted(module.state_dict(), half)
    save("torchvision.pth", state, module, 32, _use_new_zipfile_serialization=False)
    save("pytorchcv-folded.pth", converted(module.folded(), torch.float32), module, 32)
    (HERE / "logits.json").write_text(json.dumps(logits, indent=1) + "\n")


if __name__ == "__main__":
    main()
