# SPDX-License-Identifier: Apache-2.0
"""A network behind Triton (nvidia-pytriton): `pytriton_server.py ENGINE MODEL.onnx SIDE PORT
BATCH`. Requests are those of wrn-serve: binary tensors of the Open Inference Protocol."""
import sys

import numpy
from pytriton.decorators import batch
from pytriton.model_config import DynamicBatcher, ModelConfig, Tensor
from pytriton.triton import Triton, TritonConfig

from engines import engine

run = engine(sys.argv[1], sys.argv[2])
side, port, size = (int(word) for word in sys.argv[3:6])


@batch
def infer(pixels):
    return [run(pixels)]


with Triton(config=TritonConfig(
        http_address="127.0.0.1", http_port=port, grpc_port=port + 1, metrics_port=port + 2,
        http_thread_count=2, log_verbose=0)) as triton:
    triton.bind(
        model_name="m", infer_func=infer,
        inputs=[Tensor(name="pixels", dtype=numpy.uint8, shape=(side, side, 3))],
        outputs=[Tensor(name="probabilities", dtype=numpy.float32, shape=(-1,))],
        config=ModelConfig(max_batch_size=size, batcher=DynamicBatcher()))
    triton.serve()
