# SPDX-License-Identifier: Apache-2.0
"""Writes what PyTorch computes in float64 for full-size networks, as the numbers that the engine's tests expect.

    python make_fixtures.py                     # writes networks.json; README.md says what is in it
    python make_fixtures.py --add               # adds the cases that networks.json lacks
    python make_fixtures.py --check             # compares the stored file with what PyTorch computes here
    python make_fixtures.py --differences       # float32 against float64 with the seeds below, case by case
    python make_fixtures.py --seeds COUNT NAME  # the same for the seeds 1...COUNT of one case

Such networks are too large to store. Their weights, images and labels follow from a formula, `values`, that any program
can compute. Needs torch==2.13.0 (CPU) and numpy. The networks are written here from the papers, on purpose apart from the
Swift code.
"""
import json
import math
import pathlib
import sys

import numpy
import torch
import torch.nn as nn
import torch.nn.functional as F

HERE = pathlib.Path(__file__).resolve().parent
FILE = HERE / "networks.json"
CLASSES = 10
DIGITS = 9  # significant ones, of each stored number
DRAWS = 4  # of noise, by --differences and --seeds
NOISE = 1e-6  # about that of float32 convolutions
TOLERANCE = 1e-8  # of --check; rounding to nine digits alone costs up to 5e-9

# The formula.

MASK = 2**64 - 1


def hashed(name):
    """FNV-1a, 64 bits, of the name's UTF-8 bytes."""
    key = 0xCBF29CE484222325
    for byte in name.encode():
        key = ((key ^ byte) * 0x100000001B3) & MASK
    return key


