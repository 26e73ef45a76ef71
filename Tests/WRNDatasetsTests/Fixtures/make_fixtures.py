#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the fixtures beside this script: tiny data sets in every published form, and pickles of every protocol.

Needs numpy 2. The images follow a formula that the tests know (Support/Formula.swift), and nothing depends on the
time or the machine, so a second run changes nothing.
"""
import gzip
import hashlib
import io
import pathlib
import pickle
import struct
import tarfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
CLASSES10 = "airplane automobile bird cat deer dog frog horse ship truck".split()
CLASSES100 = [f"class_{i:02d}" for i in range(100)]


def image(index, height, width, channels):
    """Image number `index` as CHW."""
    c, y, x = np.ogrid[0:channels, 0:height, 0:width]
    return ((index * 31 + c * 85 + y * 7 + x * 3) & 255).astype(np.uint8)


def zipped(data, name=""):
    out = io.BytesIO()
    with gzip.GzipFile(filename=name, mode="wb", fileobj=out, mtime=0) as f:
        f.write(data)
    return out.getvalue()


def write(name, data):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def archive(entries, form):
    """A tar archive; an entry is (name, bytes), or (name, type, target) for what is not a file."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=form) as tar:
        for name, *rest in entries:
            info = tarfile.TarInfo(name)
            if len(rest) == 1:
                info.size = len(rest[0])
                tar.addfile(info, io.BytesIO(rest[0]))
            else:
                info.type, info.linkname = rest
                tar.addfile(info)
    return out.getvalue()


class Python2Pickle:
    """Writes protocol 2 as cPickle of Python 2.7 and numpy 1 wrote the published files."""

    def __init__(self, value):
        self.out = bytearray(b"\x80\x02")
        self.memo = 0
        self.put(value)
        self.out += b"."

    def remember(self):
        self.memo += 1
        self.out += b"q" + bytes([self.memo]) if self.memo < 256 else b"r" + struct.pack("<I", self.memo)

    def put(self, value):
        out = self.out
        if value is None:
            out += b"N"
        elif isinstance(value, bool):
            out += b"\x88" if value else b"\x89"
        elif isinstance(value, int):
            if 0 <= value < 256:
                out += b"K" + bytes([value])
            elif 0 <= value < 65536:
                out += b"M" + struct.pack("<H", value)
            else:
                out += b"J" + struct.pack("<i", value)
        elif isinstance(value, (str, bytes)):
            data = value if isinstance(value, bytes) else value.encode()
            out += b"U" + bytes([len(data)]) if len(data) < 256 else b"T" + struct.pack("<I", len(data))
            out += data
            self.remember()
        elif isinstance(value, list):
            out += b"]"
            self.remember()
            out += b"("
            for item in value:
                self.put(item)
            out += b"e"
        elif isinstance(value, tuple):
            if len(value) > 3:
                out += b"("
            for item in value:
                self.put(item)
            out += {1: b"\x85", 2: b"\x86", 3: b"\x87"}.get(len(value), b"t")
        elif isinstance(value, dict):
            out += b"}"
            self.remember()
            out += b"("
            for key, item in value.items():
                self.put(key)
                self.put(item)
            out += b"u"
        else:
            self.array(value)

    def array(self, value):
        out = self.out
        out += b"cnumpy.core.multiarray\n_reconstruct\n"
        self.remember()
        out += b"cnumpy\nndarray\n"
        self.remember()
        self.put((0,))
        self.put("b")
        out += b"\x87R("
        self.put(1)
        self.put(value.shape)
        out += b"cnumpy\ndtype\n"
        self.remember()
        self.put("u1")
        self.put(0)
        self.put(1)
        out += b"\x87R("
        for field in (3, "|", None, None, None, -1, -1, 0):
            self.put(field)
        out += b"tb"
        self.put(False)
        self.put(value.tobytes())
        out += b"tb"


def python2(value):
    data = bytes(Python2Pickle(value).out)
    pickle.loads(data, encoding="latin1")  # Python itself must agree.
    return data


