#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the fixtures of image folders, their archives and SVHN beside this script.

Needs Pillow, numpy, scipy, and torchvision for `images/order.txt`: the order in which its ImageFolder lists a tree of awkward names.
Nothing depends on the time or the machine, so a second run changes nothing (other versions of Pillow may pack JPEG and WebP otherwise).
"""
import io
import pathlib
import tarfile
import tempfile
import zipfile

import numpy as np
import scipy.io
from PIL import Image

HERE = pathlib.Path(__file__).resolve().parent
AWKWARD = """
b/1.png
a/z.png
a/b/1.png
a/b-c/1.png
a/b c/1.png
a/B.PNG
a/_.JPeG
a/x.webp
a/notes.txt
a/x.gif
B/1.jpg
고양이/사진 1.jpg
고양이/사진 10.jpg
고양이/사진 2.jpg
e\u0301/1.png
Z z/1.png
\U0001f600/1.png
\uffee/1.png
""".strip().split("\n")


def picture(seed, height=5, width=7):
    y, x, c = np.ogrid[0:height, 0:width, 0:3]
    return Image.fromarray(((seed * 31 + c * 85 + y * 17 + x * 13) & 255).astype(np.uint8))


def encoded(form, seed, **options):
    out = io.BytesIO()
    picture(seed).save(out, form, **options)
    return out.getvalue()


def tree():
    """Two splits of two classes: path and bytes."""
    return {
        "photos/train/cat/1.png": encoded("png", 1),
        "photos/train/cat/2.jpg": encoded("jpeg", 2, quality=95),
        "photos/train/dog/more/3.webp": encoded("webp", 3, lossless=True),
        "photos/val/cat/4.png": encoded("png", 4),
        "photos/val/dog/5.png": encoded("png", 5),
    }


def write(name, data):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def zipped(files, method, zip64=False):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo(name, (2000, 1, 1, 0, 0, 0))
            info.compress_type = method
            with archive.open(info, "w", force_zip64=zip64) as f:
                f.write(data)
    return out.getvalue()


def tarred(files):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def order():
    from torchvision.datasets import ImageFolder

    with tempfile.TemporaryDirectory() as folder:
        for name in AWKWARD:
            path = pathlib.Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        found = ImageFolder(folder).samples
        return "".join(f"{label}\t{pathlib.Path(path).relative_to(folder)}\n" for path, label in found)


def svhn(name, count, start, **options):
    """Image i is the formula's with seed start + i; label i is (start + i) mod 10, with 10 for 0."""
    images = np.stack([np.asarray(picture(start + i, 32, 32)) for i in range(count)], axis=-1)
    labels = np.array([[(start + i) % 10 or 10] for i in range(count)], np.uint8)
    out = io.BytesIO()
    scipy.io.savemat(out, {"X": images, "y": labels.astype(options.pop("labels", np.uint8))}, **options)
    data = bytearray(out.getvalue())
    # The header has the time and the machine in it.
    data[:116] = b"MATLAB 5.0 MAT-file, written by make_image_fixtures.py".ljust(116)
    write(name, bytes(data))


def main():
    files = tree()
    for name, data in files.items():
        write("images/" + name.removeprefix("photos/"), data)
    write("images/stored.zip", zipped(files, zipfile.ZIP_STORED))
    write("images/deflated.zip", zipped(files, zipfile.ZIP_DEFLATED))
    write("images/large.zip", zipped(files, zipfile.ZIP_DEFLATED, zip64=True))
    write("images/photos.tar", tarred(files))
    write("images/order.txt", order().encode())
    write("images/awkward.txt", "\n".join(AWKWARD).encode())
    svhn("svhn/train_32x32.mat", 3, 8, do_compression=True)
    svhn("svhn/extra_32x32.mat", 2, 3, do_compression=True, labels=np.float64)
    svhn("svhn/test_32x32.mat", 5, 20, do_compression=False)
    svhn("svhn-one/test_32x32.mat", 1, 7, do_compression=True)


main()
