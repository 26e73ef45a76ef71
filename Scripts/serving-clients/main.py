# SPDX-License-Identifier: Apache-2.0
"""Requests of tritonclient and of kserve's client to a built wrn-serve, whose answers are compared
with those of wrn predict and with one another."""
import argparse, asyncio, base64, io, json, os, subprocess, sys, tempfile

import numpy
import tritonclient.http as triton
from kserve import InferInput, InferRequest, RESTConfig
from kserve.inference_client import InferenceRESTClient
from PIL import Image

options = argparse.ArgumentParser()
options.add_argument("--build", default=".build/release")
options = options.parse_args()
MODEL = "wrn-16-2"
failures = 0


def check(claim, holds, found=""):
    global failures
    failures += not bool(holds)
    print(("ok      " if holds else "FAILED  ") + claim + (f": {found}" if found != "" else ""))


generator = numpy.random.default_rng(21)
pixels = generator.integers(0, 256, (3, 32, 32, 3), numpy.uint8)
files = []
for image in pixels:
    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, "PNG")
    files.append(buffer.getvalue())


def predict(*words):
    """The answers of wrn predict, and all its probabilities in the order of the classes."""
    images = json.loads(subprocess.check_output(
        [options.build + "/wrn", "predict", "--json", "--top", "10", *words],
        stderr=subprocess.DEVNULL))["images"]
    table = numpy.zeros((len(images), 10), numpy.float32)
    for row, image in zip(table, images):
        for prediction in image["predictions"]:
            row[prediction["class_index"]] = prediction["probability"]
    return images, table


with tempfile.TemporaryDirectory() as folder:
    names = []
    for index, file in enumerate(files):
        names.append(os.path.join(folder, f"{index}.png"))
        with open(names[-1], "wb") as output:
            output.write(file)
    answered, of_files = predict(*names)
    # Image files are resized and cropped; images of a data set are taken as they are, as tensors.
    with open(os.path.join(folder, "test_batch.bin"), "wb") as output:
        for image in pixels:
            output.write(b"\0" + image.transpose(2, 0, 1).tobytes())
    with open(os.path.join(folder, "batches.meta.txt"), "w") as output:
        output.write("".join(f"class {number}\n" for number in range(10)))
    _, of_pixels = predict("--data", folder, "0", "1", "2")

server = subprocess.Popen(
    [options.build + "/wrn-serve", "--port", "0", "--quiet"], stderr=subprocess.PIPE, text=True)
