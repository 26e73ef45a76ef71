# SPDX-License-Identifier: Apache-2.0
"""Writes the fixtures beside this script with the Python package safetensors; see README.md."""

import pathlib
import struct

import safetensors

HERE = pathlib.Path(__file__).parent


def tensor(dtype, shape, form, values):
    return {"dtype": dtype, "shape": shape, "data": struct.pack(f"<{len(values)}{form}", *values)}


def write(name, tensors, metadata):
    (HERE / name).write_bytes(bytes(safetensors.serialize(tensors, metadata)))


write(
    "weights.safetensors",
    {
        "fc.bias": tensor("float32", [3], "f", [0.5, -1.25, 3.0e38]),
        "conv0.weight": tensor("float32", [2, 1, 1, 2], "f", [1.0, -2.0, 1.0e-45, 0.1]),
        "größe \"q\"\n\u0001": tensor("float32", [], "f", [7.0]),
        "bn.num_batches_tracked": tensor("int64", [], "q", [-9007199254740993]),
        "empty": tensor("float32", [0, 4], "f", []),
    },
    {"format": "pt"},
)

write(
    "types.safetensors",
    {
        "bool": tensor("bool", [2], "B", [0, 1]),
        "u8": tensor("uint8", [2], "B", [0, 255]),
        "i8": tensor("int8", [2], "b", [-128, 127]),
        "i16": tensor("int16", [2], "h", [-32768, 32767]),
        "u16": tensor("uint16", [2], "H", [0, 65535]),
        "i32": tensor("int32", [2], "i", [-2147483648, 2147483647]),
        "u32": tensor("uint32", [2], "I", [0, 4294967295]),
        "i64": tensor("int64", [2], "q", [-9223372036854775808, 9223372036854775807]),
        "u64": tensor("uint64", [2], "Q", [1, 18446744073709551615]),
        "f16": tensor("float16", [3], "e", [1.5, -65504.0, 2.0**-24]),
        "bf16": tensor("bfloat16", [2], "H", [0x3FC0, 0xFF80]),
        "f32": tensor("float32", [2], "f", [1.5, -0.0]),
        "f64": tensor("float64", [3], "d", [0.1, -1.0e300, 1.0 + 2.0**-24]),
    },
    None,
)
