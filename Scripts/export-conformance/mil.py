# SPDX-License-Identifier: Apache-2.0
"""Compute what a Core ML package says, where Core ML itself is not: on Linux.

The program is read with coremltools' messages; the file of weights, the manifest and the operations are this file's own, written from
the formats' descriptions and not from our exporter. An operation, an argument or a form of one that is not known here is an error.
Float16 values are rounded after each operation, which adds up in float32.
"""
import json
import pathlib
import struct

import numpy as np
import torch
import torch.nn.functional as F
from coremltools.proto import MIL_pb2, Model_pb2

ROOT = "com.apple.CoreML"
NUMPY = {MIL_pb2.FLOAT16: np.float16, MIL_pb2.FLOAT32: np.float32, MIL_pb2.INT32: np.int32, MIL_pb2.BOOL: np.bool_}
BLOB_TYPES = {1: np.float16, 2: np.float32}


class Package:
    """The files of an .mlpackage: its model and its weights."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        manifest = json.loads((self.path / "Manifest.json").read_text())
        assert manifest["fileFormatVersion"] == "1.0.0", manifest
        items = manifest["itemInfoEntries"]
        root = items[manifest["rootModelIdentifier"]]
        assert all(item["author"] == ROOT for item in items.values()), items
        paths = {item["path"] for item in items.values()}
        assert all((self.path / "Data" / path).exists() for path in paths), paths
        listed = {file for path in paths for file in [self.path / "Data" / path, *(self.path / "Data" / path).rglob("*")]}
        there = {file for file in (self.path / "Data").rglob("*") if file.is_file()}
        assert there == {file for file in listed if file.is_file()}, (there, listed)
        self.model = Model_pb2.Model()
        self.model.ParseFromString((self.path / "Data" / root["path"]).read_bytes())
        self.folder = (self.path / "Data" / root["path"]).parent
        self.blobs = {}

    def blob(self, name, offset, dtype, count):
        """The numbers of a blob whose metadata begins at `offset`."""
        assert name.startswith("@model_path/"), name
        file = self.folder / name.removeprefix("@model_path/")
        if file not in self.blobs:
            self.blobs[file] = np.memmap(file, mode="r")
            number, version = struct.unpack("<II", self.blobs[file][:8].tobytes())
            assert version == 2 and not self.blobs[file][8:64].any(), (number, version)
        data = self.blobs[file]
        sentinel, kind, size, start = struct.unpack("<IIQQ", data[offset:offset + 24].tobytes())
        assert sentinel == 0xDEADBEEF and offset % 64 == 0 and start % 64 == 0, (sentinel, offset, start)
        assert not data[offset + 24:offset + 64].any()
        assert BLOB_TYPES[kind] == dtype and size == count * np.dtype(dtype).itemsize, (kind, size, dtype, count)
        assert start + size <= len(data), (start, size, len(data))
        return np.frombuffer(data[start:start + size].tobytes(), dtype)


def dimensions(kind):
    assert kind.rank == len(kind.dimensions), kind
    return tuple(dimension.constant.size for dimension in kind.dimensions)


class Program:
    """The program of a package, as a function of its inputs."""

    def __init__(self, path):
        self.package = Package(path)
        model = self.package.model
        assert model.WhichOneof("Type") == "mlProgram", model.WhichOneof("Type")
        self.function = model.mlProgram.functions["main"]
        self.opset = self.function.opset
        self.block = self.function.block_specializations[self.opset]
        assert {"CoreML5": 6, "CoreML6": 7, "CoreML7": 8}[self.opset] == model.specificationVersion
        outputs = [output.name for output in model.description.output]
        assert outputs == list(self.block.outputs), (outputs, self.block.outputs)

    def value(self, value):
        """A constant: a number, a text, an array, or a list of texts."""
        if value.type.WhichOneof("type") == "listType":
            texts = [self.value(item) for item in value.immediateValue.list.values]
            assert len(texts) == value.type.listType.length.constant.size
            return texts
        kind = value.type.tensorType
        shape = dimensions(kind)
        count = int(np.prod(shape))
        if value.WhichOneof("value") == "blobFileValue":
            file = value.blobFileValue
            return self.package.blob(file.fileName, file.offset, NUMPY[kind.dataType], count).reshape(shape)
        tensor = value.immediateValue.tensor
        field = tensor.WhichOneof("value")
        if kind.dataType == MIL_pb2.STRING:
            assert field == "strings" and shape == () and len(tensor.strings.values) == 1
            return tensor.strings.values[0]
        expected = {MIL_pb2.FLOAT16: "bytes", MIL_pb2.FLOAT32: "floats", MIL_pb2.INT32: "ints", MIL_pb2.BOOL: "bools"}
        assert field == expected[kind.dataType], (field, kind)
        dtype = NUMPY[kind.dataType]
        numbers = np.frombuffer(tensor.bytes.values, dtype) if field == "bytes" else np.array(getattr(tensor, field).values, dtype)
        assert numbers.size == count, (numbers.size, shape)
        return numbers.reshape(shape) if shape else numbers[0]

    def __call__(self, image):
        """The outputs by name; `image` has N x C x H x W numbers of the program's input."""
        values = self.evaluate(torch.from_numpy(np.asarray(image)).to(torch.float32))
        return {name: value.numpy() if isinstance(value, torch.Tensor) else value for name, value in values.items()}

    def evaluate(self, image):
        """The same of PyTorch's tensors, so that PyTorch can trace it."""
        (entry,) = self.function.inputs
        kind = entry.type.tensorType
        assert dimensions(kind) == tuple(image.shape), (dimensions(kind), image.shape)
        values = {entry.name: image}
        types = {entry.name: kind.dataType}
        for operation in self.block.operations:
            arguments = {}
            for key, argument in operation.inputs.items():
                (binding,) = argument.arguments
                arguments[key] = values[binding.name] if binding.WhichOneof("binding") == "name" else self.value(binding.value)
            if operation.type == "const":
                results = [self.value(operation.attributes["val"])]
            else:
                extra = set(operation.attributes) - {"name"}
                assert not extra, extra
                results = OPERATIONS[operation.type](**arguments)
                results = results if isinstance(results, tuple) else (results,)
            assert len(results) == len(operation.outputs)
            for output, result in zip(operation.outputs, results):
                assert output.name not in values, output.name
                if isinstance(result, torch.Tensor):
                    declared = output.type.tensorType
                    assert dimensions(declared) == tuple(result.shape), (operation.type, output, result.shape)
                    if declared.dataType == MIL_pb2.FLOAT16:
                        result = result.half().float()
                    self.check_types(operation, declared.dataType, types, values)
                    types[output.name] = declared.dataType
                elif operation.type == "const" and not isinstance(result, (str, list)):
                    types[output.name] = output.type.tensorType.dataType
                values[output.name] = result
        return {name: values[name] for name in self.block.outputs}

    @staticmethod
    def check_types(operation, result, types, values):
        """All floating-point arguments of an operation, and its result, are of one type; but in a cast."""
        for key, argument in operation.inputs.items():
            name = argument.arguments[0].name
            kind = types.get(name)
            if operation.type == "cast" or kind not in (MIL_pb2.FLOAT16, MIL_pb2.FLOAT32):
                continue
            assert kind == result, (operation.type, key, name, kind, result)


