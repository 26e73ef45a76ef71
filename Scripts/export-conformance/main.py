# SPDX-License-Identifier: Apache-2.0
"""The checks of Scripts/conformance-export. Each prints a line; the exit code is 0 when all hold."""
import argparse
import asyncio
import contextlib
import importlib.util
import io
import json
import pathlib
import subprocess
import sys
import tempfile
import time

import numpy as np
import onnx
import torch
from PIL import Image

with contextlib.redirect_stderr(io.StringIO()):
    import coremltools
    import mil
import networks
import runtimes

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SPEC = importlib.util.spec_from_file_location("dialects", ROOT / "Tests/WRNDialectsTests/Fixtures/make_dialect_fixtures.py")
dialects = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(dialects)

BUNDLED = ROOT / "Sources/Weights/CWRNBundledModel/cifar10.safetensors"
BOUNDS = {"float32": 1e-4, "float16": 1e-2}
ZOO = (
    "wrn-16-2 wrn-28-10 wrn-40-4 wrn-16-1.5 wrn-40-2-b131-table2 wrn-40-2-b13-table2 wrn-40-2-b31-table2 wrn-40-2-b311-table2 "
    "wrn-40-2-b313-table2 wrn-40-2-l1 wrn-40-2-l3 wrn-40-2-l4 wrn-28-2-leaky0.1-firstblock "
    "wrn-28-2-leaky0.1-firstshortcut-same-eps0.001 wrn-28-10-silu-same wrn-28-10-rawshortcut-stride2 resnet-20 resnet-56-padboth "
    "resnet-110 resnet-20-b resnet-164 preact-resnet-110 preact-resnet-110-a preact-resnet-164 resnet-18 wrn-18-1.5 wrn-18-2 "
    "resnet-34 wrn-34-2 resnet-50 resnet-50-v1 wrn-50-2 resnet-101 wrn-101-2 resnet-152 resnet-200 preact-resnet-200").split()
GIANTS = "resnet-1001 resnet-1202 preact-resnet-1001 wrn-152-2 wrn-70-16-silu-same wrn-106-16-silu-same".split()
CLASSES = "airplane automobile bird cat deer dog frog horse ship truck".split()

failures = 0


def check(what, holds, figure=""):
    global failures
    failures += not holds
    print(f"{'ok    ' if holds else 'FAILED'} {what} {figure}".rstrip(), flush=True)


def relative(found, expected):
    """The largest difference, in units of the largest expected number."""
    return float(np.abs(found.astype(np.float64) - expected).max() / np.abs(expected).max())


class Program:
    def __init__(self, path):
        self.path = str(pathlib.Path(path).resolve())

    def __call__(self, *arguments, fails=False):
        result = subprocess.run([self.path, *map(str, arguments)], capture_output=True, text=True)
        if (result.returncode != 0) != fails:
            sys.exit(f"wrn {' '.join(map(str, arguments))}: {result.stderr}")
        return result.stderr if fails else result.stdout

    def json(self, *arguments):
        return json.loads(self(*arguments, "--json"))

    def outputs(self, weights, head, folder, directory):
        """What the engine computes for the images of a folder, in the order of their names."""
        path = directory / "engine.npy"
        self("features", "--weights", weights, "--layers", head, folder, "-o", path)
        return np.load(path)


def save_images(pixels, folder):
    folder.mkdir(parents=True, exist_ok=True)
    for index, image in enumerate(pixels):
        Image.fromarray(image).save(folder / f"{index:05}.png", compress_level=1)
    return folder


