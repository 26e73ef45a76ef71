#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes operations.json: what torchvision on Pillow makes of small images. See README.md."""
import base64
import json
import pathlib

import numpy
import torchvision.transforms.functional as F
from PIL import Image
from torchvision.transforms import InterpolationMode
from torchvision.transforms.autoaugment import _apply_op

SHEARS = [0.0, 0.01, 0.09, 0.3, 0.99, -0.1, -0.3, -0.99]
FACTORS = [0.0, 0.1, 0.73, 1.0, 1.27, 1.9, 3.5, -0.5]
CASES = {
    "shearX": SHEARS,
    "shearY": SHEARS,
    "translateX": [0, 1, 3, -2, -7, 40],
    "translateY": [0, 1, 3, -2, -7, 40],
    "rotate": [0.0, 1.0, 30.0, -30.0, 45.0, 90.0, 135.0, -135.0, 180.0, 270.0, 359.5, -720.0, 7.3],
    "brightness": FACTORS,
    "contrast": FACTORS,
    "saturation": FACTORS,
    "sharpness": FACTORS,
    "hue": [0.0, 0.01, -0.01, 0.1, -0.1, 0.25, 0.5, -0.5],
    "posterize": [1, 2, 4, 7, 8],
    "solarize": [0.0, 0.5, 110.5, 128.0, 255.0, 256.0],
    "autocontrast": [None],
    "equalize": [None],
    "invert": [None],
}
POLICY_NAMES = {
    "shearX": "ShearX", "shearY": "ShearY", "translateX": "TranslateX",
    "translateY": "TranslateY", "rotate": "Rotate",
}


def changed(image, name, argument):
    if name in POLICY_NAMES:
        return _apply_op(image, POLICY_NAMES[name], argument, InterpolationMode.NEAREST, None)
    function = {
        "brightness": F.adjust_brightness, "contrast": F.adjust_contrast,
        "saturation": F.adjust_saturation, "sharpness": F.adjust_sharpness, "hue": F.adjust_hue,
        "posterize": F.posterize, "solarize": F.solarize,
    }
    if name in function:
        return function[name](image, argument)
    return {"autocontrast": F.autocontrast, "equalize": F.equalize, "invert": F.invert}[name](image)


def noise(height, width, channels):
    """Bytes by a formula that the tests share: a multiplicative hash of the index."""
    index = numpy.arange(height * width * channels, dtype=numpy.uint64)
    values = (index * numpy.uint64(2654435761)) % numpy.uint64(2**32)
    return (values >> numpy.uint64(24)).astype(numpy.uint8).reshape(height, width, channels)


def hills(height, width, channels):
    """A smooth, dark picture: levels 20 to 180, so that contrast and histograms have work to do."""
    y, x, c = numpy.meshgrid(
        numpy.arange(height), numpy.arange(width), numpy.arange(channels), indexing="ij")
    value = 100 + 50 * numpy.sin(x / 3 + c) + 30 * numpy.cos(y / 2 - 2 * c)
    return value.astype(numpy.uint8)


def picture(pixels):
    return Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels)


def bytes_of(image):
    return numpy.asarray(image, dtype=numpy.uint8).tobytes()


def digest(data):
    """FNV-1a, 64 bits."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = ((value ^ byte) * 0x100000001B3) & 0xFFFFFFFFFFFFFFFF
    return f"{value:016x}"


def small_images():
    ramp = numpy.arange(2 * 3 * 3, dtype=numpy.uint8).reshape(2, 3, 3) * 14
    flat = numpy.full((4, 4, 3), 77, dtype=numpy.uint8)
    return {
        "hills": hills(17, 16, 3),
        "noise": noise(7, 9, 3),
        "grey": noise(8, 8, 1),
        "ramp": ramp,
        "flat": flat,
        "pixel": numpy.array([[[3, 200, 100]]], dtype=numpy.uint8),
    }


def main():
    images, cases, digests = [], [], []
    for name, pixels in small_images().items():
        height, width, channels = pixels.shape
        images.append({
            "name": name, "height": height, "width": width, "channels": channels,
            "pixels": base64.b64encode(pixels.tobytes()).decode(),
        })
        for operation, arguments in CASES.items():
            for argument in arguments:
                result = bytes_of(changed(picture(pixels), operation, argument))
                cases.append({
                    "image": name, "operation": operation, "argument": argument,
                    "pixels": base64.b64encode(result).decode(),
                })
    # Larger images are compared by a digest: these are noise(...) of each size.
    for size in [(64, 64, 3), (61, 47, 3), (50, 33, 1), (224, 160, 3)]:
        image = picture(noise(*size))
        for operation, arguments in CASES.items():
            for argument in arguments:
                digests.append({
                    "height": size[0], "width": size[1], "channels": size[2],
                    "operation": operation, "argument": argument,
                    "digest": digest(bytes_of(changed(image, operation, argument))),
                })
    # A row too long for fixed point.
    image = picture(noise(2, 40000, 1))
    for argument in [0.3, -0.99]:
        digests.append({
            "height": 2, "width": 40000, "channels": 1, "operation": "shearX",
            "argument": argument,
            "digest": digest(bytes_of(changed(image, "shearX", argument))),
        })
    here = pathlib.Path(__file__).parent
    document = {"images": images, "cases": cases, "digests": digests}
    (here / "operations.json").write_text(json.dumps(document, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
