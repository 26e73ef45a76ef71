# SPDX-License-Identifier: Apache-2.0
"""The engines behind the rivals' servers: from uint8 pixels to probabilities."""
import os

import numpy

THREADS = int(os.environ.get("WRN_THREADS", os.cpu_count()))


def engine(name, path):
    if name == "onnxruntime":
        return onnxruntime_engine(path)
    if name == "torch":
        return torch_engine(path)
    raise SystemExit(f"there is no engine {name}")


def softmax(logits):
    exponents = numpy.exp(logits - logits.max(1, keepdims=True))
    return exponents / exponents.sum(1, keepdims=True)


def normalised(pixels):
    values = (pixels.astype(numpy.float32) / 255 - 0.5) / numpy.float32(0.25)
    return numpy.ascontiguousarray(values.transpose(0, 3, 1, 2))


def onnxruntime_engine(path):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda pixels: softmax(session.run(None, {name: normalised(pixels)})[0])


def torch_engine(path):
    """The network of a name, in PyTorch, with random weights."""
    import torch
    from rivals import networks
    torch.set_num_threads(THREADS)
    network = networks.make(path, 1000 if path == "wrn-50-2" else 10)
    network = network.eval().to(memory_format=torch.channels_last)

    def run(pixels):
        with torch.inference_mode():
            values = torch.from_numpy(normalised(pixels)).contiguous(
                memory_format=torch.channels_last)
            return torch.softmax(network(values), 1).numpy()

    return run
