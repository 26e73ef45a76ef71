# SPDX-License-Identifier: Apache-2.0
"""Where things are."""

from pathlib import Path

BENCHMARKS = Path(__file__).resolve().parent.parent
PROJECT = BENCHMARKS.parent
RESULTS = BENCHMARKS / "Results"
DOCUMENT = PROJECT / "Documentation" / "Performance.md"
BUILD = PROJECT / ".build" / "release"
CONTENDER = BUILD / "contender"
WRN = BUILD / "wrn"
