# SPDX-License-Identifier: Apache-2.0
"""The protocol of a contender: a line of JSON when warm, then an answer for each line."""

import json
import os
import sys
import time
from collections.abc import Callable

import numpy as np

Step = Callable[[], object]

# Runtimes, also their C++, print to standard output: it becomes standard error for all but us.
_protocol = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)


def answer(line: str) -> None:
    """Writes a line to the other side."""
    _protocol.write(line + "\n")


def serve(
    step: Step,
    logits: Callable[[], np.ndarray] | None = None,
    facts: Callable[[], dict[str, float]] = dict,
) -> None:
    """Warms up, says so, and answers `step` and `logits FILE` until the input ends."""
    for _ in range(2):
        step()
    answer(json.dumps({"ready": 1} | facts()))
    for line in sys.stdin:
        command, _, argument = line.rstrip("\n").partition(" ")
        if command == "step":
            start = time.perf_counter()
            step()
            answer(repr(time.perf_counter() - start))
        elif command == "logits" and logits is not None:
            np.ascontiguousarray(logits(), np.float32).tofile(argument)
            answer("written")
        else:
            raise SystemExit(f"cannot answer {line!r}")
