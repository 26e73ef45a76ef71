# SPDX-License-Identifier: Apache-2.0
"""One rival as a contender: `python -m rivals ENGINE infer|train FOLDER THREADS`."""

import sys
import warnings
from pathlib import Path

from rivals.folder import Folder


def main() -> None:
    warnings.filterwarnings("ignore")
    engine, work, folder_path, threads = sys.argv[1:]
    folder = Folder(Path(folder_path))
    if engine.startswith("torch"):
        from rivals import pytorch

        {"infer": pytorch.infer, "train": pytorch.train}[work](folder, engine, int(threads))
        return
    if work != "infer":
        raise SystemExit(f"{engine} does not train")
    from rivals import runtimes

    run = {
        "onnxruntime": runtimes.onnxruntime,
        "openvino": runtimes.openvino,
        "mnn": runtimes.mnn,
        "ncnn": runtimes.ncnn,
    }[engine.split("-")[0]]
    run(folder, engine, int(threads))


if __name__ == "__main__":
    main()
