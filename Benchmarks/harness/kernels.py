# SPDX-License-Identifier: Apache-2.0
"""GFLOP/s of every distinct layer: forward, gradient of the input, gradient of the weights."""

from statistics import median

from harness import machine, wrn

# The networks and the batches at which their layers are measured.
NETWORKS = {"wrn-28-10": 16, "wrn-16-4": 64, "wrn-40-2": 64, "wrn-50-2": 8}

# Which part of the work a step of a plan belongs to.
PARTS = {
    "convolution": "forward",
    "linear": "forward",
    "input_gradient": "input_gradient",
    "weight_gradient": "weight_gradient",
}


def measure(
    network: str,
    input_shape: tuple[int, int, int],
    classes: int,
    batch: int,
    threads: int,
    rounds: int,
) -> dict:
    """The layers of a network; the forward part as inference runs it."""
    layers = layer_names(wrn.summary(network, input_shape, classes))
    size = (network, input_shape, classes, batch, threads)
    runs: list[list[dict]] = []
    peaks = []
    for _ in range(rounds):
        peaks.append(machine.peak_gigaflops(threads, turns=2))
        forward = wrn.measured_steps(*size, training=False)
        backward = wrn.measured_steps(*size, training=True)
        gradients = [step for step in backward if PARTS.get(step["kind"]) != "forward"]
        runs.append(forward + gradients)
    peak = median(peaks)
    rows = group(runs, layers)
    for row in rows:
        for part in row["parts"].values():
            part["percent_of_peak"] = round(100 * part["gigaflops"] / peak, 1)
    return {"batch": batch, "rounds": rounds, "peak_gigaflops": round(peak, 1), "layers": rows}


def layer_names(summary: dict) -> dict[str, str]:
    """A name for the work of each layer, `3x3/2 160 -> 320 @ 16x16`: equal names are equal work."""
    shapes = {"input": summary["input"]}
    names = {}
    for layer in summary["layers"]:
        shapes[layer["name"]] = layer["output"]
        if layer["kind"] not in ("convolution", "linear"):
            continue
        inputs = shapes[layer["inputs"][0]].split("x")[0]
        outputs, *extents = layer["output"].split("x")
        kernel = layer.get("kernel") or layer["kind"]
        names[layer["name"]] = f"{kernel} {inputs} -> {outputs} @ {'x'.join(extents)}"
    return names


def group(runs: list[list[dict]], layers: dict[str, str]) -> list[dict]:
    """One row for each distinct layer in the network's order; the runs repeat the same steps."""
    rows: dict[str, dict] = {
        name: {"layer": name, "count": 0, "parts": {}} for name in dict.fromkeys(layers.values())
    }
    for name in layers.values():
        rows[name]["count"] += 1
    sums: dict[tuple[str, str], list[list[float]]] = {}
    for number, run in enumerate(runs):
        for step in run:
            part, layer = PARTS.get(step["kind"]), layers.get(step["node"])
            if part is None or layer is None:
                continue
            key = (layer, part)
            entry = sums.setdefault(key, [[0.0, 0.0] for _ in runs])[number]
            entry[0] += 2e-9 * step["multiply_adds"]
            entry[1] += step["measured_seconds"]
            rows[layer]["parts"].setdefault(part, {"algorithm": step["algorithm"]})
    for (layer, part), entries in sums.items():
        speeds = [work / seconds for work, seconds in entries if seconds > 0]
        rows[layer]["parts"][part] |= {
            "gigaflops": round(median(speeds), 1),
            "range": [round(min(speeds), 1), round(max(speeds), 1)],
        }
    return list(rows.values())