def photographs(count, size, seed=1):
    """Coarse noise, made smooth: more like photographs than white noise is."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (count, 7, 7, 3), dtype=np.uint8)
    return np.stack([np.array(Image.fromarray(image).resize((size, size), Image.Resampling.BICUBIC)) for image in coarse])


def normalised(pixels, mean, deviation):
    """N x C x H x W, in the order of operations of the engine."""
    images = pixels.astype(np.float32) / np.float32(255)
    images = (images - np.array(mean, np.float32)) / np.array(deviation, np.float32)
    return np.ascontiguousarray(images.transpose(0, 3, 1, 2))


def facts(path):
    return {entry.key: entry.value for entry in onnx.load(str(path), load_external_data=False).metadata_props}


class Case:
    """A network with weights, images for it, and what the engine makes of them."""

    def __init__(self, wrn, name, weights, head, size, directory, mean=networks.MEAN, deviation=networks.DEVIATION, pixels=None,
                 module=None):
        self.wrn, self.name, self.weights, self.module, self.directory = wrn, name, weights, module, directory / name
        self.directory.mkdir(exist_ok=True)
        self.pixels = photographs(7, size) if pixels is None else pixels
        folder = save_images(self.pixels, self.directory / "images")
        self.images = normalised(self.pixels, mean, deviation)
        self.logits = wrn.outputs(weights, head, folder, self.directory)

    def export(self, name, *arguments):
        path = self.directory / name
        self.wrn("export", "--weights", self.weights, "-o", path, *arguments)
        return path


def cases(wrn, directory, chosen):
    """The networks whose numbers are compared: each kind of block, activation, shortcut and padding."""
    for name in ("wrn-16-2", "wrn-13-1-b131", "resnet-20", "preact-resnet-20-a"):
        if chosen and name not in chosen:
            continue
        path = directory / f"{name}.safetensors"
        network = networks.Network(wrn, name, path)
        yield Case(wrn, name, path, network.head, network.input[1], directory)
    imagenet = dict(mean=[0.485, 0.456, 0.406], deviation=[0.229, 0.224, 0.225])
    for name, head, size, options in (
        ("resnet-8-padboth", "fc", 32, ()),
        ("wrn-10-0.25-leaky0.1-firstblock", "fc", 32, ("--activation", "leaky-relu:0.1", "--shortcut-input", "first-block")),
        ("wrn-16-0.25-silu-same", "fc", 32, ()),
        ("preact-resnet-11-stride2", "fc", 32, ()),
        ("wrn-50-2", "fc", 224, ()),
    ):
        if chosen and name not in chosen:
            continue
        module, path = networks.published(dialects, name, directory)
        named = directory / f"{name}-named.safetensors"
        wrn("convert", path, named, "--normalization", "imagenet", *options)
        path = networks.taking_images_as_they_are(named, directory / f"{name}.safetensors")
        pixels = photographs(2 if size > 32 else 7, size)
        yield Case(wrn, name, path, head, size, directory, pixels=pixels, module=module, **imagenet)


def structures(wrn, directory, names):
    """onnx.checker with shape inference on every network."""
    for name in names:
        path = directory / "zoo.safetensors"
        networks.Network(wrn, name, path)
        for more in ((), ("--keep-bn",)):
            target = directory / "zoo.onnx"
            wrn("export", "--weights", path, "-o", target, *more)
            try:
                onnx.checker.check_model(str(target), full_check=True)
                problem = ""
            except Exception as error:
                problem = str(error)[:200]
            kept = " with its normalisations" if more else ""
            check(f"onnx.checker, full: {name}{kept}", not problem, problem)
            for made in directory.glob("zoo.onnx*"):
                made.unlink()
        path.unlink()


def onnx_numbers(case):
    """The engine's logits in four runtimes, in float32 and float16."""
    for precision, bound in BOUNDS.items():
        path = case.export(f"{precision}.onnx", "--precision", precision)
        for name, load in (
            ("ONNX Runtime", runtimes.onnxruntime), ("OpenVINO", runtimes.openvino), ("MNN", runtimes.mnn),
            ("ncnn by pnnx", lambda path: runtimes.ncnn(case.directory / "float32.onnx", case.images.shape[1:], precision)),
        ):
            what = f"{case.name}, {precision}: {name} gives the engine's logits"
            try:
                difference = relative(load(path)(case.images), case.logits)
            except runtimes.Missing as error:
                check(what, False, f"({error})")
                continue
            check(what, difference < bound, f"({difference:.1e})")
    path = case.export("uint8.onnx", "--input", "uint8")
    difference = relative(runtimes.onnxruntime(path)(case.pixels), runtimes.onnxruntime(case.directory / "float32.onnx")(case.images))
    check(f"{case.name}: pixels in, as if normalised before", difference < 1e-5, f"({difference:.1e})")


