# SPDX-License-Identifier: Apache-2.0
"""What our engine's speed does when one thing changes: batch, width, depth, image size, threads."""

import contextlib
import os
from dataclasses import dataclass
from statistics import median

from harness import wrn
from harness.contestant import Contestant
from harness.duels import say
from harness.engines import ours
from harness.paths import CONTENDER
from harness.prepared import Prepared


@dataclass(frozen=True)
class Setting:
    """One point of a series."""

    value: str
    network: str = "wrn-16-4"
    batch: int = 32
    size: int = 32
    threads: int | None = None


def series(quick: bool) -> dict[str, list[Setting]]:
    """The series; a quick run takes every second point."""
    cores = os.cpu_count() or 1
    threads = [2**power for power in range(cores.bit_length()) if 2**power <= cores]
    points = {
        "batch": [Setting(str(2**p), batch=2**p) for p in range(8)],
        "width": [Setting(str(k), network=f"wrn-16-{k}") for k in (1, 2, 4, 8, 10)],
        "depth": [Setting(str(d), network=f"wrn-{d}-4") for d in (10, 16, 22, 28, 40)],
        "image": [Setting(f"{s}x{s}", batch=8, size=s) for s in (16, 32, 48, 64, 96, 128)],
        "threads": [Setting(str(t), batch=64, threads=t) for t in threads],
    }
    if quick:
        return {name: values[:: 3 if len(values) > 2 else 1] for name, values in points.items()}
    return points


def measure(
    settings: list[Setting], kind: str, threads: int, rounds: int, seconds: float
) -> list[dict]:
    """The settings of one series, which take turns with a measurement of the peak."""
    with contextlib.ExitStack() as stack:
        peak = stack.enter_context(
            Contestant("peak", [str(CONTENDER), "peak", "--threads", str(threads)])
        )
        contestants = []
        for setting in settings:
            shape = (3, setting.size, setting.size)
            prepared = stack.enter_context(Prepared(setting.network, shape, 10, setting.batch))
            own = ours(kind, prepared, setting.threads or threads)
            contestants.append(stack.enter_context(own))
        turns: list[list[float]] = [[] for _ in settings]
        peaks = []
        for number in range(rounds):
            say(f"  {kind}: round {number + 1} of {rounds}")
            peaks.append(peak.facts["operations"] / peak.turn(seconds) / 1e9)
            for times, contestant in zip(turns, contestants, strict=True):
                times.append(contestant.turn(seconds))
        rows = []
        for setting, times, contestant in zip(settings, turns, contestants, strict=True):
            shape = (3, setting.size, setting.size)
            operations = 2 * wrn.summary(setting.network, shape, 10)["multiply_adds"]
            # Each multiply-add comes back twice, in the gradients of the input and the weights.
            operations *= setting.batch * (3 if kind == "training" else 1)
            speed = operations / median(times) / 1e9
            share = 100 * speed / median(peaks) * (threads / (setting.threads or threads))
            rows.append(
                {
                    "value": setting.value,
                    "network": setting.network,
                    "batch": setting.batch,
                    "size": setting.size,
                    "images_per_second": round(setting.batch / median(times), 2),
                    "range": [
                        round(setting.batch / max(times), 2),
                        round(setting.batch / min(times), 2),
                    ],
                    "gigaflops": round(speed, 1),
                    "percent_of_peak": round(share, 1),
                    "peak_byte_count": contestant.peak_byte_count(),
                }
            )
        return rows