def values(name, seed, count):
    """The numbers s in [-1, 1) of a tensor: splitmix64 from the hash of `NAME#SEED`, its upper 24 bits."""
    step, first, second = (numpy.uint64(v) for v in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
    z = numpy.arange(1, count + 1, dtype=numpy.uint64)
    z *= step
    z += numpy.uint64(hashed(f"{name}#{seed}"))
    z ^= z >> numpy.uint64(30)
    z *= first
    z ^= z >> numpy.uint64(27)
    z *= second
    z ^= z >> numpy.uint64(31)
    return (z >> numpy.uint64(40)).astype(numpy.float64) / 2**24 * 2 - 1


def fill(tensor, name, seed, scale, shift=0.0):
    """shift + scale * s, computed in float64 and rounded once to float32, whatever the tensor's type."""
    numbers = (shift + scale * values(name, seed, tensor.numel())).astype(numpy.float32)
    with torch.no_grad():
        tensor.copy_(torch.from_numpy(numbers).reshape(tensor.shape))


def initialise(net, seed, branch_scale=1.0):
    """All weights and running statistics by the formula; the weight of the BN that ends a branch times `branch_scale`."""
    ends = {id(block.bn3 if block.bottleneck else block.bn2) for block in net.modules() if isinstance(block, PostBlock)}
    for name, module in net.named_modules():
        if isinstance(module, nn.Conv2d):
            fill(module.weight, name + ".weight", seed, math.sqrt(6 / module.weight[0].numel()))
        elif isinstance(module, nn.BatchNorm2d):
            factor = branch_scale if id(module) in ends else 1.0
            fill(module.weight, name + ".weight", seed, 0.5 * factor, factor)
            fill(module.bias, name + ".bias", seed, 0.2)
            fill(module.running_mean, name + ".running_mean", seed, 0.2)
            fill(module.running_var, name + ".running_var", seed, 0.5, 1)
        elif isinstance(module, nn.Linear):
            fill(module.weight, name + ".weight", seed, math.sqrt(3 / module.in_features))
            fill(module.bias, name + ".bias", seed, 0.2)


# The networks. The attribute names give the state dictionary its names.
#
# A variant is what names and shapes leave open: "slope" of a LeakyReLU, or "silu", instead of ReLU, "raw" where shortcuts
# read a pre-activation block's own input, in all groups or, with "first", in all but the first, where with "raw_block" the
# branch reads it, too; "stride_in_second" convolution of a block, "same" padding of strided convolutions as in TensorFlow,
# "pad_both" sides of option A's channels, and "epsilon" of normalisations.


def normalization(channels, variant):
    return nn.BatchNorm2d(channels, eps=variant.get("epsilon", 1e-5))


def activation(variant, x):
    if variant.get("silu"):
        return F.silu(x)
    return F.leaky_relu(x, variant["slope"]) if "slope" in variant else F.relu(x)


class Same(nn.Conv2d):
    """A convolution with a stride, padded by TensorFlow's rule: the odd row and column of zeros below and to the right."""

    def forward(self, x):
        before, after = [], []
        for extent, kernel, stride in zip(x.shape[2:], self.kernel_size, self.stride):
            zeros = max((math.ceil(extent / stride) - 1) * stride + kernel - extent, 0)
            before.append(zeros // 2)
            after.append(zeros - zeros // 2)
        return super().forward(F.pad(x, (before[1], after[1], before[0], after[0])))


def strided(inputs, outputs, kernel, stride, variant):
    if variant.get("same") and stride != 1:
        return Same(inputs, outputs, kernel, stride, 0, bias=False)
    return convolution(inputs, outputs, kernel, stride)


def convolution(inputs, outputs, kernel, stride=1):
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


class WideBlock(nn.Module):
    """Pre-activation block B(M) of the Wide ResNet paper; the 1x1 shortcut reads the activated input, or the raw one."""

    def __init__(self, inputs, outputs, kernels, stride, variant, group):
        super().__init__()
        self.layers = len(kernels)
        self.variant = variant
        changes = inputs != outputs or stride != 1
        self.raw = variant.get("raw") and (group > 0 or not variant.get("first"))
        self.raw_block = changes and self.raw and variant.get("raw_block")
        late = 1 if variant.get("stride_in_second") else 0
        for i, kernel in enumerate(kernels):
            if i or not self.raw_block:
                self.add_module(f"bn{i}", normalization(outputs if i else inputs, variant))
            step = stride if i == late else 1
            self.add_module(f"conv{i}", strided(outputs if i else inputs, outputs, kernel, step, variant))
        self.shortcut = None
        if changes:
            self.shortcut = strided(inputs, outputs, 1, stride, variant)

    def forward(self, x):
        a = x if self.raw_block else activation(self.variant, self.bn0(x))
        y = self.conv0(a)
        for i in range(1, self.layers):
            y = getattr(self, f"conv{i}")(activation(self.variant, getattr(self, f"bn{i}")(y)))
        return y + (x if self.shortcut is None else self.shortcut(x if self.raw else a))


class WideResNet(nn.Module):
    """Three groups of B(M) blocks, 16k, 32k and 64k channels wide."""

    def __init__(self, stage_blocks, width, kernels, channels, variant):
        super().__init__()
        self.variant = variant
        self.conv0 = convolution(channels, 16, 3)
        inputs = 16
        for group, count in enumerate(stage_blocks):
            blocks = nn.Module()
            outputs = 16 * 2**group * width
            for block in range(count):
                stride = 2 if group > 0 and block == 0 else 1
                blocks.add_module(f"block{block}", WideBlock(inputs, outputs, kernels, stride, variant, group))
                inputs = outputs
            self.add_module(f"group{group}", blocks)
        self.bn = normalization(inputs, variant)
        self.fc = nn.Linear(inputs, CLASSES)

    def forward(self, x):
        x = self.conv0(x)
        for group in (self.group0, self.group1, self.group2):
            for block in group.children():
                x = block(x)
        return self.fc(activation(self.variant, self.bn(x)).mean((2, 3)))


class PostBlock(nn.Module):
    """He et al. 2015: two 3x3 convolutions with the stride in the first, or a bottleneck with it in the 3x3."""

    def __init__(self, inputs, inner, outputs, stride, bottleneck, option, variant):
        super().__init__()
        self.bottleneck = bottleneck
        self.variant = variant
        if bottleneck:
            self.conv1 = convolution(inputs, inner, 1)
            self.bn1 = normalization(inner, variant)
            self.conv2 = convolution(inner, inner, 3, stride)
            self.bn2 = normalization(inner, variant)
            self.conv3 = convolution(inner, outputs, 1)
            self.bn3 = normalization(outputs, variant)
        else:
            self.conv1 = convolution(inputs, inner, 3, stride)
            self.bn1 = normalization(inner, variant)
            self.conv2 = convolution(inner, outputs, 3)
            self.bn2 = normalization(outputs, variant)
        self.stride = stride
        self.zeros = outputs - inputs
        self.before = self.zeros // 2 if variant.get("pad_both") else 0
        self.downsample = None
        if option == "B" and (inputs != outputs or stride != 1):
            self.downsample = nn.Sequential(convolution(inputs, outputs, 1, stride), normalization(outputs, variant))

    def forward(self, x):
        y = activation(self.variant, self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        if self.bottleneck:
            y = self.bn3(self.conv3(activation(self.variant, y)))
        if self.downsample is not None:
            x = self.downsample(x)
        else:  # option A: every second pixel, and channels of zeros behind the others or on both sides of them
            x = F.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, self.before, self.zeros - self.before))
        return activation(self.variant, y + x)


class PreBlock(nn.Module):
    """He et al. 2016: pre-activation, with the stride in the first convolution, and a 1x1 shortcut without a BN."""

    def __init__(self, inputs, inner, outputs, stride, bottleneck, variant):
        super().__init__()
        self.bottleneck = bottleneck
        self.variant = variant
        self.bn1 = normalization(inputs, variant)
        self.conv1 = convolution(inputs, inner, 1 if bottleneck else 3, stride)
        self.bn2 = normalization(inner, variant)
        self.conv2 = convolution(inner, inner if bottleneck else outputs, 3)
        if bottleneck:
            self.bn3 = normalization(inner, variant)
            self.conv3 = convolution(inner, outputs, 1)
        self.downsample = None
        if inputs != outputs or stride != 1:
            self.downsample = convolution(inputs, outputs, 1, stride)

    def forward(self, x):
        a = activation(self.variant, self.bn1(x))
        y = self.conv2(activation(self.variant, self.bn2(self.conv1(a))))
        if self.bottleneck:
            y = self.conv3(activation(self.variant, self.bn3(y)))
        return y + (x if self.downsample is None else self.downsample(x if self.variant.get("raw") else a))


class ResNet(nn.Module):
    """The stem of CIFAR (3x3) or ImageNet (7x7/2, BN, pooling), stages named layer1, layer2, ..., and the head.

    `block(inputs, base, stride)` makes a block, where base is the stem's channels doubled with each stage.
    """

    def __init__(self, stage_blocks, block, channels, imagenet, preactivation, variant):
        super().__init__()
        self.variant = variant
        inputs = base = 64 if imagenet else 16
        self.imagenet = imagenet
        self.conv1 = nn.Conv2d(channels, base, 7, 2, 3, bias=False) if imagenet else convolution(channels, base, 3)
        self.bn1 = normalization(base, variant) if imagenet or not preactivation else None
        self.stages = [f"layer{stage + 1}" for stage in range(len(stage_blocks))]
        for stage, count in enumerate(stage_blocks):
            layer = nn.Sequential()
            for index in range(count):
                made, inputs = block(inputs, base * 2**stage, 2 if stage > 0 and index == 0 else 1)
                layer.append(made)
            self.add_module(self.stages[stage], layer)
        self.bn = normalization(inputs, variant) if preactivation else None
        self.fc = nn.Linear(inputs, CLASSES)

    def forward(self, x):
        x = self.conv1(x)
        if self.bn1 is not None:
            x = activation(self.variant, self.bn1(x))
        if self.imagenet:
            x = F.max_pool2d(x, 3, 2, 1)
        for stage in self.stages:
            x = getattr(self, stage)(x)
        if self.bn is not None:
            x = activation(self.variant, self.bn(x))
        return self.fc(x.mean((2, 3)))


def network(structure, channels):
    """The network that a case's "structure" describes."""
    kind, stage_blocks, width = structure["kind"], structure["stage_blocks"], structure["width"]
    variant = structure.get("variant", {})
    if kind == "wide":
        return WideResNet(stage_blocks, width, structure["kernels"], channels, variant)
    bottleneck = structure["block"] == "bottleneck"
    preactivation = structure["preactivation"]

    def block(inputs, base, stride):
        inner = math.floor(base * width)
        outputs = 4 * base if bottleneck else inner
        if preactivation:
            return PreBlock(inputs, inner, outputs, stride, bottleneck, variant), outputs
        return PostBlock(inputs, inner, outputs, stride, bottleneck, structure["shortcut"], variant), outputs

    return ResNet(stage_blocks, block, channels, kind == "imagenet", preactivation, variant)


def wide(blocks, width, kernels, **variant):
    structure = dict(kind="wide", stage_blocks=[blocks] * 3, width=width, kernels=kernels)
    return dict(structure, variant=variant) if variant else structure


def residual(kind, block, stage_blocks, width=1, shortcut="B", preactivation=False, branch_scale=1.0, **variant):
    structure = dict(kind=kind, block=block, stage_blocks=stage_blocks, width=width,
                     shortcut="convolution" if preactivation else shortcut, preactivation=preactivation)
    if branch_scale != 1:
        structure["branch_scale"] = branch_scale
    return dict(structure, variant=variant) if variant else structure


# name: structure, images (N, C, H, W), seed; README.md says how the seeds were chosen.
CASES = {
    "wrn-40-2-b131": (wide(4, 2, [1, 3, 1]), (2, 3, 16, 16), 2),
    "wrn-40-2-b31": (wide(6, 2, [3, 1]), (2, 3, 16, 16), 10),
    "wrn-22-2-b313": (wide(2, 2, [3, 1, 3]), (2, 3, 16, 16), 9),
    "wrn-40-2-b333": (wide(4, 2, [3, 3, 3]), (2, 3, 16, 16), 5),
    "wrn-40-2-b131-table2": (wide(6, 2, [1, 3, 1]), (2, 3, 16, 16), 11),
    "wrn-18-1.5": (residual("imagenet", "basic", [2, 2, 2, 2], 1.5), (2, 3, 64, 64), 2),
    "wrn-34-2": (residual("imagenet", "basic", [3, 4, 6, 3], 2), (2, 3, 64, 64), 4),
    "wrn-50-2": (residual("imagenet", "bottleneck", [3, 4, 6, 3], 2, branch_scale=0.125), (2, 3, 64, 64), 1),
    "resnet-50": (residual("imagenet", "bottleneck", [3, 4, 6, 3], branch_scale=0.125), (2, 3, 64, 64), 1),
    "resnet-20": (residual("cifar", "basic", [3, 3, 3], shortcut="A"), (4, 3, 31, 29), 8),
    "resnet-20-b": (residual("cifar", "basic", [3, 3, 3]), (4, 3, 32, 32), 3),
    "resnet-164-cut": (residual("cifar", "bottleneck", [2, 1, 1]), (4, 3, 16, 16), 4),
    "preact-resnet-164-cut": (
        residual("cifar", "bottleneck", [2, 2, 2], preactivation=True), (4, 3, 16, 16), 11),
    "preact-resnet-110-cut": (residual("cifar", "basic", [2, 2, 2], preactivation=True), (4, 3, 16, 16), 4),
    "preact-resnet-200-cut": (
        residual("imagenet", "bottleneck", [1, 2, 2, 1], preactivation=True), (2, 3, 64, 64), 2),
    "wrn-10-2-leaky0.1-rawshortcut-eps0.001": (
        wide(1, 2, [3, 3], slope=0.1, raw=True, epsilon=1e-3), (4, 3, 16, 16), 6),
    "wrn-16-1-rawshortcut-stride2": (wide(2, 1, [3, 3], raw=True, stride_in_second=True), (4, 3, 16, 16), 2),
    "preact-resnet-8-rawshortcut": (
        residual("cifar", "basic", [1, 1, 1], preactivation=True, raw=True), (4, 3, 16, 16), 5),
    "resnet-8-padboth": (residual("cifar", "basic", [1, 1, 1], shortcut="A", pad_both=True), (4, 3, 15, 14), 6),
    "wrn-10-2-leaky0.1-firstblock-eps0.001": (
        wide(1, 2, [3, 3], slope=0.1, raw=True, first=True, raw_block=True, epsilon=1e-3), (4, 3, 16, 16), 3),
    "wrn-16-1-leaky0.1-firstshortcut-same-eps0.001": (
        wide(2, 1, [3, 3], slope=0.1, raw=True, first=True, same=True, epsilon=1e-3), (4, 3, 16, 12), 6),
    "wrn-16-2-silu-same": (wide(2, 2, [3, 3], silu=True, same=True), (4, 3, 16, 12), 1),
    "wrn-13-1-b131-silu-stride2-same": (
        wide(1, 1, [1, 3, 1], silu=True, stride_in_second=True, same=True), (4, 3, 16, 16), 2),
    "resnet-8-b-silu": (residual("cifar", "basic", [1, 1, 1], silu=True), (4, 3, 15, 14), 1),
    "preact-resnet-8-silu": (
        residual("cifar", "basic", [1, 1, 1], preactivation=True, silu=True), (4, 3, 16, 16), 1),
    "resnet-8-b-leaky0.2": (residual("cifar", "basic", [1, 1, 1], slope=0.2), (4, 3, 16, 16), 2),
}

# Running a case.


def run(case, dtype, seed=None, plain=False, draw=None):
    """The numbers of one case, computed in `dtype`.

    `plain` sums without oneDNN's kernels; `draw` seeds normal noise added to every convolution, NOISE times its RMS.
    """
    structure, (batch, channels, height, columns), stored_seed = case
    seed = stored_seed if seed is None else seed
    net = network(structure, channels)
    initialise(net, seed, structure.get("branch_scale", 1.0))
    images = torch.empty(batch, height, columns, channels)
    fill(images, "images", seed, 2)
    net, images = net.to(dtype), images.permute(0, 3, 1, 2).contiguous().to(dtype)
    if draw is not None:
        generator = torch.Generator().manual_seed(draw)

        def disturb(_, __, y):
            scale = NOISE * y.detach().square().mean().sqrt()
            return y + scale * torch.randn(y.shape, generator=generator, dtype=y.dtype)

        for module in net.modules():
            if isinstance(module, nn.Conv2d):
                module.register_forward_hook(disturb)
    labels = torch.tensor([(7 * i + 3) % CLASSES for i in range(batch)])
    with torch.backends.mkldnn.flags(enabled=not plain):
        with torch.no_grad():
            evaluated = net.eval()(images)
        net.train()
        logits = net(images)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
    return {
        "logits_eval": evaluated,
        "logits_train": logits.detach(),
        "loss": loss.detach(),
        "gradients": {name: parameter.grad for name, parameter in net.named_parameters()},
    }


def kept(name, structure):
    """Whether the file has this tensor's gradient: of long stages, only those of some blocks."""
    if "downsample" in name or "shortcut" in name:
        return True
    parts = name.split(".")
    if parts[0].startswith("group"):
        stage, block = int(parts[0][5:]), int(parts[1][5:])
    elif parts[0].startswith("layer"):
        stage, block = int(parts[0][5:]) - 1, int(parts[1])
    else:
        return True
    count = structure["stage_blocks"][stage]
    return True if sum(structure["stage_blocks"]) <= 9 else block in (0, count - 1)


def rounded(number):
    return float(f"{float(number):.{DIGITS - 1}e}")


def digest(gradient):
    flat = gradient.double().flatten()
    return {
        "norm": rounded(flat.norm()),
        "largest": rounded(flat.abs().max()),
        "samples": [rounded(flat[j * (len(flat) - 1) // 4]) for j in range(5)],
    }


def entry(case):
    """What the file has of one case."""
    structure, images, seed = case
    result = run(case, torch.float64)
    return {
        "structure": structure,
        "images": list(images),
        "seed": seed,
        "parameters": sum(gradient.numel() for gradient in result["gradients"].values()),
        "logits_eval": [[rounded(v) for v in row] for row in result["logits_eval"]],
        "logits_train": [[rounded(v) for v in row] for row in result["logits_train"]],
        "loss": rounded(result["loss"]),
        "gradients": {
            name: digest(gradient) for name, gradient in result["gradients"].items() if kept(name, structure)},
    }


def written(value, indent=""):
    """JSON with sorted keys; lists of numbers, and a gradient's digest, on one line each."""
    flat = not isinstance(value, dict) or "norm" in value or "kind" in value
    if flat and not (isinstance(value, list) and isinstance(value[0], list)):
        return json.dumps(value, sort_keys=True)
    inner = indent + " "
    if isinstance(value, list):
        lines = [inner + written(row, inner) for row in value]
        return "[\n" + ",\n".join(lines) + "\n" + indent + "]"
    lines = [f"{inner}{json.dumps(key)}: {written(value[key], inner)}" for key in sorted(value)]
    return "{\n" + ",\n".join(lines) + "\n" + indent + "}"


# Comparing.


def relative(a, b):
    """The largest difference, relative to the largest value of `b`."""
    a, b = a.double(), b.double()
    return ((a - b).abs().max() / b.abs().max()).item()


def differences(case, seed=None):
    """Against float64: float32 with oneDNN's kernels, float32 without, and float64 with DRAWS draws of noise.

    Of each, logits_eval, logits_train, loss, the worst gradient (relative L2) and its name; then the largest logit.
    """
    double = run(case, torch.float64, seed)
    others = [(torch.float32, seed), (torch.float32, seed, True)]
    others += [(torch.float64, seed, False, draw) for draw in range(1, DRAWS + 1)]
    results = []
    for other in others:
        result = run(case, *other)
        gradients = {
            name: ((result["gradients"][name].double() - g).norm() / g.norm()).item()
            for name, g in double["gradients"].items()}
        worst = max(gradients, key=gradients.get)
        results.append([relative(result[key], double[key]) for key in ("logits_eval", "logits_train", "loss")]
                       + [gradients[worst], worst])
    return results, double["logits_eval"].abs().max().item()


def report(name, case, seed):
    results, extreme = differences(case, seed)
    kinds = ("float32", "float32, plain") + (f"noise of {NOISE:.0e}",) * DRAWS
    print(f"{name}, seed {seed}: largest logit {extreme:.3g}", flush=True)
    for kind, (evaluated, trained, loss, gradient, worst) in zip(kinds, results):
        print(f"    {kind:14}  logits_eval {evaluated:.1e}  logits_train {trained:.1e}  loss {loss:.1e}"
              f"  gradients {gradient:.1e} ({worst})", flush=True)
    return max(result[3] for result in results)


def unequal(stored, made, path=""):
    """The largest relative difference of two JSON values, and where."""
    if isinstance(stored, dict) and isinstance(made, dict) and stored.keys() == made.keys():
        if "norm" in stored:  # a sample may be much smaller than the tensor's other values
            pairs = zip(stored["samples"], made["samples"])
            off = max(abs(a - b) for a, b in pairs) / made["largest"]
            rest = max(abs(stored[key] - made[key]) / made[key] for key in ("norm", "largest"))
            return max(off, rest), path
        return max((unequal(stored[key], made[key], f"{path} {key}") for key in stored), default=(0.0, path))
    try:
        a, b = (torch.tensor(v, dtype=torch.float64) for v in (stored, made))
        if a.shape == b.shape:
            return relative(a, b), path
    except (TypeError, ValueError):
        if stored == made:
            return 0.0, path
    return math.inf, path


def main(arguments):
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    if arguments == ["--differences"]:
        for name, case in CASES.items():
            report(name, case, case[2])
        return 0
    if len(arguments) == 3 and arguments[0] == "--seeds":
        name = arguments[2]
        worst = {seed: report(name, CASES[name], seed) for seed in range(1, int(arguments[1]) + 1)}
        best = min(worst, key=worst.get)
        print(f"{name}: seed {best} is the best, {worst[best]:.1e}")
        return 0
    if arguments == ["--check"]:
        stored = json.loads(FILE.read_text())
        failed = stored.keys() != CASES.keys()
        for name in sorted(stored.keys() & CASES.keys()):
            worst, path = unequal(stored[name], json.loads(json.dumps(entry(CASES[name]))))
            failed |= not worst <= TOLERANCE
            print(f"{name}: largest relative difference {worst:.1e}{' in' + path if worst > 0 else ''}", flush=True)
        return 1 if failed else 0
    entries = {}
    if arguments == ["--add"]:
        entries, arguments = json.loads(FILE.read_text()), []
    if arguments:
        print(__doc__)
        return 2
    for name, case in CASES.items():
        if name in entries:
            continue
        entries[name] = entry(case)
        print(f"{name}: {entries[name]['parameters']:,} parameters, {len(entries[name]['gradients'])} gradients", flush=True)
    FILE.write_text(written(entries) + "\n")
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