def torch_onnx(case):
    """torch.onnx's file of the same network: the same outputs, and ours has no more bytes but for names and metadata."""
    ours = case.directory / "float32.onnx"
    theirs = case.directory / "torch.onnx"
    with torch.no_grad():
        expected = case.module(torch.from_numpy(case.images)).numpy()
    check(f"{case.name}: the engine gives PyTorch's logits", relative(case.logits, expected) < 1e-4,
          f"({relative(case.logits, expected):.1e})")
    axes = {"image": {0: "batch"}, "logits": {0: "batch"}}
    torch.onnx.export(
        case.module, (torch.from_numpy(case.images),), str(theirs), input_names=["image"], output_names=["logits"],
        dynamic_axes=axes, opset_version=18, dynamo=False)
    difference = relative(runtimes.onnxruntime(ours)(case.images), runtimes.onnxruntime(theirs)(case.images))
    check(f"{case.name}: torch.onnx's file and ours give the same logits", difference < 1e-4, f"({difference:.1e})")
    # torch.onnx writes no classes, normalisation or digest, which is a kilobyte that shows in the
    # smallest networks.
    metadata = sum(entry.ByteSize() for entry in onnx.load(str(ours)).metadata_props)
    sizes = ours.stat().st_size, theirs.stat().st_size
    check(f"{case.name}: ours is not larger, but for its metadata and names", sizes[0] - metadata <= sizes[1] * 1.0001,
          f"({sizes[0]:,} bytes, {metadata:,} of them metadata, and {sizes[1]:,} bytes)")


def core_ml(case):
    """coremltools reads and checks the package, and the interpreter computes it."""
    for precision, bound in BOUNDS.items():
        for kind, images in (("image", case.pixels.transpose(0, 3, 1, 2)), ("float32", case.images)):
            path = case.export(f"{precision}-{kind}.mlpackage", "--precision", precision, "--input", kind)
            what = f"{case.name}, {precision}, {kind}"
            try:
                with contextlib.redirect_stderr(io.StringIO()):
                    model = coremltools.models.MLModel(str(path), skip_model_load=True)
                    program = coremltools.converters.mil.frontend.milproto.load.load(
                        model.get_spec(), model.get_spec().specificationVersion, file_weights_dir=model.weights_dir)
                    back = coremltools.convert(
                        program, convert_to="mlprogram", compute_precision=coremltools.precision.FLOAT32,
                        minimum_deployment_target=coremltools.target.iOS15, skip_model_load=True)
                problem = ""
            except Exception as error:
                problem, back = repr(error)[:300], None
            check(f"{what}: coremltools loads, checks and writes it again", not problem, problem)
            count = len(images) if images.shape[2] < 100 else 1
            rows = [list(mil.Program(path)(images[i:i + 1]).values())[0] for i in range(count)]
            difference = relative(np.concatenate(rows), case.logits[:count])
            check(f"{what}: the interpreter gives the engine's logits", difference < bound, f"({difference:.1e})")
            if back is not None:
                again = case.directory / "again.mlpackage"
                back.save(str(again))
                difference = relative(list(mil.Program(again)(images[:1]).values())[0], case.logits[:1])
                check(f"{what}: so does what coremltools wrote", difference < bound, f"({difference:.1e})")


def interpreter():
    """The interpreter computes what PyTorch does of a network that coremltools itself converted."""
    module = dialects.filled(dialects.Cifar())
    image = torch.randn(1, 3, 32, 32)
    with contextlib.redirect_stderr(io.StringIO()), tempfile.TemporaryDirectory() as directory:
        model = coremltools.convert(
            torch.jit.trace(module, image), inputs=[coremltools.TensorType(name="image", shape=image.shape)],
            convert_to="mlprogram", minimum_deployment_target=coremltools.target.iOS15, skip_model_load=True,
            compute_precision=coremltools.precision.FLOAT32)
        path = f"{directory}/theirs.mlpackage"
        model.save(path)
        (found,) = mil.Program(path)(image.numpy()).values()
    with torch.no_grad():
        difference = relative(found, module(image).numpy())
    check("the interpreter computes coremltools' own package as PyTorch does", difference < 1e-5, f"({difference:.1e})")