def cifar():
    batches = [(f"data_batch_{b + 1}", range(20 * b, 20 * b + 20)) for b in range(5)]
    batches.append(("test_batch", range(1000, 1020)))
    binary, pickled = [("cifar-10-batches-bin/", tarfile.DIRTYPE, "")], []
    for name, indices in batches:
        binary.append((
            f"cifar-10-batches-bin/{name}.bin",
            b"".join(bytes([i * 3 % 10]) + image(i, 32, 32, 3).tobytes() for i in indices)))
        pickled.append((f"cifar-10-batches-py/{name}", python2({
            "data": np.stack([image(i, 32, 32, 3).reshape(-1) for i in indices]),
            "labels": [i * 3 % 10 for i in indices],
            "batch_label": name,
            "filenames": [f"image_{i:05d}.png" for i in indices]})))
    binary.append(("cifar-10-batches-bin/batches.meta.txt", ("\n".join(CLASSES10) + "\n\n").encode()))
    pickled.append(("cifar-10-batches-py/batches.meta", python2(
        {"num_cases_per_batch": 20, "label_names": CLASSES10, "num_vis": 3072})))
    write("cifar-10-binary.tar.gz", zipped(archive(binary, tarfile.USTAR_FORMAT)))
    write("cifar-10-python.tar.gz", zipped(archive(pickled, tarfile.GNU_FORMAT)))

    splits = [("train", range(20)), ("test", range(1000, 1010))]
    binary, pickled = [], []
    for name, indices in splits:
        binary.append((f"cifar-100-binary/{name}.bin", b"".join(
            bytes([i % 20, i * 7 % 100]) + image(i, 32, 32, 3).tobytes() for i in indices)))
        pickled.append((f"cifar-100-python/{name}", python2({
            "filenames": [f"image_{i:05d}.png" for i in indices],
            "batch_label": f"{name} batch 1 of 1",
            "fine_labels": [i * 7 % 100 for i in indices],
            "coarse_labels": [i % 20 for i in indices],
            "data": np.stack([image(i, 32, 32, 3).reshape(-1) for i in indices])})))
    binary.append(("cifar-100-binary/fine_label_names.txt", ("\n".join(CLASSES100) + "\n").encode()))
    pickled.append(("cifar-100-python/meta", python2(
        {"fine_label_names": CLASSES100, "coarse_label_names": [f"coarse_{i}" for i in range(20)]})))
    write("cifar-100-binary.tar.gz", zipped(archive(binary, tarfile.PAX_FORMAT)))
    write("cifar-100-python.tar.gz", zipped(archive(pickled, tarfile.GNU_FORMAT)))


def idx():
    for part, indices in (("train", range(30)), ("t10k", range(1000, 1010))):
        pixels = b"".join(image(i, 28, 28, 1).tobytes() for i in indices)
        images = struct.pack(">IIII", 0x803, len(indices), 28, 28) + pixels
        labels = struct.pack(">II", 0x801, len(indices)) + bytes(i * 3 % 10 for i in indices)
        write(f"idx/{part}-images-idx3-ubyte.gz", zipped(images, f"{part}-images-idx3-ubyte"))
        write(f"idx/{part}-labels-idx1-ubyte.gz", zipped(labels, f"{part}-labels-idx1-ubyte"))


def pickles():
    # Values from 32 on, because protocol 0 escapes line feeds, which the data sets do not need.
    value = {
        "data": np.arange(32, 44, dtype=np.uint8).reshape(3, 4),
        "column_major": np.asfortranarray(np.arange(32, 44, dtype=np.uint8).reshape(3, 4)),
        "labels": [0, 255, 256, 65536, -1, 2**40, -(2**40)],
        "names": ["one", "two words", "it's", ""],
        "tuple": (None, True, False, 1.5, (), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
        "nested": {"list": [[], {}, [1]]},
    }
    for protocol in range(6):
        write(f"pickles/protocol{protocol}.pickle", pickle.dumps(value, protocol=protocol))
    high = {"data": np.arange(128, 256, dtype=np.uint8)}
    write("pickles/latin1.pickle", pickle.dumps(high, protocol=2))
    lines = ["(dp1", "S'num_cases_per_batch'", "p2", "I10000", "sS'label_names'", "p3", "(lp4"]
    for name in CLASSES10:
        lines += [f"S'{name}'", "p5", "a"]
    lines += ["sS'num_vis'", "p6", "I3072", "s."]
    text = "\n".join(lines).replace("\na\n", "\na").encode()
    assert pickle.loads(text)["label_names"] == CLASSES10
    write("pickles/python2-text.pickle", text)


def tars():
    long = "folder/" * 30 + "file"
    entries = [
        ("./plain", b"plain"),
        (long, b"long"),
        ("folder/", tarfile.DIRTYPE, ""),
        ("symlink", tarfile.SYMTYPE, "/etc/passwd"),
        ("hardlink", tarfile.LNKTYPE, "plain"),
        ("fifo", tarfile.FIFOTYPE, ""),
        ("../../escape", b"escape"),
        ("empty", b""),
        ("block", bytes(512)),
    ]
    write("tars/gnu.tar", archive(entries, tarfile.GNU_FORMAT))
    write("tars/pax.tar", archive(entries, tarfile.PAX_FORMAT))
    short = [e for e in entries if e[0] != long]
    write("tars/ustar.tar", archive(short + [("d" * 120 + "/f", b"split")], tarfile.USTAR_FORMAT))


def main():
    cifar()
    idx()
    pickles()
    tars()
    write("two-members.gz", zipped(b"first,", "a") + zipped(b"second") + bytes(100))
    write("zeros.gz", zipped(bytes(1 << 20)))
    sums = [
        f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(HERE).as_posix()}\n"
        for p in sorted(HERE.rglob("*.gz"))]
    write("SHA256SUMS", "".join(sums).encode())


if __name__ == "__main__":
    main()
