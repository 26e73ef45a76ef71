# SPDX-License-Identifier: Apache-2.0
"""Writes checksums of what Pillow's resize and torchvision's transforms make of images that follow from a formula.

    python make_resizing.py

Needs pillow, numpy, torch and torchvision; cases.json says with which versions the stored numbers were computed.
"""
import json
import math
import pathlib

import numpy
import PIL
import torchvision
from PIL import Image
from torchvision import transforms

HERE = pathlib.Path(__file__).resolve().parent
FILTERS = {"bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}


def formula(height, width, channels, seed):
    """Noise in which every third byte or so is 0 or 255: the filters must clip."""
    count = height * width * channels
    x = (numpy.arange(count, dtype=numpy.uint64) * 2654435761 + seed) & 0xFFFFFFFF
    x ^= x >> 15
    x = (x * 2246822519) & 0xFFFFFFFF
    x ^= x >> 13
    value = (x >> 24).astype("uint8")
    value[x % 6 == 0] = 0
    value[x % 6 == 1] = 255
    return value.reshape((height, width, channels) if channels > 1 else (height, width))


def checksum(image):
    """FNV-1a, 64 bits, of the pixels."""
    hashed = 0xCBF29CE484222325
    for byte in image.tobytes():
        hashed = ((hashed ^ byte) * 0x100000001B3) & (2**64 - 1)
    return f"{hashed:016x}"


SIZES = [
    (75, 100, 45, 45), (45, 45, 75, 100), (100, 75, 45, 45), (33, 47, 33, 20), (33, 47, 20, 47),
    (1, 1, 5, 7), (5, 7, 1, 1), (1, 100, 1, 3), (100, 1, 3, 2), (2, 2, 3, 3), (17, 31, 16, 30),
    (300, 3, 2, 90), (3, 400, 7, 1), (64, 64, 32, 32), (32, 32, 64, 64), (200, 4, 60, 5), (61, 41, 1, 80),
    # On both sides of the rule by which the columns come first.
    (100, 60, 50, 35), (100, 60, 50, 36), (60, 90, 61, 100),
]  # fmt: skip
resizes = []
for filter_name, filter_number in FILTERS.items():
    draw = numpy.random.default_rng(len(resizes))
    more = [tuple(int(n) for n in draw.integers(1, 60, 4)) for _ in range(60)]
    for height, width, new_height, new_width in SIZES + more:
        for channels in (1, 3):
            seed = len(resizes)
            image = Image.fromarray(formula(height, width, channels, seed))
            result = image.resize((new_width, new_height), filter_number)
            resizes.append([seed, height, width, channels, new_height, new_width, filter_name, checksum(result)])

IMAGES = [(224, 224), (256, 256), (60, 80), (81, 60), (375, 500), (500, 333), (1, 1), (3, 90), (90, 3), (231, 300), (40, 41)]
MODES = {name: transforms.InterpolationMode(name) for name in FILTERS}
preparations = []


def prepare(preset, scaled, crop, filter_name):
    steps = transforms.Compose([transforms.Resize(scaled, MODES[filter_name]), transforms.CenterCrop(crop)])
    for height, width in IMAGES:
        seed = len(preparations)
        result = steps(Image.fromarray(formula(height, width, 3, seed)))
        preparations.append([preset, seed, height, width, result.height, result.width, checksum(result)])


prepare("torchvisionV1", 256, 224, "bilinear")
prepare("torchvisionV2", 232, 224, "bilinear")
# timm's transforms_imagenet_eval in the crop mode "center", with square sizes.
for size, fraction, filter_name in ((64, 0.875, "bicubic"), (64, 0.95, "bicubic"), (65, 1.0, "bilinear")):
    prepare(f"timm {size} {fraction} {filter_name}", math.floor(size / fraction), size, filter_name)
prepare("fitted 32", 37, 32, "bilinear")
prepare("fitted 45", 51, 45, "bilinear")
# A crop that is larger than the scaled image, and one that is not square.
prepare("scaled 30 30 to 41 64", 30, (41, 64), "bicubic")
prepare("scaled 50 50 to 33 48", 50, (33, 48), "bilinear")

versions = {"pillow": PIL.__version__, "torchvision": torchvision.__version__}
cases = {"versions": versions, "resizes": resizes, "preparations": preparations}
text = json.dumps(cases).replace("], [", "],\n[").replace('"preparations"', '\n"preparations"')
(HERE / "cases.json").write_text(text + "\n")