class Module(torch.nn.Module):
    """A program of one output as a module of PyTorch's."""

    def __init__(self, path):
        super().__init__()
        self.program = Program(path)

    def forward(self, image):
        (output,) = self.program.evaluate(image).values()
        return output


def tensor(value):
    return value if isinstance(value, torch.Tensor) else torch.from_numpy(np.array(value, np.float32))


def ends(pad, pad_type):
    """Padding as PyTorch's pad takes it: the last axis first."""
    if pad_type == "valid":
        return (0, 0, 0, 0)
    assert pad_type == "custom", pad_type
    top, bottom, left, right = map(int, pad)
    return (left, right, top, bottom)


def conv(x, weight, strides, pad_type, pad, dilations, groups, bias=None):
    bias = None if bias is None else tensor(bias)
    return F.conv2d(F.pad(x, ends(pad, pad_type)), tensor(weight), bias, [int(s) for s in strides], 0, [int(d) for d in dilations], int(groups))


def batch_norm(x, mean, variance, gamma, beta, epsilon):
    return F.batch_norm(x, tensor(mean), tensor(variance), tensor(gamma), tensor(beta), False, 0, float(epsilon))


def max_pool(x, kernel_sizes, strides, pad_type, pad, ceil_mode):
    assert not ceil_mode
    padded = F.pad(x, ends(pad, pad_type), value=-torch.inf)
    return F.max_pool2d(padded, [int(k) for k in kernel_sizes], [int(s) for s in strides])


def avg_pool(x, kernel_sizes, strides, pad_type, pad, exclude_padding_from_average, ceil_mode):
    assert not ceil_mode and not any(ends(pad, pad_type))
    return F.avg_pool2d(x, [int(k) for k in kernel_sizes], [int(s) for s in strides])


def pad(x, pad, mode, constant_val):
    assert mode == "constant"
    pairs = [tuple(map(int, pad[i:i + 2])) for i in range(0, len(pad), 2)]
    pairs = [(0, 0)] * (x.ndim - len(pairs)) + pairs
    return F.pad(x, [n for pair in reversed(pairs) for n in pair], value=float(constant_val))


def slice_by_index(x, begin, end, stride=None, begin_mask=None, end_mask=None):
    stride = [1] * x.ndim if stride is None else stride
    parts = []
    for axis in range(x.ndim):
        first = None if begin_mask is not None and begin_mask[axis] else int(begin[axis])
        last = None if end_mask is not None and end_mask[axis] else int(end[axis])
        parts.append(slice(first, last, int(stride[axis])))
    return x[tuple(parts)]


def classify(probabilities, classes):
    (row,) = probabilities.numpy()
    assert len(row) == len(classes) and len(set(classes)) == len(classes)
    return classes[int(row.argmax())], dict(zip(classes, map(float, row)))


def cast(x, dtype):
    assert dtype in ("fp16", "fp32"), dtype
    return x


OPERATIONS = {
    "add": lambda x, y: tensor(x) + tensor(y),
    "avg_pool": avg_pool,
    "batch_norm": batch_norm,
    "cast": cast,
    "classify": classify,
    "conv": conv,
    "leaky_relu": lambda x, alpha: F.leaky_relu(x, float(alpha)),
    "linear": lambda x, weight, bias: F.linear(x, tensor(weight), tensor(bias)),
    "max_pool": max_pool,
    "mul": lambda x, y: tensor(x) * tensor(y),
    "pad": pad,
    "real_div": lambda x, y: tensor(x) / tensor(y),
    "reduce_mean": lambda x, axes, keep_dims: x.mean([int(axis) for axis in axes], bool(keep_dims)),
    "relu": lambda x: F.relu(x),
    "reshape": lambda x, shape: x.reshape([int(extent) for extent in shape]),
    "silu": lambda x: F.silu(x),
    "slice_by_index": slice_by_index,
    "softmax": lambda x, axis: F.softmax(x, int(axis)),
    "sub": lambda x, y: tensor(x) - tensor(y),
}
