# SPDX-License-Identifier: Apache-2.0
"""A network behind LitServe: `litserve_server.py ENGINE MODEL.onnx SIDE PORT BATCH`. Requests are
JSON with the pixels of one image in Base64, as LitServe's examples have images."""
import base64, sys

import litserve
import numpy

from engines import engine


class Network(litserve.LitAPI):
    def setup(self, device):
        self.run = engine(sys.argv[1], sys.argv[2])

    def decode_request(self, request):
        pixels = numpy.frombuffer(base64.b64decode(request["pixels"]), numpy.uint8)
        return pixels.reshape(int(sys.argv[3]), int(sys.argv[3]), 3)

    def batch(self, inputs):
        return numpy.stack(inputs)

    def unbatch(self, output):
        return list(output)

    def predict(self, pixels):
        return self.run(pixels)

    def encode_response(self, output):
        return {"probabilities": output.tolist()}


if __name__ == "__main__":
    api = Network(max_batch_size=int(sys.argv[5]), batch_timeout=0.002)
    litserve.LitServer(api, accelerator="cpu", workers_per_device=1).run(
        host="127.0.0.1", port=int(sys.argv[4]), log_level="error", generate_client_file=False)
