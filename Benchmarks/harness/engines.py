# SPDX-License-Identifier: Apache-2.0
"""Starts the processes of our engine and of the rivals."""

import sys

from harness.contestant import Contestant
from harness.paths import CONTENDER
from harness.prepared import Prepared

VERBS = {"inference": "infer", "training": "train"}


def ours(
    kind: str,
    prepared: Prepared,
    threads: int,
    instruction_set: str = "",
    precision: str = "float32",
) -> Contestant:
    """Our engine at a prepared batch."""
    command = [str(CONTENDER), VERBS[kind], "--weights", str(prepared.weights)]
    command += ["--images", str(prepared.images), "--batch", str(prepared.batch)]
    command += ["--threads", str(threads), "--precision", precision]
    if instruction_set:
        command += ["--isa", instruction_set]
    return Contestant("ours", command)


def rival(
    engine: str, kind: str, prepared: Prepared, threads: int, instruction_set: str = ""
) -> Contestant:
    """A rival at a prepared batch; those that begin with `ours-` are our engine as its own rival."""
    if engine == "ours-1-thread":
        return ours(kind, prepared, 1, instruction_set)
    if engine == "ours-bf16":
        return ours(kind, prepared, threads, instruction_set, "bfloat16")
    if engine == "ours-f32":
        return ours(kind, prepared, threads, instruction_set)
    environment = {"OMP_NUM_THREADS": str(threads)}
    if instruction_set:
        environment["ONEDNN_MAX_CPU_ISA"] = instruction_set.upper()
    command = [sys.executable, "-m", "rivals", engine, VERBS[kind], str(prepared.path)]
    return Contestant(engine, [*command, str(threads)], environment)
