# SPDX-License-Identifier: Apache-2.0
"""Our engine against each rival, turn by turn."""

import contextlib
import math
import sys
from pathlib import Path
from statistics import median

from harness import machine
from harness.contestant import Contestant, Failure
from harness.engines import ours, rival
from harness.prepared import Prepared
from harness.works import LABELS, Work


def say(line: str) -> None:
    """A word to whoever waits."""
    print(line, file=sys.stderr, flush=True)


def duel(work: Work, threads: int, rounds: int, seconds: float) -> dict:
    """The times of all engines at one work.

    Before each turn of a rival we have a turn ourselves, so that the times of a pair are of the
    same moment.
    """
    with contextlib.ExitStack() as stack:
        size = (work.network, work.input, work.classes, work.batch)
        prepared = stack.enter_context(Prepared(*size))
        prepared.convert(work.rivals)
        mine = ours(work.kind, prepared, threads, work.instruction_set, work.precision)
        us = stack.enter_context(mine)
        engines: dict[str, dict] = {"ours": _checked(us, work, prepared)}
        contestants: dict[str, Contestant] = {}
        for engine in work.rivals:
            say(f"  {LABELS[engine]}: warming up")
            try:
                them = rival(engine, work.kind, prepared, threads, work.instruction_set)
                contestants[engine] = stack.enter_context(them)
                engines[engine] = _checked(them, work, prepared)
            except Failure as failure:
                contestants.pop(engine, None)
                engines[engine] = {"failure": str(failure)}
                say(f"  {LABELS[engine]}: {failure}")
        pairs: dict[str, list[tuple[float, float]]] = {engine: [] for engine in contestants}
        steps: dict[str, list[float]] = {engine: [] for engine in engines}
        for number in range(rounds):
            say(f"  round {number + 1} of {rounds}")
            for engine, them in contestants.items():
                turn = us.steps(seconds), them.steps(seconds)
                pairs[engine].append((median(turn[0]), median(turn[1])))
                steps["ours"] += turn[0]
                steps[engine] += turn[1]
        for engine, them in (contestants | {"ours": us}).items():
            engines[engine]["peak_byte_count"] = them.peak_byte_count()
    if not any(pairs.values()):
        raise Failure("no rival could be run")
    if work.is_latency:
        for engine, times in steps.items():
            if times:
                engines[engine]["latency"] = latency(times)
    times = [mine for turns in pairs.values() for mine, _ in turns]
    engines["ours"] |= _rates(work.batch, times)
    for engine, turns in pairs.items():
        ratios = [theirs / mine for mine, theirs in turns]
        engines[engine] |= _rates(work.batch, [theirs for _, theirs in turns])
        engines[engine]["ratio"] = round(median(ratios), 3)
        engines[engine]["ratio_range"] = [round(min(ratios), 3), round(max(ratios), 3)]
        engines[engine]["turns"] = [
            [float(f"{mine:.4g}"), float(f"{theirs:.4g}")] for mine, theirs in turns
        ]
    goals = work.goals_on(machine.here())
    return {"title": work.title, "rounds": rounds, "goals": goals, "engines": engines}


def latency(times: list[float]) -> dict:
    """The milliseconds that half of the steps and all but one in a hundred need at most."""
    in_order = sorted(times)

    def percentile(share: float) -> float:
        # The nearest rank: a time that was measured.
        return in_order[max(math.ceil(share * len(in_order)), 1) - 1]

    return {
        "p50": float(f"{1000 * percentile(0.5):.4g}"),
        "p99": float(f"{1000 * percentile(0.99):.4g}"),
        "steps": len(in_order),
    }


def _checked(contestant: Contestant, work: Work, prepared: Prepared) -> dict:
    """What an engine computes: its logits' distance from the exact ones, or its losses."""
    if work.kind == "training":
        return {"losses": [contestant.facts["loss0"], contestant.facts["loss1"]]}
    path = Path(prepared.path) / "logits.f32"
    contestant.logits(path)
    return {"deviation": float(f"{prepared.deviation(path):.2g}")}


def _rates(batch: int, times: list[float]) -> dict:
    return {
        "images_per_second": round(batch / median(times), 3),
        "range": [round(batch / max(times), 3), round(batch / min(times), 3)],
    }
