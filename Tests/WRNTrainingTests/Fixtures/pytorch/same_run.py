# SPDX-License-Identifier: Apache-2.0
"""A run of `wrn train` in PyTorch: the same first weights, order, flips, crops and schedule, from the same seed.

Everything that is drawn follows the rules in Sources/Base/WRNRandom, WRNModel and WRNData, written here anew in NumPy; the network and
the arithmetic are PyTorch's. Needs torch and numpy. Used by make_fixtures.py and Scripts/conformance-training.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

INITIALIZATION, SHUFFLING, AUGMENTATION = 1, 2, 3


def philox(seed, counter):
    """Philox4x32-10 of counters `[4, n]`."""
    mask = np.uint64(0xFFFFFFFF)
    x, y, z, w = (np.asarray(c, dtype=np.uint64) for c in counter)
    k0, k1 = np.uint64(seed & 0xFFFFFFFF), np.uint64(seed >> 32)
    for _ in range(10):
        first, second = x * np.uint64(0xD2511F53), z * np.uint64(0xCD9E8D57)
        x, y, z, w = (
            (second >> np.uint64(32)) ^ y ^ k0, second & mask, (first >> np.uint64(32)) ^ w ^ k1, first & mask)
        k0, k1 = (k0 + np.uint64(0x9E3779B9)) & mask, (k1 + np.uint64(0xBB67AE85)) & mask
    return x, y, z, w


class Stream:
    """The random numbers of one seed, purpose, step and item (or of many items, one number of each)."""

    def __init__(self, seed, purpose, step=0, item=0):
        self.seed, self.purpose, self.step, self.item = seed, purpose, step, item

    def words(self, index):
        index, item = np.broadcast_arrays(np.asarray(index), np.asarray(self.item))
        return philox(self.seed, (index, item, np.full(index.shape, self.step), np.full(index.shape, self.purpose)))

    def integers(self, index, below):
        return ((self.words(index)[0] * np.asarray(below, dtype=np.uint64)) >> np.uint64(32)).astype(np.int64)

    def bools(self, index):
        return (self.words(index)[0] & np.uint64(1)).astype(bool)

    @staticmethod
    def _unit(low, high):
        return ((high << np.uint64(32) | low) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def uniforms(self, index):
        low, high, _, _ = self.words(index)
        return self._unit(low, high)

    def normals(self, index):
        a, b, c, d = self.words(index)
        radius, angle = np.sqrt(-2 * np.log(1 - self._unit(a, b))), 2 * np.pi * self._unit(c, d)
        return radius * np.cos(angle), radius * np.sin(angle)

    def permutation(self, count):
        order = list(range(count))
        places = np.arange(count)
        others = self.integers(places, places + 1)
        for last in range(count - 1, 0, -1):
            other = others[last]
            order[last], order[other] = order[other], order[last]
        return np.array(order)


class Block(nn.Module):
    """Pre-activation basic block; its parts stand in the order in which the network's parameters are numbered."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.bn0 = nn.BatchNorm2d(inputs)
        widens = inputs != outputs or stride != 1
        self.shortcut = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if widens else None
        self.conv0 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv1 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)

    def forward(self, x):
        a = F.relu(self.bn0(x))
        y = self.conv1(F.relu(self.bn1(self.conv0(a))))
        return y + (x if self.shortcut is None else self.shortcut(a))


class WideResNet(nn.Module):
    def __init__(self, depth, width, channels, classes):
        super().__init__()
        self.conv0 = nn.Conv2d(channels, 16, 3, 1, 1, bias=False)
        inputs, blocks = 16, []
        for group in range(3):
            outputs = round(16 * 2**group * width)
            for block in range((depth - 4) // 6):
                blocks.append(Block(inputs, outputs, 2 if group > 0 and block == 0 else 1))
                inputs = outputs
        self.blocks = nn.Sequential(*blocks)
        self.bn = nn.BatchNorm2d(inputs)
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        return self.fc(F.relu(self.bn(self.blocks(self.conv0(x)))).mean((2, 3)))


def initialize(net, seed):
    """He's normal numbers for convolutions, uniform ones for the last layer, each tensor from the stream of its number."""
    item = 0
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            item += 4
        elif isinstance(module, (nn.Conv2d, nn.Linear)):
            count, fan_in = module.weight.numel(), module.weight[0].numel()
            stream = Stream(seed, INITIALIZATION, item=item)
            if isinstance(module, nn.Conv2d):
                pairs = np.stack(stream.normals(np.arange((count + 1) // 2)), 1).reshape(-1)[:count]
                values = pairs * np.sqrt(2 / fan_in)
                item += 1
            else:
                values = (2 * stream.uniforms(np.arange(count)) - 1) / np.sqrt(fan_in)
                nn.init.zeros_(module.bias)
                item += 2
            with torch.no_grad():
                module.weight.copy_(torch.from_numpy(values.astype(np.float32)).reshape(module.weight.shape))


def normalized(pixels, mean, deviation):
    """`[N, H, W, C]` bytes as numbers around zero, in single precision."""
    f = np.float32
    return (pixels.astype(f) / f(255) - np.asarray(mean, dtype=f)) / np.asarray(deviation, dtype=f)


def reflected(index, extent):
    index = np.abs(index)
    return np.where(index < extent, index, 2 * (extent - 1) - index)


def augmented(images, indices, seed, epoch, flip, padding):
    """The images with these indices, mirrored and shifted as in this epoch."""
    _, height, width, _ = images.shape
    stream = Stream(seed, AUGMENTATION, step=epoch, item=indices)
    mirrors = stream.bools(0) if flip else np.zeros(len(indices), dtype=bool)
    rows = stream.integers(1, 2 * padding + 1) - padding
    columns = stream.integers(2, 2 * padding + 1) - padding
    result = []
    for index, mirror, row, column in zip(indices, mirrors, rows, columns):
        ys = reflected(np.arange(height) + row, height)
        xs = reflected(np.arange(width) + column, width)
        result.append(images[index][ys][:, width - 1 - xs if mirror else xs])
    return np.stack(result)


def train(net, images, labels, *, seed, epochs, batch, rates, drops, flip, padding, momentum=0.9,
          weight_decay=5e-4, dtype=torch.float32, autocast=False):
    """Trains as the recipe paper-cifar says; the losses of all steps, epoch after epoch.

    rates: the learning rate of each epoch; drops: the epochs, from 0, at which the optimizer begins anew. The last partial batch
    of an epoch is left out. autocast: whether the network is computed in bfloat16 where PyTorch's autocast does so.
    """
    net = net.to(dtype).train()
    losses = []
    for epoch in range(epochs):
        if epoch == 0 or epoch in drops:
            optimizer = torch.optim.SGD(
                net.parameters(), lr=rates[epoch], momentum=momentum, nesterov=True, weight_decay=weight_decay)
        order = Stream(seed, SHUFFLING, step=epoch).permutation(len(images))
        losses.append([])
        for start in range(0, len(images) - batch + 1, batch):
            indices = order[start:start + batch]
            x = augmented(images, indices, seed, epoch, flip, padding)
            x = torch.from_numpy(np.ascontiguousarray(x.transpose(0, 3, 1, 2))).to(dtype)
            with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
                logits = net(x)
            loss = F.cross_entropy(logits if dtype == torch.float64 else logits.float(), torch.from_numpy(labels[indices]))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses[-1].append(loss.item())
    return losses
