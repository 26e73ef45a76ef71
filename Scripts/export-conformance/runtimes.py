# SPDX-License-Identifier: Apache-2.0
"""Run an ONNX file in other programs' runtimes: each function gives the outputs of a batch of images."""
import os
import pathlib
import shutil
import subprocess
import sys

import numpy as np


class Missing(Exception):
    """A runtime does not take the file; the message says why."""


def onnxruntime(path, threads=0):
    import onnxruntime
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    (entry,) = session.get_inputs()
    return lambda images: session.run(None, {entry.name: images})[0]


def openvino(path):
    import openvino
    core = openvino.Core()
    # OpenVINO otherwise computes in bfloat16 where the processor has it.
    core.set_property("CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    compiled = core.compile_model(core.read_model(str(path)), "CPU")
    return lambda images: compiled(images)[0].copy()


def alone(command, folder):
    """Run a program without network and without pip in its path, which it would use for itself."""
    environment = dict(os.environ, PATH=str(folder / "nothing"))
    command = [str(part) for part in command]
    unshare = shutil.which("unshare")
    if unshare and subprocess.run([unshare, "-rn", "true"], capture_output=True).returncode == 0:
        command = [unshare, "-rn", *command]
    result = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    if result.returncode:
        raise Missing((result.stdout + result.stderr).strip().splitlines()[-1][:200])
    return result.stdout


def mnn(path):
    import MNN
    path = pathlib.Path(path).resolve()
    made = path.with_suffix(".mnn")
    program = pathlib.Path(sys.executable).with_name("mnnconvert")
    alone([sys.executable, program, "-f", "ONNX", "--modelFile", path, "--MNNModel", made, "--bizCode", "wrn"], path.parent)
    if not made.exists():
        raise Missing("mnnconvert wrote no file")
    entry, result = names(path)
    module = MNN.nn.load_module_from_file(str(made), [entry], [result])

    def run(images):
        order = MNN.expr.NCHW if images.shape[1] <= 4 else MNN.expr.NHWC
        kind = MNN.expr.float if images.dtype == np.float32 else MNN.expr.uint8
        variable = MNN.expr.const(np.ascontiguousarray(images), list(images.shape), order, kind)
        output = module.forward([variable])[0]
        return MNN.expr.convert(output, MNN.expr.NCHW).read().copy()
    return run


def ncnn(path, shape, precision="float32"):
    """By pnnx, for images of one shape; ncnn takes one image at a time.

    pnnx reads no casts, which a file of float16 has at both ends: ncnn makes float16 of a float32 file by itself.
    """
    import ncnn
    path = pathlib.Path(path).resolve()
    folder = path.with_suffix(".ncnn")
    folder.mkdir(exist_ok=True)
    copy = folder / "network.onnx"
    shutil.copyfile(path, copy)
    program = pathlib.Path(sys.executable).with_name("pnnx")
    extents = ",".join(map(str, (1, *shape)))
    alone([sys.executable, program, copy, f"inputshape=[{extents}]", f"fp16={int(precision == 'float16')}"], folder)
    net = ncnn.Net()
    net.opt.use_bf16_storage = False
    for option in ("use_fp16_packed", "use_fp16_storage", "use_fp16_arithmetic"):
        setattr(net.opt, option, precision == "float16")
    if net.load_param(str(folder / "network.ncnn.param")) or net.load_model(str(folder / "network.ncnn.bin")):
        raise Missing("ncnn does not load what pnnx wrote")

    def run(images):
        rows = []
        for image in images:
            extractor = net.create_extractor()
            extractor.input("in0", ncnn.Mat(np.ascontiguousarray(image)).clone())
            code, output = extractor.extract("out0")
            assert code == 0, code
            rows.append(np.array(output))
        return np.stack(rows)
    return run


def names(path):
    import onnx
    graph = onnx.load(str(path), load_external_data=False).graph
    return graph.input[0].name, graph.output[0].name
