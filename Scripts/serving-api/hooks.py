# SPDX-License-Identifier: Apache-2.0
"""Contents that schemas cannot describe: pictures, in bodies, in parts of forms and in Base64."""
import base64
import struct
import zlib

import schemathesis
from hypothesis import strategies


def png(width, height, grey):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + bytes([grey, 128, 255 - grey]) * width) * height
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


size = strategies.integers(1, 40)
pictures = strategies.builds(png, size, size, strategies.integers(0, 255))
# The server looks at the bytes and not at the type.
for kind in "image/png", "image/jpeg", "image/webp", "application/octet-stream":
    schemathesis.openapi.media_type(kind, pictures)
schemathesis.openapi.format("byte", pictures.map(lambda picture: base64.b64encode(picture).decode()))

# What one part of a request demands of another is beyond schemas, too. What is invalid stays so.


@schemathesis.hook
def map_query(context, query):
    """The class of a map is one of the model's, and is named only with a map."""
    if query and isinstance(query.get("class"), str):
        if query.get("map") in (True, "true"):
            query["class"] = ["cat", "7", query["class"]][len(query["class"]) % 3]
        elif query.get("map") in (None, False, "false"):
            del query["class"]
    if query and isinstance(query.get("top"), int) and query.get("map") in (True, "true") and query["top"] > 20:
        query["top"] = query["top"] % 20 + 1 if query["top"] <= 100_000 else query["top"]
    if query and isinstance(query.get("model"), str) and len(query["model"]) % 4:
        query["model"] = "m"
    return query


@schemathesis.hook
def map_headers(context, headers):
    """The length of the JSON is that of the body, for which there is no binary data here."""
    name = "Inference-Header-Content-Length"
    if headers and str(headers.get(name, "")).isdigit():
        del headers[name]
    return headers


@schemathesis.hook
def map_body(context, body):
    """A tensor has as many elements as its shape demands, the shape is the model's, and the client is not in a hurry."""
    try:
        hurry = (body.get("parameters") or {}).get("timeout")
        if type(hurry) in (int, float) and 0 < hurry < 60_000_000:
            body["parameters"]["timeout"] = 60_000_000
    except (AttributeError, TypeError):
        pass
    try:
        (tensor,) = body["inputs"]
        kind, shape, data = (tensor["name"], tensor["datatype"]), tensor["shape"], tensor.get("data") or []
        parameters = tensor.get("parameters") or {}
        if not all(type(extent) is int and extent > 0 for extent in shape) or type(data) is not list:
            return body
        if kind == ("images", "BYTES") and len(shape) in (1, 2) and data and all(type(item) is str for item in data):
            tensor["shape"] = [len(data)]
        elif kind == ("input", "FP32") and len(shape) == 4 and all(type(item) in (int, float) for item in data):
            tensor.update(shape=[1, 3, 32, 32], data=[0.5] * 3072)
        elif kind == ("pixels", "UINT8") and len(shape) == 4 and all(
                type(item) is int and 0 <= item <= 255 for item in data):
            tensor.update(shape=[1, 32, 32, 3], data=[200] * 3072)
        else:
            return body
        if type(parameters.get("binary_data_size")) is int and parameters["binary_data_size"] >= 0:
            del parameters["binary_data_size"]
    except (AttributeError, KeyError, TypeError, ValueError):
        pass
    return body
