# SPDX-License-Identifier: Apache-2.0
"""Makes the files of the engines from our weights: `python -m rivals.prepare FOLDER FORMAT...`.

The folder holds network.json, weights.safetensors and images.nhwc already. The logits in double
precision are always made.
"""

import os
import subprocess
import sys
import warnings
from pathlib import Path

import torch

from rivals import networks
from rivals.folder import Folder


def write_reference(folder: Folder) -> None:
    """The logits in double precision, which all engines are compared with."""
    network = networks.load(folder.path).double()
    with torch.no_grad():
        logits = network(torch.from_numpy(folder.images()).double())
    logits.numpy().tofile(folder.reference)


def write_onnx(folder: Folder) -> None:
    """ONNX with the batch fixed, which gives its readers the most freedom."""
    torch.onnx.export(
        networks.load(folder.path),
        (torch.from_numpy(folder.images()),),
        str(folder.onnx),
        dynamo=False,
        input_names=["images"],
        output_names=["logits"],
    )


def write_mnn(folder: Folder) -> None:
    """MNN's own converter reads the ONNX file."""
    converter = Path(sys.executable).parent / "mnnconvert"
    arguments = ["-f", "ONNX", "--modelFile", folder.onnx, "--MNNModel", folder.mnn]
    run = subprocess.run(
        [converter, *arguments, "--bizCode", "wrn"], capture_output=True, text=True
    )
    # It also ends with 0 when it failed.
    if not folder.mnn.exists():
        raise SystemExit(f"mnnconvert wrote nothing: {(run.stderr or run.stdout)[-500:]}")


def write_ncnn(folder: Folder) -> None:
    """pnnx writes beside the TorchScript file that it is given; by default weights in float16."""
    import pnnx

    images = torch.from_numpy(folder.images()[:1])
    home = os.getcwd()
    os.chdir(folder.path)
    try:
        network = networks.load(folder.path)
        pnnx.export(network, "network.pt", (images,), fp16=False)
    finally:
        os.chdir(home)
    if not all(path.exists() for path in folder.ncnn):
        raise SystemExit("pnnx wrote no ncnn files")


WRITERS = {"onnx": write_onnx, "mnn": write_mnn, "ncnn": write_ncnn}


def main() -> None:
    warnings.filterwarnings("ignore")
    folder = Folder(Path(sys.argv[1]).resolve())
    write_reference(folder)
    for name in sys.argv[2:]:
        WRITERS[name](folder)


if __name__ == "__main__":
    main()
