# SPDX-License-Identifier: Apache-2.0
"""The measurements, kept as JSON: one file for each table of each class of machines."""

import json
from pathlib import Path

from harness import machine
from harness.paths import RESULTS


def read(section: str, machines: str) -> dict[str, dict]:
    """The entries of a table by name; each carries its own stamp."""
    path = _path(section, machines)
    return json.loads(path.read_text()) if path.exists() else {}


def write(section: str, name: str, entry: dict, stamp: dict) -> None:
    """Puts an entry in the place of the one of that name and of the same class of machines."""
    machines = machine.class_of(stamp["machine"])
    entries = read(section, machines)
    entries[name] = entry | {"stamp": stamp}
    path = _path(section, machines)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(entries, indent=1, sort_keys=True)
    path.write_text(text + "\n")


def _path(section: str, machines: str) -> Path:
    return RESULTS / machines / f"{section}.json"
