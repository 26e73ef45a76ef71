# SPDX-License-Identifier: Apache-2.0
"""The measurements, kept as JSON: one file for each table."""

import json

from harness.paths import RESULTS


def read(section: str) -> dict[str, dict]:
    """The entries of a table by name; each carries its own stamp."""
    path = RESULTS / f"{section}.json"
    return json.loads(path.read_text()) if path.exists() else {}


def write(section: str, name: str, entry: dict, stamp: dict) -> None:
    """Puts an entry in the place of the one of that name."""
    entries = read(section)
    entries[name] = entry | {"stamp": stamp}
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(entries, indent=1, sort_keys=True)
    (RESULTS / f"{section}.json").write_text(text + "\n")
