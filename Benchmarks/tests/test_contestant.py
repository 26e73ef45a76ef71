# SPDX-License-Identifier: Apache-2.0

import os
import sys
import unittest
from pathlib import Path

from harness.contestant import Contestant, Failure

PLAYER = """
import sys
print('noise', file=sys.stderr)
print('{"ready": 1, "operations": 3}', flush=True)
times = iter([9.0, 1.0, 3.0, 2.0])
for line in sys.stdin:
    time = next(times, None)
    if time is None:
        sys.exit('tired of it')
    print(time, flush=True)
"""


def start(code: str) -> Contestant:
    return Contestant("player", [sys.executable, "-c", code])


class ContestantTests(unittest.TestCase):
    def test_a_turn_is_the_median_without_its_first_step(self) -> None:
        with start(PLAYER) as contestant:
            self.assertEqual(contestant.facts["operations"], 3)
            self.assertEqual(contestant.turn(60, most=3), 2.0)

    def test_the_steps_of_a_turn_are_there_one_by_one(self) -> None:
        with start(PLAYER) as contestant:
            self.assertEqual(contestant.steps(60, most=3), [1.0, 3.0, 2.0])

    def test_a_contestant_that_gives_up_is_quoted(self) -> None:
        with start(PLAYER) as contestant, self.assertRaisesRegex(Failure, "tired of it"):
            contestant.turn(60, most=25)

    def test_a_contestant_that_never_gets_ready_is_quoted(self) -> None:
        with self.assertRaisesRegex(Failure, "no such engine"):
            start("import sys; sys.exit('no such engine')")

    @unittest.skipUnless(os.path.isdir("/proc/self"), "needs /proc")
    def test_a_contestant_is_stopped_outside_its_turn(self) -> None:
        with start(PLAYER) as contestant:
            contestant.turn(0, most=1)
            status = Path(f"/proc/{contestant._process.pid}/status")
            while "State:\tT" not in status.read_text():
                self.assertIsNone(contestant._process.poll())
            self.assertGreater(contestant.peak_byte_count() or 0, 1_000_000)
