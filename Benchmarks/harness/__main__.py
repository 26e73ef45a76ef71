# SPDX-License-Identifier: Apache-2.0
"""The command line: which measurements, how thoroughly, and on how many threads."""

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from harness import duels, kernels, machine, memory, results, scaling, startup, tables
from harness.contestant import Failure
from harness.duels import say
from harness.works import WORKS, Work

SECTIONS = ("inference", "training", "kernels", "scaling", "memory", "startup")


@dataclass(frozen=True)
class Job:
    """One entry of one table."""

    section: str
    name: str
    title: str
    run: Callable[[], dict]


def main() -> int:
    # Contestants are ended on the way out; a stopped process that nobody ends would stay.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _: sys.exit(128 + number))
    arguments = parsed()
    if arguments.list:
        for job in jobs(arguments):
            print(job.name)
        return 0
    if arguments.section == "tables":
        tables.write()
        return 0
    wanted = [job for job in jobs(arguments) if arguments.only in job.name]
    if not wanted:
        say(f"no measurement is called {arguments.only!r}; Benchmarks/run --list names them")
        return 2
    stamp = machine.stamp(arguments.threads, command(arguments), arguments.quick)
    failures = 0
    for number, job in enumerate(wanted):
        say(f"[{number + 1}/{len(wanted)}] {job.title}")
        try:
            results.write(job.section, job.name, job.run(), stamp)
        except Failure as failure:
            failures += 1
            say(f"  not measured: {failure}")
        tables.write()
    if failures:
        say(f"{failures} of {len(wanted)} could not be measured; what they said stands above")
    return 1 if failures else 0


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run",
        description="Measures the engine and its rivals, and writes Documentation/Performance.md.",
    )
    choices = (*SECTIONS, "all", "tables")
    parser.add_argument(
        "section",
        nargs="?",
        default="all",
        choices=choices,
        help="what to measure; tables only renews the page from Benchmarks/Results",
    )
    parser.add_argument("--quick", action="store_true", help="few repeats: to see that it works")
    parser.add_argument("--only", default="", metavar="NAME", help="what has NAME in its name")
    parser.add_argument("--list", action="store_true", help="name the measurements and stop")
    parser.add_argument(
        "--threads", type=int, default=min(2, os.cpu_count() or 1), help="for all engines (2)"
    )
    return parser.parse_args()


def command(arguments: argparse.Namespace) -> str:
    """The command that repeats this run."""
    words = ["Benchmarks/run", arguments.section]
    if arguments.quick:
        words.append("--quick")
    if arguments.only:
        words += ["--only", arguments.only]
    if arguments.threads != 2:
        words += ["--threads", str(arguments.threads)]
    return " ".join(words)


def jobs(arguments: argparse.Namespace) -> Iterator[Job]:
    """All measurements of the section, in the order of the page."""
    sections = SECTIONS if arguments.section == "all" else (arguments.section,)
    threads, quick = arguments.threads, arguments.quick
    rounds, seconds = (3, 0.3) if quick else (9, 1.0)

    def duel(work: Work) -> Callable[[], dict]:
        return lambda: duels.duel(work, threads, rounds, seconds)

    def layers(network: str, batch: int) -> Callable[[], dict]:
        work = Work("inference", network, batch, ())
        size = (network, work.input, work.classes, batch)
        return lambda: kernels.measure(*size, threads, 1 if quick else 5)

    def points(settings: list[scaling.Setting]) -> Callable[[], dict]:
        def run() -> dict:
            kinds = ("inference", "training")
            entry: dict = {"rounds": rounds}
            for kind in kinds:
                entry[kind] = scaling.measure(settings, kind, threads, rounds, seconds)
            return entry

        return run

    for section in sections:
        if section in ("inference", "training"):
            for work in WORKS:
                if work.kind == section:
                    yield Job("networks", work.name, work.title, duel(work))
        elif section == "kernels":
            for network, batch in kernels.NETWORKS.items():
                title = f"the layers of {network.upper()}"
                yield Job(section, network, title, layers(network, batch))
        elif section == "scaling":
            for name, settings in scaling.series(quick).items():
                yield Job(section, name, f"cost against {name}", points(settings))
        elif section == "memory":
            yield Job(section, "training", "memory", lambda: memory.measure(threads))
        elif section == "startup":
            run = lambda: startup.measure(threads, rounds)  # noqa: E731
            yield Job(section, "predict", "start-up", run)


if __name__ == "__main__":
    sys.exit(main())
