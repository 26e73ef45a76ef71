# SPDX-License-Identifier: Apache-2.0
"""The engines that only infer, from files of `rivals.prepare`. None of them loads PyTorch."""

import numpy as np

from rivals.folder import Folder
from rivals.serve import serve


def onnxruntime(folder: Folder, engine: str, threads: int) -> None:
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(folder.onnx, options, providers=["CPUExecutionProvider"])
    images = folder.images()

    def step() -> np.ndarray:
        return session.run(None, {"images": images})[0]

    serve(step, step)


def openvino(folder: Folder, engine: str, threads: int) -> None:
    import openvino as ov

    settings = {
        "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": "bf16" if engine == "openvino-bf16" else "f32",
    }
    request = ov.Core().compile_model(str(folder.onnx), "CPU", settings).create_infer_request()
    images = folder.images()

    def step() -> np.ndarray:
        return request.infer({0: images})[0]

    serve(step, step)


def mnn(folder: Folder, engine: str, threads: int) -> None:
    import MNN.expr as expr
    import MNN.nn as nn

    # High precision is float32; the other settings may compute in fewer bits.
    settings = {"precision": "high", "backend": "CPU", "numThread": threads}
    runtime = nn.create_runtime_manager((settings,))
    network = nn.load_module_from_file(
        str(folder.mnn), ["images"], ["logits"], runtime_manager=runtime
    )
    images = folder.images()
    placed = expr.const(images, list(images.shape), expr.NCHW)

    def step() -> np.ndarray:
        return network.forward([placed])[0].read()

    serve(step, step)


def ncnn(folder: Folder, engine: str, threads: int) -> None:
    import ncnn as runtime

    if folder.batch != 1:
        raise SystemExit("ncnn takes one image at a time")
    network = runtime.Net()
    network.opt.num_threads = threads
    network.opt.use_bf16_storage = False
    network.opt.use_fp16_storage = False
    network.opt.use_fp16_arithmetic = False
    parameters, weights = folder.ncnn
    network.load_param(str(parameters))
    network.load_model(str(weights))
    # The clone may still point into the array, which must outlive it.
    pixels = folder.images()[0]
    image = runtime.Mat(pixels).clone()

    def step() -> np.ndarray:
        extractor = network.create_extractor()
        extractor.input("in0", image)
        return np.array(extractor.extract("out0")[1])

    serve(step, step)