def classifier(wrn, directory, pixels, logits):
    """The bundled model as a classifier of images: its answer is the most probable class."""
    path = directory / "classifier.mlpackage"
    wrn("export", "-o", path, "--probabilities")
    program = mil.Program(path)
    description = program.package.model.description
    check("Core ML classifier: its outputs are named as such", (
        description.predictedFeatureName, description.predictedProbabilitiesName) == ("classLabel", "probabilities"))
    right = 0
    for image, row in zip(pixels[:100], logits[:100]):
        answer = program(image.transpose(2, 0, 1)[None].astype(np.float32))
        odds = np.exp(row.astype(np.float64) - row.max())
        odds /= odds.sum()
        near = all(abs(answer["probabilities"][name] - p) < 1e-4 for name, p in zip(CLASSES, odds))
        right += answer["classLabel"] == CLASSES[int(row.argmax())] and near
    check("Core ML classifier: 100 answers are the engine's", right == 100, f"({right})")


def core_ai(case):
    """Apple's Core AI runtime computes the package, as PyTorch sees it through the interpreter."""
    what = f"{case.name}: Core AI's runtime gives the engine's logits"
    path = case.directory / "float32-float32.mlpackage"
    image = torch.from_numpy(case.images[:1])
    asset = case.directory / "network.aimodel"
    try:
        import coreai.runtime
        import coreai_torch
        with torch.no_grad(), contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            exported = torch.export.export(mil.Module(path).eval(), args=(image,), strict=False)
            exported = exported.run_decompositions(coreai_torch.get_decomp_table())
            asset = coreai_torch.TorchConverter().add_exported_program(exported).to_coreai().save_asset(asset)

        async def run():
            async with asset.executable() as model:
                function = model.load_function(model.function_names[0])
                (name,) = function.desc.input_names
                (output,) = (await function({name: coreai.runtime.NDArray(image.numpy())})).values()
                return output.numpy()
        found = asyncio.run(run())
    except Exception as error:
        # A version before its first release, for which PyTorch's is too new.
        return print(f"note   {what}: it does not run here: {error!r:.300}", flush=True)
    difference = relative(found, case.logits[:1])
    check(what, difference < 1e-4, f"({difference:.1e})")


def cifar(data):
    """The test images, their labels, and images of the training set."""
    def read(name):
        records = np.fromfile(data / "cifar-10-batches-bin" / name, np.uint8).reshape(-1, 3073)
        return records[:, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1), records[:, 0]
    return *read("test_batch.bin"), read("data_batch_1.bin")[0]


def fastest(run, images, repeats=15):
    run(images)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        run(images)
        times.append(time.perf_counter() - start)
    return min(times)


