#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Write the files of PyTorch's and NumPy's beside this script, in `pytorch` and `numpy`.

Needs torch 2 and numpy 2. All numbers follow a formula that the tests know, and a second run changes nothing but the
keys of storages in legacy files, which are addresses; so these are replaced by numbers.
"""
import argparse
import collections
import io
import pathlib
import pickle
import re
import sys
import warnings
import zipfile

import numpy as np
import torch
from torch.nn.utils import prune

HERE = pathlib.Path(__file__).resolve().parent
TYPES = dict(
    F32=torch.float32, F16=torch.float16, BF16=torch.bfloat16, F64=torch.float64, I64=torch.int64, I32=torch.int32,
    I16=torch.int16, I8=torch.int8, U8=torch.uint8, BOOL=torch.bool)


def ramp(*shape, dtype=torch.float32):
    """Element i is i / 4 - 1, or i in integers."""
    count = int(np.prod(shape))
    values = torch.arange(count, dtype=torch.float64)
    return (values / 4 - 1 if dtype.is_floating_point else values).to(dtype).reshape(shape)


def write(name, data):
    path = HERE / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def saved(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def legacy(value, protocol=2):
    """A file of the old format, its storages' keys numbered instead of being addresses."""
    data = saved(value, _use_new_zipfile_serialization=False, pickle_protocol=protocol)
    # The magic number and the properties of the machine hold no keys.
    keys = sorted(set(re.findall(rb"\d{10,20}", data[200:])))
    for index, key in enumerate(keys):
        if data.count(key) >= 2:
            data = data.replace(key, b"%0*d" % (len(key), index))
    return data


def simple():
    return collections.OrderedDict(
        [("conv.weight", ramp(2, 1, 3, 3)), ("bn.bias", ramp(4)), ("bn.num_batches_tracked", torch.tensor(7))])