try:
    port = int(server.stderr.readline().rsplit(":", 1)[1])

    # tritonclient
    client = triton.InferenceServerClient(f"127.0.0.1:{port}", concurrency=4)
    check("tritonclient: live, ready, model ready",
          client.is_server_live() and client.is_server_ready() and client.is_model_ready(MODEL)
          and client.is_model_ready(MODEL, "1") and not client.is_model_ready("other"))
    server_metadata, metadata = client.get_server_metadata(), client.get_model_metadata(MODEL)
    check("tritonclient: metadata", server_metadata["name"] == "wrn-serve"
          and [tensor["name"] for tensor in metadata["inputs"]] == ["images", "input", "pixels"]
          and [tensor["shape"] for tensor in metadata["outputs"]] == [[-1, 10], [-1, 10]],
          json.dumps(metadata))

    means = numpy.array([125.3, 123.0, 113.9], numpy.float32) / numpy.float32(255)
    deviations = numpy.array([63.0, 62.1, 66.7], numpy.float32) / numpy.float32(255)
    values = ((pixels.astype(numpy.float32) / numpy.float32(255) - means) / deviations)
    values = numpy.ascontiguousarray(values.transpose(0, 3, 1, 2))
    texts = numpy.array([base64.b64encode(file) for file in files], dtype=object)
    blobs = numpy.array(files, dtype=object)
    answers = {}
    for kind, datatype, array, binary in [
            ("input", "FP32", values, True), ("input", "FP32", values, False),
            ("pixels", "UINT8", pixels, True), ("pixels", "UINT8", pixels, False),
            ("images", "BYTES", blobs, True), ("images", "BYTES", texts, False)]:
        tensor = triton.InferInput(kind, list(array.shape), datatype)
        expected = of_files if kind == "images" else of_pixels
        tensor.set_data_from_numpy(array, binary_data=binary)
        for binary_output in (True, False):
            outputs = [triton.InferRequestedOutput("probabilities", binary_data=binary_output),
                       triton.InferRequestedOutput("logits", binary_data=binary_output)]
            result = client.infer(MODEL, [tensor], outputs=outputs, request_id="7")
            found = result.as_numpy("probabilities")
            answers[kind, binary, binary_output] = result.as_numpy("logits")
            check(f"tritonclient: {kind} {datatype}, {'binary' if binary else 'JSON'} to "
                  f"{'binary' if binary_output else 'JSON'}",
                  result.get_response()["id"] == "7"
                  and (found == expected if kind != "input" else abs(found - expected) < 1e-5).all(),
                  f"largest difference from wrn predict {abs(found - expected).max():.1e}")
    check("tritonclient: the logits are the same in all forms",
          all((answer == answers[key[0], True, True]).all() for key, answer in answers.items()))

    tensor = triton.InferInput("images", [3, 1], "BYTES")
    tensor.set_data_from_numpy(blobs.reshape(3, 1))
    result = client.infer(
        MODEL, [tensor], outputs=[triton.InferRequestedOutput("probabilities", class_count=2)])
    classes = result.as_numpy("probabilities")
    first_class = classes[0][0].decode().split(":")
    prediction = answered[0]["predictions"][0]
    check("tritonclient: classification", classes.shape == (3, 2)
          and int(first_class[1]) == prediction["class_index"]
          and first_class[2] == prediction["class_name"], classes[0].tolist())
    waiting = [client.async_infer(MODEL, [tensor]) for _ in range(16)]
    check("tritonclient: 16 requests at once",
          all((one.get_result().as_numpy("probabilities") == of_files).all() for one in waiting))
    late = None
    try:
        client.infer(MODEL, [tensor], timeout=1)
    except triton.InferenceServerException as error:
        late = error
    check("tritonclient: a timeout of a microsecond", late and "timeout" in str(late), late)
    wrong = None
    try:
        client.infer(MODEL, [triton.InferInput("input", [1, 3, 31, 32], "FP32")
                             .set_data_from_numpy(numpy.zeros((1, 3, 31, 32), numpy.float32))])
    except triton.InferenceServerException as error:
        wrong = error
    check("tritonclient: a wrong shape is refused", wrong and "shape" in str(wrong), wrong)

    # kserve
    async def kserve():
        address = f"http://127.0.0.1:{port}"
        rest = InferenceRESTClient(RESTConfig(protocol="v2", timeout=30, retries=1))
        check("kserve: live, ready, model ready",
              await rest.is_server_live(address) and await rest.is_server_ready(address)
              and await rest.is_model_ready(address, MODEL))
        for kind, datatype, array, binary in [
                ("input", "FP32", values, True), ("input", "FP32", values, False),
                ("pixels", "UINT8", pixels, True), ("images", "BYTES", blobs, True),
                ("images", "BYTES", texts, False)]:
            tensor = InferInput(kind, list(array.shape), datatype)
            tensor.set_data_from_numpy(array, binary_data=binary)
            answer = await rest.infer(
                address, InferRequest(model_name=MODEL, infer_inputs=[tensor], request_id="7"),
                model_name=MODEL)
            found = answer.outputs[0].as_numpy()
            expected = of_files if kind == "images" else of_pixels
            check(f"kserve: {kind} {datatype}, {'binary' if binary else 'JSON'}",
                  answer.id == "7" and abs(found - expected).max() < 1e-5,
                  f"largest difference from wrn predict {abs(found - expected).max():.1e}")
        await rest.close()

    asyncio.run(kserve())
finally:
    server.kill()
    server.wait()
if failures:
    sys.exit(f"check-serving-clients: {failures} failed")
