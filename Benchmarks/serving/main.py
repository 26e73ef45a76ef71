# SPDX-License-Identifier: Apache-2.0
"""Requests of 32 connections to wrn-serve and to other servers, turn by turn, beside `wrn bench` of the same network and batch; see
Benchmarks/serve."""

import argparse
import base64
import io
import json
import os
import pathlib
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

import numpy

HERE = pathlib.Path(__file__).resolve().parent
SIDES = {"wrn-16-2": 32, "wrn-50-2": 224}

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--build", default=".build/release", help="folder of wrn and wrn-serve")
arguments.add_argument("--network", default="wrn-16-2", choices=SIDES)
arguments.add_argument("--weights", default="bundled", help="of the network, for wrn-serve; for wrn-50-2 random ones unless given")
arguments.add_argument("--normalization", help="of weights of another program")
arguments.add_argument("--onnx", help="the network for ONNX Runtime, from wrn export")
arguments.add_argument("--rivals", default="", help="of litserve-torch and litserve-onnxruntime, with a comma between them")
arguments.add_argument("--threads", type=int, default=os.cpu_count(), help="of each engine; the machine has the rest for wrk and HTTP")
arguments.add_argument("--bodies", default="tensor,batch,jpeg", help="of requests: tensor, batch, jpeg")
arguments.add_argument("--batch", type=int, default=16)
arguments.add_argument("--connections", type=int, default=32)
arguments.add_argument("--seconds", type=float, default=5)
arguments.add_argument("--rounds", type=int, default=3)
options = arguments.parse_args()
side = SIDES[options.network]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def picture(seed, width, height):
    from PIL import Image
    generator = numpy.random.default_rng(seed)
    small = generator.integers(0, 256, (6, 8, 3), dtype=numpy.uint8)
    coarse = generator.integers(0, 256, (height // 2, width // 2, 3), dtype=numpy.uint8)
    big = [numpy.asarray(Image.fromarray(part).resize((width, height), Image.BICUBIC)).astype(numpy.float32)
           for part in (small, coarse)]
    output = io.BytesIO()
    Image.fromarray(numpy.clip(big[0] + 0.3 * (big[1] - 127), 0, 255).astype(numpy.uint8)).save(output, "JPEG", quality=90)
    return output.getvalue()


class Requests:
    """A body in a file, and the script with which wrk sends it."""

    def __init__(self, folder, name, path, body, headers):
        self.path, self.images = path, 1
        self.body, self.script = folder / f"{name}.body", folder / f"{name}.lua"
        self.body.write_bytes(body)
        lines = ["wrk.method = \"POST\"", f"local file = io.open({json.dumps(str(self.body))}, \"rb\")",
                 "wrk.body = file:read(\"*a\")", "file:close()"]
        lines += [f"wrk.headers[{json.dumps(key)}] = {json.dumps(value)}" for key, value in headers.items()]
        self.script.write_text("\n".join(lines) + "\n")


def load(port, requests, connections, seconds):
    """Requests a second, the median and the 99th percentile in milliseconds."""
    output = subprocess.run(
        ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--timeout", "30s", "--latency", "-s", str(requests.script),
         f"http://127.0.0.1:{port}{requests.path}"], capture_output=True, text=True, check=True).stdout
    if "Non-2xx" in output or "Socket errors" in output:
        sys.exit(f"{requests.path}: {output}")
    units = {"us": 1e-3, "ms": 1, "s": 1e3}

    def percentile(number):
        value, unit = re.search(rf"{number}%\s+([0-9.]+)(us|ms|s)", output).groups()
        return float(value) * units[unit]

    return float(re.search(r"Requests/sec:\s+([0-9.]+)", output).group(1)), percentile(50), percentile(99)


def bench(batch):
    """The report of wrn bench."""
    return json.loads(subprocess.check_output(
        [options.build + "/wrn", "bench", options.network, "--batch", str(batch), "--threads", str(options.threads), "--json"]
        + (["--repeats", str(1600 // batch)] if side < 100 else ["--repeats", "5"]), stderr=subprocess.DEVNULL))


class Server:
    def __init__(self, name, words, port, ready, environment=None):
        self.name, self.port = name, port
        self.process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                        env=os.environ | (environment or {}), cwd=HERE)
        for _ in range(600):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}{ready}", timeout=1)
                return
            except OSError:
                time.sleep(0.1)
        sys.exit(f"{name} did not start")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


def median(values):
    return statistics.median(values)


with tempfile.TemporaryDirectory() as place:
    folder = pathlib.Path(place)
    pixels = numpy.random.default_rng(1).integers(0, 256, (options.batch, side, side, 3), dtype=numpy.uint8)

    def tensors(count, model):
        array = pixels[:count].tobytes()
        head = json.dumps({
            "inputs": [{"name": "pixels", "datatype": "UINT8", "shape": [count, side, side, 3],
                        "parameters": {"binary_data_size": len(array)}}],
            "outputs": [{"name": "probabilities", "parameters": {"binary_data": True}}]}).encode()
        made = Requests(folder, f"{model}-{count}", f"/v2/models/{model}/infer", head + array,
                        {"Inference-Header-Content-Length": str(len(head)), "Content-Type": "application/octet-stream"})
        made.images = count
        return made

    if options.network != "wrn-16-2" and options.weights == "bundled":
        import torch
        sys.path.insert(0, str(HERE.parent))
        from rivals import networks
        options.weights, options.normalization = str(folder / "random.pth"), options.normalization or "imagenet"
        torch.save(networks.make(options.network, 1000).state_dict(), options.weights)
    jpeg = picture(3, 500, 375)
    ours = free_port()
    words = [os.path.abspath(options.build + "/wrn-serve"), "--port", str(ours), "--quiet", "--queue", "4096", "--batch", str(options.batch),
             "--threads", str(options.threads),
             "--weights", "m=" + (options.weights if options.weights == "bundled" else os.path.abspath(options.weights))]
    if options.normalization:
        words += ["--normalization", options.normalization]
    bodies = {"tensor": ("one tensor", tensors(1, "m")), "batch": (f"{options.batch} tensors", tensors(options.batch, "m")),
              "jpeg": ("a JPEG of 500 x 375", Requests(folder, "jpeg", "/classify", jpeg, {}))}
    servers = [(Server("wrn-serve", words, ours, "/v2/health/ready"),
                dict(bodies[name] for name in options.bodies.split(",")))]
    for rival in filter(None, options.rivals.split(",")):
        server, engine = rival.split("-")
        port = free_port()
        model = os.path.abspath(options.onnx) if options.onnx else options.network
        environment = {"WRN_THREADS": str(options.threads), "PYTHONPATH": f"{HERE}:{HERE.parent}:{os.environ.get('PYTHONPATH', '')}"}
        words = [sys.executable, str(HERE / f"{server}_server.py"), engine,
                 model if engine == "onnxruntime" else options.network, str(side), str(port), str(options.batch)]
        body = json.dumps({"pixels": base64.b64encode(pixels[0].tobytes()).decode()}).encode()
        servers.append((Server(rival, words, port, "/health", environment),
                        {"one tensor": Requests(folder, rival, "/predict", body, {"Content-Type": "application/json"})}))
    try:
        found, rates, single = {}, [], []
        for round in range(-1, options.rounds):
            seconds = options.seconds if round >= 0 else 1
            report = bench(options.batch)
            one = bench(1)
            if round >= 0:
                rates.append(report["images_per_second"]["median"])
                single.append(1000 / one["images_per_second"]["median"])
            rate, middle, late = load(ours, bodies["tensor"][1], 1, 2)
            if round >= 0:
                found.setdefault(("wrn-serve, one connection", "one tensor"), []).append((rate, middle, late))
            for server, kinds in servers:
                for kind, requests in kinds.items():
                    rate, middle, late = load(server.port, requests, options.connections, int(seconds))
                    if round >= 0:
                        found.setdefault((server.name, kind), []).append((rate * requests.images, middle, late))
        metrics = urllib.request.urlopen(f"http://127.0.0.1:{ours}/metrics").read().decode()
        print(f"{options.network}, batch {options.batch}, {options.connections} connections of wrk on the same machine, "
              f"{options.rounds} rounds of {options.seconds:g} s")
        print(f"wrn bench: {median(rates):.1f} images/s; batch 1: {median(single):.2f} ms")
        for (name, kind), values in found.items():
            rate, middle, late = (median([value[index] for value in values]) for index in range(3))
            print(f"{name:26} {kind:20} {rate:9.1f} images/s = {rate / median(rates):5.2f} of wrn bench, "
                  f"p50 {middle:8.2f} ms, p99 {late:8.2f} ms")
        decoding = [re.search(rf'wrn_stage_seconds_{part}{{stage="decoding"}} ([0-9.e+-]+)', metrics)
                    for part in ("sum", "count")]
        if all(decoding):
            total, count = (float(found.group(1)) for found in decoding)
            print(f"decoding: {1000 * total / count:.2f} ms an image, on each of the threads")
    finally:
        for server, _ in servers:
            server.stop()
