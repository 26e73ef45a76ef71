# SPDX-License-Identifier: Apache-2.0
"""The most memory that a whole process holds while it trains."""

import functools
import subprocess
from collections.abc import Callable

from harness.contestant import Contestant, Failure
from harness.duels import say
from harness.engines import ours, rival
from harness.prepared import Prepared
from harness.works import LABELS, TRAINING_RIVALS

NETWORK, BATCH = "wrn-16-4", 128
GOAL = 0.6
# The goal of ours in bfloat16 beside ours in float32.
BFLOAT16_GOAL = 0.65


def measure(threads: int) -> dict:
    """One process after another, so that none is short of memory because of another."""
    engines: dict[str, dict] = {}
    with Prepared(NETWORK, (3, 32, 32), 10, BATCH) as prepared:
        engines["ours"] = _peak("ours", lambda: ours("training", prepared, threads))
        for engine in ("ours-bf16", *TRAINING_RIVALS):
            start = functools.partial(rival, engine, "training", prepared, threads)
            engines[engine] = _peak(engine, start)
    mine = engines["ours"].get("peak_byte_count")
    if mine is None:
        raise Failure(engines["ours"]["failure"])
    for found in engines.values():
        if theirs := found.get("peak_byte_count"):
            found["ours_to_theirs"] = round(mine / theirs, 3)
    entry = {"network": NETWORK, "batch": BATCH, "goal": GOAL, "engines": engines}
    if halved := engines["ours-bf16"].get("peak_byte_count"):
        entry["bfloat16"] = {"to_float32": round(halved / mine, 3), "goal": BFLOAT16_GOAL}
    return entry


def _peak(engine: str, start: Callable[[], Contestant]) -> dict:
    say(f"  {LABELS[engine]}")
    try:
        with start() as contestant:
            contestant.turn(0, most=3)
            byte_count = contestant.peak_byte_count()
    except (Failure, subprocess.SubprocessError) as failure:
        return {"failure": str(failure)}
    if byte_count is None:
        return {"failure": "this system does not tell a process's peak memory"}
    return {"peak_byte_count": byte_count}
