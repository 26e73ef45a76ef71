# SPDX-License-Identifier: Apache-2.0
"""What the program `wrn` says about networks."""

import json
import subprocess

from harness.contestant import Failure
from harness.paths import WRN

# The fields of a plan's steps that kernels are measured by.
STEP_FIELDS = ("kind", "node", "algorithm", "multiply_adds", "measured_seconds")


def summary(network: str, input_shape: tuple[int, int, int], classes: int) -> dict:
    """The layers and counts of one image."""
    size = "x".join(str(extent) for extent in input_shape)
    return _ask("summary", network, "--input", size, "--classes", str(classes))["network"]


def measured_steps(
    network: str,
    input_shape: tuple[int, int, int],
    classes: int,
    batch: int,
    threads: int,
    training: bool,
) -> list[dict]:
    """The steps of a plan that multiply, with their measured times."""
    size = "x".join(str(extent) for extent in input_shape)
    options = ["--input", size, "--classes", str(classes), "--batch", str(batch)]
    options += ["--threads", str(threads), "--measure"] + (["--train"] if training else [])
    return multiplying_steps(_ask("plan", network, *options))


def multiplying_steps(plan: dict) -> list[dict]:
    """The steps of a plan's description that multiply and were measured."""
    # The description may stand alone or beside the network's name.
    description = plan if "steps" in plan else plan.get("plan", {})
    steps = description.get("steps")
    if not isinstance(steps, list):
        raise Failure("`wrn plan --json` has no list of steps")
    found = []
    for step in steps:
        if not step.get("multiply_adds") or not step.get("measured_seconds"):
            continue
        missing = [name for name in STEP_FIELDS if name not in step]
        if missing:
            raise Failure(f"a step of `wrn plan --json` lacks {', '.join(missing)}")
        found.append(step)
    if not found:
        raise Failure("`wrn plan --measure --json` has no measured step that multiplies")
    return found


def _ask(*words: str) -> dict:
    run = subprocess.run([WRN, *words, "--json"], capture_output=True, text=True, check=False)
    if run.returncode != 0:
        said = [line for line in run.stderr.splitlines() if line.strip()]
        raise Failure(f"wrn {words[0]}: {said[0].strip() if said else run.returncode}")
    return json.loads(run.stdout)
