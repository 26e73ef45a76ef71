#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes augmentation.json: what torchvision does when it is given this project's random numbers. See README.md."""
import contextlib
import json
import math
import os
import pathlib
from unittest import mock

import numpy

# torch.linspace rounds otherwise with vector units: see README.md.
os.environ["ATEN_CPU_CAPABILITY"] = "default"

import torch
import torchvision.transforms as T
import torchvision.transforms.functional as F
from PIL import Image
from torchvision.transforms import v2

AUGMENTATION, MIXING = 3, 5


def philox(key, counter):
    """Philox4x32-10 (Salmon et al. 2011)."""
    mask = 0xFFFFFFFF
    k0, k1 = key & mask, key >> 32
    c0, c1, c2, c3 = counter
    for _ in range(10):
        first, second = c0 * 0xD2511F53, c2 * 0xCD9E8D57
        c0, c1, c2, c3 = (
            second >> 32 ^ c1 ^ k0, second & mask, first >> 32 ^ c3 ^ k1, first & mask)
        k0, k1 = k0 + 0x9E3779B9 & mask, k1 + 0xBB67AE85 & mask
    return c0, c1, c2, c3


class Stream:
    """WRNRandom's RandomStream."""

    def __init__(self, seed, purpose, step, item):
        self.seed, self.purpose, self.step, self.item = seed, purpose, step, item

    def words(self, index):
        return philox(self.seed, (index, self.item, self.step, self.purpose))

    def integer(self, index, bound):
        return self.words(index)[0] * bound >> 32

    def bool(self, index):
        return self.words(index)[0] & 1

    def uniform(self, index):
        low, high = self.words(index)[:2]
        return (high << 32 | low) // 2**11 * 2.0**-53


@contextlib.contextmanager
def drawing(uniform=None, randint=None, rand=None, randperm=None):
    """torch with other random numbers, in double precision."""

    def uniform_(self, low, high):
        return torch.tensor([float(low) + (float(high) - float(low)) * uniform()], dtype=torch.float64)

    def integer(*arguments, size=None, dtype=None):
        bounds = [a for a in arguments if not isinstance(a, tuple)]
        return torch.tensor([randint(bounds[-1])])

    with mock.patch.object(torch.Tensor, "uniform_", uniform_), \
            mock.patch.object(torch, "randint", integer), \
            mock.patch.object(torch, "rand", lambda *_: torch.tensor([rand()], dtype=torch.float64)), \
            mock.patch.object(torch, "randperm", lambda _: torch.tensor(randperm())):
        yield