def rezipped(data, change, compression=zipfile.ZIP_STORED):
    """The archive with each entry's bytes replaced by `change(name, bytes)`."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", compression) as new:
        for info in old.infolist():
            new.writestr(zipfile.ZipInfo(info.filename), change(info.filename, old.read(info)), compression)
    return out.getvalue()


def views():
    base = ramp(4, 6)
    return {
        "base": base, "transposed": base.t(), "row": base[1], "column": base[:, 2], "inner": base[1:3, 2:5],
        "stepped": base[::2, ::3], "scalar": base[3, 5], "empty": base[:0], "same": base,
    }


def checkpoint():
    options = argparse.Namespace(lr=0.1, name="run")
    other = collections.defaultdict(list)
    other["kept"].append(ramp(2))
    return {
        "epoch": 12, "best_acc": 95.5, "arch": "wrn", "resumed": True, "args": options, "none": None,
        "state_dict": simple(), "optimizer": {"state": {0: {"momentum_buffer": ramp(3)}}, "param_groups": [{"lr": 0.1}]},
        "scheduler": {"milestones": collections.Counter([60, 120])}, "other": other, "size": torch.Size([1, 2]),
        "accuracy": np.float64(0.5), "parameter": torch.nn.Parameter(ramp(2)),
    }


def bystanders():
    """What torch.load(weights_only=True) opens beside tensors, and nothing needs."""
    marked = torch.nn.Parameter(ramp(4))
    marked.decay = True
    tagged = ramp(3)
    tagged.origin = "here"
    return {
        "w": ramp(2), "marked": marked, "tagged": tagged, "seen": {1, 2}, "z": 1 + 2j, "raw": bytearray(b"a"), "big": 10**30,
        "negative": -(10**30), "layout": torch.strided, "type": torch.complex64, "mean": [0.5, 0.25, 0.125], "std": (1, 2, 4),
    }


class Parametrized(torch.nn.Module):
    """Weights that are saved in parts."""

    def __init__(self):
        super().__init__()
        conv = lambda: torch.nn.Conv2d(2, 3, 3)
        self.pruned, self.whole = conv(), conv()
        prune.random_unstructured(self.pruned, "weight", amount=0.5)
        prune.random_unstructured(self.pruned, "bias", amount=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.normed = torch.nn.utils.weight_norm(conv())
            self.other_axis = torch.nn.utils.weight_norm(conv(), dim=1)
            self.one_norm = torch.nn.utils.weight_norm(conv(), dim=None)
        self.parametrized = torch.nn.utils.parametrizations.weight_norm(conv())
        with torch.no_grad():
            for name, tensor in self.named_parameters():
                tensor.copy_(torch.arange(tensor.numel()).reshape(tensor.shape) % 7 - 2.5)


def parametrized():
    torch.manual_seed(3)
    module = Parametrized()
    expected = {
        "pruned": module.pruned.weight_orig * module.pruned.weight_mask, "parametrized": module.parametrized.weight}
    for name in "normed", "other_axis", "one_norm":
        part = getattr(module, name)
        dim = {"normed": 0, "other_axis": 1, "one_norm": None}[name]
        expected[name] = torch._weight_norm(part.weight_v, part.weight_g, dim) if dim is not None else (
            part.weight_v * (part.weight_g / part.weight_v.norm()))
    return {"net": module.state_dict(), "expected": {k: v.detach() for k, v in expected.items()}}


def main():
    for protocol in range(1, 6):
        write(f"pytorch/zip-protocol{protocol}.pth", saved(simple(), pickle_protocol=protocol))
        write(f"pytorch/legacy-protocol{protocol}.pth", legacy(simple(), protocol))
    types = {name: ramp(5, dtype=dtype) for name, dtype in TYPES.items()}
    types["BOOL"] = torch.tensor([True, False, True])
    for name, data in ("zip", saved(types)), ("legacy", legacy(types)):
        write(f"pytorch/{name}-types.pth", data)
    for name, data in ("zip", saved(views())), ("legacy", legacy(views())):
        write(f"pytorch/{name}-views.pth", data)
    write("pytorch/zip-checkpoint.tar", saved(checkpoint()))
    write("pytorch/legacy-checkpoint.tar", legacy(checkpoint()))
    # As a GPU's: in the old format the class says so.
    write("pytorch/legacy-cuda.pth", legacy(simple()).replace(b"ctorch\nFloatStorage", b"ctorch.cuda\nFloatStorage"))
    big = saved({"a": ramp(3), "b": ramp(3, dtype=torch.int64), "c": ramp(3, dtype=torch.float16)})
    width = {"data/0": 4, "data/1": 8, "data/2": 2}

    def swap(name, data):
        if name.endswith("byteorder"):
            return b"big"
        size = next((size for end, size in width.items() if name.endswith(end)), 0)
        return np.frombuffer(data, f"<i{size}").astype(f">i{size}").tobytes() if size else data

    write("pytorch/zip-bigendian.pth", rezipped(big, swap))
    for protocol in 2, 4:
        write(f"pytorch/zip-bystanders{protocol}.pth", saved(bystanders(), pickle_protocol=protocol))
    write("pytorch/legacy-bystanders.pth", legacy(bystanders()))
    write("pytorch/parametrized.pth", saved(parametrized()))
    write("pytorch/module.pth", saved(torch.nn.Linear(2, 1)))
    write("pytorch/tensor.pth", saved(ramp(2, 2)))
    script = io.BytesIO()
    torch.jit.save(torch.jit.script(torch.nn.ReLU()), script)
    write("pytorch/script.pt", script.getvalue())

    arrays = {
        "a.weight": np.arange(6, dtype="<f4").reshape(2, 3) / 4, "b": np.arange(3, dtype="<i8"), "c": np.float64(2.5),
        "column_major": np.asfortranarray(np.arange(24, dtype="<f4").reshape(2, 3, 4)), "half": np.arange(4, dtype="<f2"),
        "big": np.arange(4, dtype=">f4"),
    }
    for name, save in ("stored", np.savez), ("packed", np.savez_compressed):
        out = io.BytesIO()
        save(out, **arrays)
        compression = zipfile.ZIP_STORED if name == "stored" else zipfile.ZIP_DEFLATED
        write(f"numpy/{name}.npz", rezipped(out.getvalue(), lambda _, data: data, compression))
    out = io.BytesIO()
    np.save(out, np.arange(6, dtype="<f4").reshape(2, 3))
    write("numpy/one.npy", out.getvalue())
    out = io.BytesIO()
    np.save(out, np.array([None]), allow_pickle=True)
    write("numpy/objects.npy", out.getvalue())


if __name__ == "__main__":
    sys.exit(main())
