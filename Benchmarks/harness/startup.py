# SPDX-License-Identifier: Apache-2.0
"""From process start to the answer for one image."""

import json
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from harness.contestant import Failure
from harness.duels import say
from harness.paths import BENCHMARKS, WRN
from harness.prepared import Prepared

NETWORK = "wrn-16-2"
GOALS = {"ratio": 15, "byte_count": 60_000_000}
# Images of the file that both sides read; both classify the first.
IMAGES = 10


def measure(threads: int, rounds: int) -> dict:
    """`wrn predict` and a Python process with PyTorch, one after the other."""
    with Prepared(NETWORK, (3, 32, 32), 10, 1) as prepared:
        data = prepared.path / "images"
        _write_images(data)
        weights, file = str(prepared.weights), str(data / "test_batch.bin")
        commands = {
            "ours": [str(WRN), "predict", "--weights", weights, "--data", str(data), "0"]
            + ["--threads", str(threads), "--json"],
            "torch": [sys.executable, "-m", "rivals.one_image", str(prepared.path), file],
        }
        runs: dict[str, list[tuple[float, int]]] = {name: [] for name in commands}
        answers: dict[str, float] = {}
        # The first round only brings the files into the system's cache.
        for number in range(rounds + 1):
            say(f"  round {number} of {rounds}")
            for name, command in commands.items():
                seconds, byte_count, output = _run(command)
                answers[name] = _probability(name, output)
                if number > 0:
                    runs[name].append((seconds, byte_count))
    engines: dict[str, dict] = {}
    for name, pairs in runs.items():
        times = [seconds for seconds, _ in pairs]
        engines[name] = {
            "milliseconds": round(1000 * median(times), 2),
            "range": [round(1000 * min(times), 2), round(1000 * max(times), 2)],
            "peak_byte_count": round(median(byte_count for _, byte_count in pairs)),
            "probability": answers[name],
        }
    duels = zip(runs["torch"], runs["ours"], strict=True)
    ratios = [theirs[0] / mine[0] for theirs, mine in duels]
    return {
        "network": NETWORK,
        "rounds": rounds,
        "goals": GOALS,
        "ratio": round(median(ratios), 2),
        "ratio_range": [round(min(ratios), 2), round(max(ratios), 2)],
        "engines": engines,
    }


def _write_images(folder: Path) -> None:
    """A small data set in CIFAR-10's binary layout."""
    numbers = random.Random(2)
    folder.mkdir()
    (folder / "batches.meta.txt").write_text("".join(f"class {i}\n" for i in range(10)))
    records = (bytes([i]) + numbers.randbytes(3072) for i in range(IMAGES))
    (folder / "test_batch.bin").write_bytes(b"".join(records))


def _run(command: list[str]) -> tuple[float, int, str]:
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=BENCHMARKS, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout and process.stderr
    with process.stdout, process.stderr:
        output = process.stdout.read()
        words = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise Failure(f"{Path(command[0]).name} ended with {process.returncode}: {words[-300:]}")
    unit = 1 if sys.platform == "darwin" else 1024
    return seconds, usage.ru_maxrss * unit, output


def _probability(name: str, output: str) -> float:
    """The probability of the likeliest class."""
    if name == "torch":
        return round(float(output.split()[1]), 6)
    return round(json.loads(output)["images"][0]["predictions"][0]["probability"], 6)
