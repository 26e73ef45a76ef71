# SPDX-License-Identifier: Apache-2.0
"""A process that computes only when it is its turn."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from statistics import median
from types import TracebackType

from harness.paths import BENCHMARKS

# The time to compile a network and warm up, or for one step, after which a contestant has failed.
PATIENCE_SECONDS = 600


class Failure(Exception):
    """A contestant that could not do its work, and the last words of it."""


class Contestant:
    """One engine's process, stopped between its turns so that not even its idle threads spin."""

    def __init__(
        self, name: str, command: list[str], environment: dict[str, str] | None = None
    ) -> None:
        self.name = name
        # What the process says on standard error, which its failure quotes.
        self._words = tempfile.TemporaryFile("w+")  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._words,
            text=True,
            cwd=BENCHMARKS,
            env=os.environ | (environment or {}),
        )
        try:
            self.facts: dict[str, float] = json.loads(self._read())
        except BaseException:
            self.close()
            raise
        self._pause()

    def __enter__(self) -> Contestant:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def turn(self, seconds: float, most: int = 25) -> float:
        """The median of the steps that fit into the time, after one that warms the caches again."""
        return median(self.steps(seconds, most))

    def steps(self, seconds: float, most: int = 25) -> list[float]:
        """The times of these steps."""
        self._resume()
        self._step()
        times: list[float] = []
        start = time.monotonic()
        while not times or (len(times) < most and time.monotonic() - start < seconds):
            times.append(self._step())
        self._pause()
        return times

    def logits(self, path: Path) -> None:
        """Has the logits written as raw float32."""
        self._resume()
        self._ask(f"logits {path}")
        self._pause()

    def peak_byte_count(self) -> int | None:
        """The most memory that the process held so far, where the system tells (Linux)."""
        try:
            status = Path(f"/proc/{self._process.pid}/status").read_text()
        except OSError:
            return None
        match = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(match[1]) * 1024 if match else None

    def close(self) -> None:
        """Ends the process."""
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                with contextlib.suppress(BrokenPipeError):
                    pipe.close()
        self._words.close()

    def _step(self) -> float:
        return float(self._ask("step"))

    def _ask(self, line: str) -> str:
        assert self._process.stdin
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._failure() from None
        return self._read()

    def _read(self) -> str:
        assert self._process.stdout
        alarm = threading.Timer(PATIENCE_SECONDS, self._process.kill)
        alarm.start()
        try:
            line = self._process.stdout.readline()
        finally:
            alarm.cancel()
        if not line:
            raise self._failure()
        return line

    def _failure(self) -> Failure:
        code = self._process.wait()
        self._words.seek(0)
        words = [line for line in self._words.read().splitlines() if line.strip()]
        return Failure(words[-1].strip() if words else f"it ended with code {code}")

    def _pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def _resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)
