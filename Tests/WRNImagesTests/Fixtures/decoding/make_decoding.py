# SPDX-License-Identifier: Apache-2.0
"""Writes image files of every kind, and the pixels that Pillow makes of them.

    python make_decoding.py

Needs pillow and numpy. files.json says with which versions the stored files were written; README.md says what they are.
"""
import io
import json
import pathlib
import struct
import zlib

import numpy
from PIL import Image, ImageOps, __version__, features

HERE = pathlib.Path(__file__).resolve().parent
FILES = HERE / "files"
HEIGHT, WIDTH = 21, 34
cases = {}
pixels = b""


def photograph(height, width, seed):
    """Something between a photograph and noise."""
    draw = numpy.random.default_rng(seed)
    row, column = numpy.mgrid[0:height, 0:width]
    waves = [128 + 90 * numpy.sin(column / 7 + row / 11 + 2 * c) for c in range(3)]
    blocks = draw.normal(0, 30, (height // 4 + 1, width // 4 + 1, 3))
    blocks = numpy.kron(blocks, numpy.ones((4, 4, 1)))[:height, :width]
    noise = draw.normal(0, 5, (height, width, 3))
    return Image.fromarray(numpy.clip(numpy.stack(waves, -1) + blocks + noise, 0, 255).astype("uint8"))


def keep(name, data, compare=True):
    """Stores a file and, unless it is only for comparison with itself, Pillow's pixels of it."""
    global pixels
    (FILES / name).write_bytes(data)
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    cases[name] = {"height": image.height, "width": image.width}
    if compare:
        cases[name]["offset"] = len(pixels)
        pixels += image.tobytes()


def encoded(image, kind, **options):
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def turned_sampling(data):
    """A JPEG of 4:2:2 with the factors of 4:4:0 in its frame header.

    Both put two blocks of luma into a unit, so that the data stay valid where both have as many units; the picture is another one.
    """
    at = next(i for i in range(len(data)) if data[i] == 0xFF and data[i + 1] in (0xC0, 0xC2))
    assert data[at + 11] == 0x21
    return data[: at + 11] + b"\x12" + data[at + 12 :]


def first_scans(data, count):
    """A progressive JPEG that ends after some of its scans."""
    starts = [i for i in range(len(data) - 1) if data[i] == 0xFF and data[i + 1] == 0xDA]
    return data[: starts[count]] + b"\xff\xd9"


# JPEG. The files `part_*` are larger, and are compared with themselves: a part with the whole.
samplings = {"444": 0, "422": 1, "420": 2}
for progressive in (False, True):
    kind = "progressive" if progressive else "baseline"
    for sampling, number in samplings.items():
        options = {"quality": 85, "subsampling": number, "progressive": progressive}
        keep(f"{kind}_{sampling}.jpg", encoded(photograph(HEIGHT, WIDTH, 1), "JPEG", **options))
        keep(f"part_{kind}_{sampling}.jpg", encoded(photograph(99, 150, 2), "JPEG", **options), False)
    options = {"quality": 85, "subsampling": 1, "progressive": progressive}
    keep(f"{kind}_440.jpg", turned_sampling(encoded(photograph(32, 32, 3), "JPEG", **options)))
    keep(f"part_{kind}_440.jpg", turned_sampling(encoded(photograph(112, 112, 4), "JPEG", **options)), False)
    options = {"quality": 85, "subsampling": "4:1:1", "progressive": progressive}
    keep(f"{kind}_411.jpg", encoded(photograph(HEIGHT, WIDTH, 5), "JPEG", **options))
    keep(f"part_{kind}_411.jpg", encoded(photograph(80, 130, 6), "JPEG", **options), False)
    grey = photograph(HEIGHT, WIDTH, 7).convert("L")
    keep(f"{kind}_grey.jpg", encoded(grey, "JPEG", quality=85, progressive=progressive))
    keep(f"part_{kind}_grey.jpg", encoded(photograph(70, 90, 8).convert("L"), "JPEG", progressive=progressive), False)
keep("rgb.jpg", encoded(photograph(HEIGHT, WIDTH, 9), "JPEG", keep_rgb=True))
cmyk = photograph(HEIGHT, WIDTH, 10).convert("CMYK")
keep("cmyk.jpg", encoded(cmyk, "JPEG"))
data = encoded(cmyk, "JPEG")
at = data.index(b"Adobe")
# 2 in the Adobe segment says that the same numbers are YCCK.
keep("ycck.jpg", data[: at + 11] + b"\x02" + data[at + 12 :])
keep("part_cmyk.jpg", encoded(photograph(60, 70, 11).convert("CMYK"), "JPEG"), False)
restarts = {"quality": 85, "subsampling": 2, "restart_marker_blocks": 3}
keep("restarts.jpg", encoded(photograph(HEIGHT, WIDTH, 12), "JPEG", **restarts))
keep("part_restarts.jpg", encoded(photograph(90, 120, 13), "JPEG", **restarts), False)
scans = {"quality": 85, "subsampling": 2, "progressive": True}
keep("few_scans.jpg", first_scans(encoded(photograph(HEIGHT, WIDTH, 14), "JPEG", **scans), 2))
keep("part_few_scans.jpg", first_scans(encoded(photograph(90, 120, 15), "JPEG", **scans), 3), False)
keep("one_pixel.jpg", encoded(photograph(1, 1, 16), "JPEG"))

# Orientations.
for value in range(1, 9):
    exif = Image.Exif()
    exif[0x0112] = value
    small = photograph(9, 14, 20 + value)
    keep(f"turned_{value}.jpg", encoded(small, "JPEG", exif=exif, subsampling=2))
    keep(f"turned_{value}.png", encoded(small, "PNG", exif=exif))
    keep(f"turned_{value}.webp", encoded(small, "WEBP", exif=exif, lossless=True))
exif = Image.Exif()
exif[0x0112] = 6
keep("part_turned_6.jpg", encoded(photograph(60, 100, 30), "JPEG", exif=exif, subsampling=2), False)
keep("part_turned_6.png", encoded(photograph(20, 30, 31), "PNG", exif=exif), False)

# PNG: every depth and type, plain and interlaced, written here because Pillow writes fewer.
CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}
DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}
PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))


def chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def packed(samples, depth):
    """Rows of samples as PNG stores them, each behind a filter type that changes from row to row."""
    result, above = b"", None
    for index, row in enumerate(samples.reshape(samples.shape[0], -1)):
        if depth == 16:
            line = row.astype(">u2").tobytes()
        else:
            bits = (row[:, None] >> numpy.arange(depth - 1, -1, -1)) & 1
            line = numpy.packbits(bits.astype("uint8")).tobytes()
        kind = 2 * (index % 2) if above is not None and len(above) == len(line) else 0
        filtered = bytes((a - b) % 256 for a, b in zip(line, above)) if kind else line
        result += bytes([kind]) + filtered
        above = line
    return result


def png(depth, kind, interlaced, seed, extra=b"", height=11, width=13, high=None):
    draw = numpy.random.default_rng(seed)
    samples = draw.integers(0, high or 2**depth, (height, width, CHANNELS[kind]))
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    if interlaced:
        parts = [samples[r::y, c::x] for r, c, y, x in PASSES]
        data = b"".join(packed(part, depth) for part in parts if part.size)
    else:
        data = packed(samples, depth)
    if kind == 3:
        extra = chunk(b"PLTE", draw.integers(0, 256, 3 * 2**depth, "uint8").tobytes()) + extra
    body = chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


for kind, depths in DEPTHS.items():
    for depth in depths:
        for interlaced in (False, True):
            name = f"type{kind}_{depth}bit{'_interlaced' if interlaced else ''}.png"
            keep(name, png(depth, kind, interlaced, 100 + 10 * kind + depth))
keep("dark_16bit.png", png(16, 0, False, 200, high=600))
keep("transparent_palette.png", png(4, 3, False, 201, chunk(b"tRNS", bytes([0, 128, 255]))))
keep("transparent_grey.png", png(8, 0, False, 202, chunk(b"tRNS", b"\0\7")))
keep("transparent_colour.png", png(8, 2, False, 203, chunk(b"tRNS", b"\0\1\0\2\0\3")))
keep("one_pixel_interlaced.png", png(8, 2, True, 204, height=1, width=1))

# WebP.
image = photograph(HEIGHT, WIDTH, 40)
clear = image.copy()
clear.putalpha(Image.fromarray(numpy.random.default_rng(41).integers(0, 256, (HEIGHT, WIDTH), "uint8")))
keep("lossy.webp", encoded(image, "WEBP", quality=80))
keep("lossy_alpha.webp", encoded(clear, "WEBP", quality=80))
keep("lossless.webp", encoded(image, "WEBP", lossless=True))
keep("lossless_alpha.webp", encoded(clear, "WEBP", lossless=True, exact=True))
options = {"save_all": True, "append_images": [photograph(HEIGHT, WIDTH, 42)], "duration": 100}
keep("animated.webp", encoded(image, "WEBP", **options))
keep("animated_alpha.webp", encoded(clear, "WEBP", **options))


def riff(name, data):
    return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) % 2)


def three(number):
    return struct.pack("<I", number)[:3]


# An animation whose first frame fills a part of its canvas, which Pillow never writes.
frame = encoded(photograph(8, 10, 43), "WEBP", lossless=True)[12:]
place = three(6 // 2) + three(4 // 2) + three(10 - 1) + three(8 - 1) + three(100) + b"\0"
header = riff(b"VP8X", b"\2\0\0\0" + three(WIDTH - 1) + three(HEIGHT - 1))
body = header + riff(b"ANIM", bytes([9, 8, 7, 255, 0, 0])) + riff(b"ANMF", place + frame)
keep("animated_part.webp", riff(b"RIFF", b"WEBP" + body))

versions = {name: features.version(name) for name in ("libjpeg_turbo", "webp", "zlib")}
(HERE / "pixels.rgb").write_bytes(pixels)
text = json.dumps({"pillow": __version__, "libraries": versions, "files": cases}, indent=1)
(HERE / "files.json").write_text(text + "\n")