class Rectangle:
    """The draws of a rectangle: four numbers a try from `base` on."""

    def __init__(self, stream, base):
        self.stream, self.base = stream, base
        self.uniforms = self.integers = 0

    def uniform(self):
        index = self.base + 4 * (self.uniforms // 2) + self.uniforms % 2
        self.uniforms += 1
        return self.stream.uniform(index)

    def randint(self, bound):
        index = self.base + 4 * (self.uniforms // 2 - 1) + 2 + self.integers
        self.integers += 1
        return self.stream.integer(index, bound)


class Policy:
    """The draws of a policy: which one is asked for is told by its bound."""

    def __init__(self, stream):
        self.stream, self.operation = stream, -1

    def randint(self, bound):
        if bound == 14:
            self.operation += 1
            return self.stream.integer(64 + 3 * self.operation, bound)
        if bound == 31:
            return self.stream.integer(64 + 3 * self.operation + 1, bound)
        return self.stream.bool(64 + 3 * self.operation + 2)


def crops():
    for height, width, scale, ratio in [
        (32, 32, (0.08, 1.0), (3 / 4, 4 / 3)), (375, 500, (0.08, 1.0), (3 / 4, 4 / 3)),
        (500, 100, (0.5, 1.0), (3 / 4, 4 / 3)), (20, 200, (0.9, 1.0), (0.9, 1.1)),
        (40, 3, (1.0, 1.0), (1.5, 2.0)), (1, 1, (0.2, 0.7), (0.5, 2.0)),
    ]:
        image = Image.new("L", (width, height))
        for index in range(40):
            draws = Rectangle(Stream(11, AUGMENTATION, 2, index), 16)
            with drawing(draws.uniform, draws.randint):
                top, left, rows, columns = T.RandomResizedCrop.get_params(image, scale, ratio)
            yield {
                "height": height, "width": width, "scale": scale, "ratio": ratio, "image": index,
                "region": [top, left, rows, columns],
            }


def erasures():
    for height, width, p, scale, ratio in [
        (32, 32, 0.5, (0.02, 0.33), (0.3, 3.3)), (224, 224, 0.1, (0.02, 0.2), (0.3, 3.3)),
        (9, 30, 1.0, (0.5, 1.0), (0.3, 3.3)), (12, 5, 1.0, (0.9, 1.0), (0.9, 1.1)),
    ]:
        for index in range(40):
            stream = Stream(2**40 + 5, AUGMENTATION, 7, index)
            draws = Rectangle(stream, 164)
            transform = T.RandomErasing(p, scale, ratio)
            with drawing(draws.uniform, draws.randint, lambda: stream.uniform(160)):
                erased = transform(torch.ones(1, height, width))[0] == 0
            rows, columns = torch.where(erased)
            region = None if len(rows) == 0 else [
                int(rows.min()), int(columns.min()),
                int(rows.max() - rows.min() + 1), int(columns.max() - columns.min() + 1)]
            yield {
                "height": height, "width": width, "probability": p, "scale": scale,
                "ratio": ratio, "image": index, "region": region,
            }


def spaces():
    for name, height, width in [("randAugment", 32, 32), ("randAugment", 224, 199),
                                ("trivialAugmentWide", 32, 32)]:
        if name == "randAugment":
            space = T.RandAugment()._augmentation_space(31, (height, width))
        else:
            space = T.TrivialAugmentWide()._augmentation_space(31)
        yield {
            "policy": name, "height": height, "width": width,
            "magnitudes": [
                [float(value) for value in magnitudes.reshape(-1)]
                for magnitudes, _ in space.values()],
            "signed": [signed for _, signed in space.values()],
        }


def noise(height, width, channels, image):
    index = numpy.arange(height * width * channels, dtype=numpy.uint64) + numpy.uint64(977 * image)
    values = (index * numpy.uint64(2654435761)) % numpy.uint64(2**32)
    pixels = (values >> numpy.uint64(24)).astype(numpy.uint8).reshape(height, width, channels)
    return Image.fromarray(pixels[:, :, 0] if channels == 1 else pixels)


def digest(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def augmented(image, options, stream):
    """torchvision's parts in the order flip, padded crop, policy, jitter."""
    width, height = image.size
    if options["horizontalFlip"] and stream.bool(0):
        image = F.hflip(image)
    padding = options["cropPadding"]
    if padding:
        zero = options.get("cropBorder") == "zero"
        top, left = stream.integer(1, 2 * padding + 1), stream.integer(2, 2 * padding + 1)
        image = F.pad(image, padding, padding_mode="constant" if zero else "reflect")
        image = F.crop(image, top, left, height, width)
    policy = options.get("policy")
    if policy:
        if "randAugment" in policy:
            transform = T.RandAugment(
                policy["randAugment"]["operations"], policy["randAugment"]["magnitude"])
        else:
            transform = T.TrivialAugmentWide()
        with drawing(randint=Policy(stream).randint):
            image = transform(image)
    jitter = options.get("colorJitter")
    if jitter:
        order = [0, 1, 2, 3]
        for last in (3, 2, 1):
            other = stream.integer(128 + last - 1, last + 1)
            order[last], order[other] = order[other], order[last]
        names = ["brightness", "contrast", "saturation", "hue"]
        draws = iter([132 + i for i, name in enumerate(names) if jitter[name] > 0])
        with drawing(uniform=lambda: stream.uniform(next(draws)), randperm=lambda: order):
            image = T.ColorJitter(**jitter)(image)
    return image


PIPELINES = [
    {"horizontalFlip": True, "cropPadding": 4},
    {"horizontalFlip": True, "cropPadding": 4, "cropBorder": "zero"},
    {"horizontalFlip": False, "cropPadding": 0,
     "policy": {"randAugment": {"operations": 2, "magnitude": 9}}},
    {"horizontalFlip": True, "cropPadding": 3,
     "policy": {"randAugment": {"operations": 4, "magnitude": 23}}},
    {"horizontalFlip": False, "cropPadding": 0, "policy": {"trivialAugmentWide": {}}},
    {"horizontalFlip": False, "cropPadding": 0,
     "colorJitter": {"brightness": 0.4, "contrast": 0.4, "saturation": 0.4, "hue": 0.1}},
    {"horizontalFlip": False, "cropPadding": 0,
     "colorJitter": {"brightness": 0, "contrast": 1.5, "saturation": 0, "hue": 0.5}},
    {"horizontalFlip": True, "cropPadding": 5, "cropBorder": "zero",
     "policy": {"trivialAugmentWide": {}},
     "colorJitter": {"brightness": 0.2, "contrast": 0.3, "saturation": 0.4, "hue": 0.05}},
]


def pipelines():
    for options in PIPELINES:
        for height, width, channels in [(32, 32, 3), (28, 28, 1), (23, 37, 3)]:
            yield {
                "augmentation": options, "height": height, "width": width, "channels": channels,
                "digests": [
                    digest(numpy.asarray(augmented(
                        noise(height, width, channels, image), options,
                        Stream(2026, AUGMENTATION, 3, image))).tobytes())
                    for image in range(20)],
            }


def symmetric_beta(alpha, stream):
    c = math.sqrt(math.expm1(-math.log(1 - stream.uniform(1)) / alpha))
    c *= math.cos(2 * math.pi * stream.uniform(2))
    return 0.5 + 0.5 * c / math.sqrt(1 + c * c)


def mixes():
    count, height, width, channels, classes = 4, 6, 5, 2, 3
    values = torch.arange(count * height * width * channels, dtype=torch.float32)
    images = (values * 0.37 % 3 - 1.5).reshape(count, height, width, channels)
    labels = torch.tensor([0, 2, 2, 1])
    for kind, alpha in [("mixup", 0.2), ("mixup", 1.0), ("cutmix", 1.0), ("cutmix", 0.5)]:
        for batch in range(6):
            stream = Stream(99, MIXING, 1, batch)
            transform = (v2.MixUp if kind == "mixup" else v2.CutMix)(alpha=alpha, num_classes=classes)
            weight = symmetric_beta(alpha, stream)
            draws = iter([(4, width), (3, height)])

            def randint(bound):
                index, expected = next(draws)
                assert bound == expected
                return stream.integer(index, bound)

            sample = mock.patch.object(transform._dist, "sample", lambda _: torch.tensor(weight, dtype=torch.float64))
            with sample, drawing(randint=randint):
                mixed, targets = transform(images.permute(0, 3, 1, 2), labels)
            yield {
                "kind": kind, "alpha": alpha, "batch": batch,
                "images": [float(f"{x:.9g}") for x in mixed.permute(0, 2, 3, 1).reshape(-1).tolist()],
                "targets": [float(f"{x:.9g}") for x in targets.reshape(-1).tolist()],
            }


def main():
    document = {
        "crops": list(crops()), "erasures": list(erasures()), "spaces": list(spaces()),
        "pipelines": list(pipelines()), "mixes": list(mixes()),
    }
    here = pathlib.Path(__file__).parent
    (here / "augmentation.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