def bundled(wrn, directory, data):
    """The bundled model on CIFAR-10."""
    pixels, labels, training = cifar(data)
    folder = save_images(pixels, directory / "test")
    weights = networks.taking_images_as_they_are(BUNDLED, directory / "bundled.safetensors")
    logits = wrn.outputs(weights, "fc", folder, directory)
    path = directory / "bundled.onnx"
    wrn("export", "-o", path)
    stated = facts(path)
    mean, deviation = json.loads(stated["mean"]), json.loads(stated["standard_deviation"])
    images = normalised(pixels, mean, deviation)
    thousand = slice(0, 1000)
    for name, load in (("ONNX Runtime", runtimes.onnxruntime), ("OpenVINO", runtimes.openvino), ("MNN", runtimes.mnn),
                       ("ncnn by pnnx", lambda path: runtimes.ncnn(path, (3, 32, 32)))):
        run = load(path)
        found = run(images[thousand])
        difference = relative(found, logits[thousand])
        same = int((found.argmax(1) == logits[thousand].argmax(1)).sum())
        check(f"bundled, {name}: 1,000 logits within 1e-4 and the same top class", difference < 1e-4 and same == 1000,
              f"({difference:.1e}, {same})")
        if name.startswith("ncnn"):
            continue
        for batch in (1, 7, 64):
            difference = relative(run(images[:batch]), logits[:batch])
            check(f"bundled, {name}: a batch of {batch} from the same file", difference < 1e-4, f"({difference:.1e})")
    half = directory / "half.onnx"
    wrn("export", "-o", half, "--precision", "float16")
    for name, load in (("ONNX Runtime", runtimes.onnxruntime), ("OpenVINO", runtimes.openvino), ("MNN", runtimes.mnn),
                       ("ncnn by pnnx", lambda _: runtimes.ncnn(path, (3, 32, 32), "float16"))):
        found = load(half)(images[thousand])
        difference = relative(found, logits[thousand])
        same = int((found.argmax(1) == logits[thousand].argmax(1)).sum())
        check(f"bundled, float16, {name}: 1,000 logits within 1e-2", difference < 1e-2, f"({difference:.1e}, {same} the same class)")
    uint8 = directory / "uint8.onnx"
    wrn("export", "-o", uint8, "--input", "uint8")
    difference = relative(runtimes.onnxruntime(uint8)(pixels[thousand]), runtimes.onnxruntime(path)(images[thousand]))
    check("bundled: pixels in, as if normalised before", difference < 1e-5, f"({difference:.1e})")
    classifier(wrn, directory, pixels, logits)
    calibration = save_images(training[:500], directory / "calibration")
    accuracy = float((logits.argmax(1) == labels).mean() * 100)
    run32 = runtimes.onnxruntime(path)
    for how in ("percentile", "min-max"):
        small = directory / f"int8-{how}.onnx"
        wrn("export", "-o", small, "--precision", "int8", "--calibrate", calibration, "--calibration", how)
        onnx.checker.check_model(str(small), full_check=True)
        run8 = runtimes.onnxruntime(small)
        found = np.concatenate([run8(images[i:i + 500]) for i in range(0, len(images), 500)])
        figure = float((found.argmax(1) == labels).mean() * 100)
        check(f"int8, {how}: at most 0.3 points below float32 on 10,000 images", figure >= accuracy - 0.3,
              f"({accuracy:.2f} % and {figure:.2f} %)")
        ratio = small.stat().st_size / path.stat().st_size
        check(f"int8, {how}: at most 0.3 of the file", ratio <= 0.3, f"({ratio:.3f})")
        for threads, batch in ((1, 64), (0, 64), (1, 1)):
            a, b = runtimes.onnxruntime(path, threads), runtimes.onnxruntime(small, threads)
            # In turns, so that what else the machine does meets both.
            times = np.min([(fastest(a, images[:batch], 3), fastest(b, images[:batch], 3)) for _ in range(6)], axis=0) * 1000
            check(f"int8, {how}: faster in ONNX Runtime, batch {batch}, {threads or 'all'} threads", times[1] < times[0],
                  f"({times[0]:.2f} ms and {times[1]:.2f} ms)")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("wrn")
    parser.add_argument("--data", type=pathlib.Path)
    parser.add_argument("--networks", default="", help="of the part numbers, these alone")
    parser.add_argument("--only", default="interpreter,numbers,bundled,zoo,giants")
    arguments = parser.parse_args()
    parts = arguments.only.split(",")
    torch.manual_seed(0)
    wrn = Program(arguments.wrn)
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        if "interpreter" in parts:
            interpreter()
        if "numbers" in parts:
            for case in cases(wrn, directory, list(filter(None, arguments.networks.split(",")))):
                onnx_numbers(case)
                core_ml(case)
                core_ai(case)
                if case.module:
                    torch_onnx(case)
        if "bundled" in parts and arguments.data:
            bundled(wrn, directory, arguments.data)
        if "zoo" in parts:
            structures(wrn, directory, ZOO)
        if "giants" in parts:
            structures(wrn, directory, GIANTS)
    print(f"{failures} failed" if failures else "all hold")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
