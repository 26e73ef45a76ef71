# SPDX-License-Identifier: Apache-2.0
"""The tables of Documentation/Performance.md."""

from collections.abc import Callable

from harness import kernels, machine, results, scaling
from harness.paths import DOCUMENT
from harness.works import LABELS, WORKS

PARTS = {
    "forward": "forward",
    "input_gradient": "gradient of the input",
    "weight_gradient": "gradient of the weights",
}
NOTHING = "Not measured yet."
# The files of results, in the order of the page.
FILES = ("networks", "kernels", "scaling", "memory", "startup")


def write() -> None:
    """Renews what stands between the markers of the page."""
    text = DOCUMENT.read_text()
    for section, render in SECTIONS.items():
        text = replaced(text, section, render())
    DOCUMENT.write_text(text)


def replaced(text: str, section: str, content: str) -> str:
    """The text with new content between `<!-- section -->` and `<!-- end of section -->`."""
    start, end = f"<!-- {section} -->\n", f"<!-- end of {section} -->"
    before, found_start, rest = text.partition(start)
    _, found_end, after = rest.partition(end)
    if not found_start or not found_end:
        raise ValueError(f"{DOCUMENT.name} lacks the markers of {section}")
    return f"{before}{start}\n{content.strip()}\n\n{end}{after}"


def on_each_class(render: Callable[[str], str]) -> str:
    """What each class of machines has, the fastest first; a heading where there are several."""
    found = {machines: render(machines) for machines in machine.CLASSES}
    found = {machines: text for machines, text in found.items() if text}
    if len(found) < 2:
        return next(iter(found.values()), NOTHING)
    parts = [f"### Machines {machine.CLASSES[name]}\n\n{text}" for name, text in found.items()]
    return "\n\n".join(parts)


def networks(kind: str, machines: str) -> str:
    entries = results.read("networks", machines)
    works = [work for work in WORKS if work.kind == kind and work.name in entries]
    return "\n\n".join(_network(entries[work.name]) for work in works)


def _network(entry: dict) -> str:
    engines, goals = entry["engines"], entry["goals"]
    training = "losses" in engines["ours"]
    check = "first two losses" if training else "deviation"
    columns = ["engine", "images/s", "range", "ours is faster by", "range", "goal", check]
    columns.append("peak memory")
    has_latency = any("latency" in engine for engine in engines.values())
    if has_latency:
        columns += ["p50, ms", "p99, ms"]
    lines = [
        f"**{entry['title']}**",
        "",
        f"| {' | '.join(columns)} |",
        f"|---|{'--:|' * (len(columns) - 1)}",
    ]
    for name, engine in _in_order(engines):
        if "failure" in engine:
            lines.append(
                f"| {LABELS[name]} | {_cell(engine['failure'])} {'| ' * (len(columns) - 2)}|"
            )
            continue
        ratio, goal = engine.get("ratio"), goals.get(name)
        cells = [
            LABELS[name],
            _rate(engine["images_per_second"]),
            _range(engine["range"], _rate),
            f"**{ratio:.2f}x**" if ratio else "",
            _range(engine["ratio_range"], lambda x: f"{x:.2f}") if ratio else "",
            f"{goal:g}x" if goal else "",
            _check(engine),
            _bytes(engine.get("peak_byte_count")),
        ]
        if has_latency:
            times = engine.get("latency", {})
            cells += [_milliseconds(times.get(share)) for share in ("p50", "p99")]
        lines.append(f"| {' | '.join(cells)} |")
    count = f"{entry['rounds']} pairs of turns each"
    if has_latency:
        steps = [engine["latency"]["steps"] for engine in engines.values() if "latency" in engine]
        count += f", percentiles of {min(steps)} or more steps"
    return "\n".join([*lines, "", _source(entry, count)])


def _check(engine: dict) -> str:
    if "losses" in engine:
        return ", ".join(f"{loss:.5f}" for loss in engine["losses"])
    return f"{engine['deviation']:.0e}" if "deviation" in engine else ""


def kernel_tables(machines: str) -> str:
    entries = results.read("kernels", machines)
    tables = []
    for network in kernels.NETWORKS:
        if entry := entries.get(network):
            tables.append(_kernels(network, entry))
    return "\n\n".join(tables)


def _kernels(network: str, entry: dict) -> str:
    lines = [
        f"**{network.upper()}, batch {entry['batch']}**: GFLOP/s and per cent of the measured "
        f"peak, {entry['peak_gigaflops']:.0f} GFLOP/s",
        "",
        f"| layer | times | {' | '.join(PARTS.values())} |",
        "|---|--:|--:|--:|--:|",
    ]
    for row in entry["layers"]:
        cells = [row["layer"], str(row["count"])]
        for part in PARTS:
            found = row["parts"].get(part)
            cells.append(_speed(found) if found else "")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _source(entry, f"medians of {entry['rounds']} runs")])


def _speed(part: dict) -> str:
    """GFLOP/s and the share of the peak, with the algorithm where it is no plain convolution."""
    text = f"{part['gigaflops']:.0f} ({part['percent_of_peak']:.0f} %)"
    return text if part["algorithm"] == "direct" else f"{text}, {part['algorithm']}"


def scaling_tables(machines: str) -> str:
    entries = results.read("scaling", machines)
    tables = [_scaling(name, entries[name]) for name in scaling.series(False) if name in entries]
    return "\n\n".join(tables)


def _scaling(name: str, entry: dict) -> str:
    lines = [
        f"**{name.capitalize()}**",
        "",
        f"| {name} | network | inference, images/s | range | GFLOP/s (of peak) | peak memory "
        "| training, images/s | range | GFLOP/s (of peak) | peak memory |",
        "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for infer, train in zip(entry["inference"], entry["training"], strict=True):
        where = f"{infer['network'].upper()}, {infer['size']}x{infer['size']}"
        cells = [infer["value"], f"{where}, batch {infer['batch']}"]
        for row in (infer, train):
            cells += [
                _rate(row["images_per_second"]),
                _range(row["range"], _rate),
                f"{row['gigaflops']:.0f} ({row['percent_of_peak']:.0f} %)",
                _bytes(row["peak_byte_count"]),
            ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _source(entry, f"{entry['rounds']} turns each")])


def memory_table(machines: str) -> str:
    entry = results.read("memory", machines).get("training")
    if not entry:
        return ""
    lines = [
        f"**{entry['network'].upper()} training, batch {entry['batch']}**",
        "",
        "| engine | peak memory | ours is | goal |",
        "|---|--:|--:|--:|",
    ]
    for name, engine in _in_order(entry["engines"]):
        if "failure" in engine:
            lines.append(f"| {LABELS[name]} | {_cell(engine['failure'])} | | |")
            continue
        ratio = f"**{engine['ours_to_theirs']:.2f}x**" if name != "ours" else ""
        goal = f"{entry['goal']:g}x" if name == "torch-cl" else ""
        size = _bytes(engine["peak_byte_count"])
        lines.append(f"| {LABELS[name]} | {size} | {ratio} | {goal} |")
    if halved := entry.get("bfloat16"):
        lines += [
            "",
            f"Ours in bfloat16 needs **{halved['to_float32']:.2f}x** of what it needs in float32; "
            f"the goal is {halved['goal']:g}x.",
        ]
    return "\n".join([*lines, "", _source(entry, "one process each")])


def startup_table(machines: str) -> str:
    entry = results.read("startup", machines).get("predict")
    if not entry:
        return ""
    labels = {"ours": "`wrn predict`", "torch": "Python with PyTorch"}
    lines = [
        f"**{entry['network'].upper()}, one image of 3x32x32**",
        "",
        "| process | milliseconds | range | peak memory | the likeliest class's probability |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, engine in _in_order(entry["engines"]):
        cells = [
            labels[name],
            f"{engine['milliseconds']:.1f}",
            _range(engine["range"], lambda x: f"{x:.1f}"),
            _bytes(engine["peak_byte_count"]),
            f"{engine['probability']:.6f}",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    goals = entry["goals"]
    lines += [
        "",
        f"Ours is faster by **{entry['ratio']:.1f}x** "
        f"({_range(entry['ratio_range'], lambda x: f'{x:.1f}')}); the goal is {goals['ratio']}x, "
        f"with at most {_bytes(goals['byte_count'])}.",
    ]
    return "\n".join([*lines, "", _source(entry, f"{entry['rounds']} processes each, in turn")])


def _source(entry: dict, count: str) -> str:
    """Where a table comes from."""
    stamp = entry["stamp"]
    places = environments()
    where = f", environment {places.index(_environment(stamp)) + 1}" if len(places) > 1 else ""
    quick = " A quick run: few repeats." if stamp["quick"] else ""
    threads = "1 thread" if stamp["threads"] == 1 else f"{stamp['threads']} threads"
    return (
        f"<sub>`{stamp['command']}` on {stamp['date']}, commit {stamp['commit']}{where}: {count}, "
        f"{threads}; measured peak {stamp['peak_gigaflops']:.0f} GFLOP/s.{quick}</sub>"
    )


def environments() -> list[dict]:
    """The different machines and versions among all results, in the order of the page."""
    found: list[dict] = []
    for machines in machine.CLASSES:
        for file in FILES:
            for entry in results.read(file, machines).values():
                environment = _environment(entry["stamp"])
                if environment not in found:
                    found.append(environment)
    return found


def _environment(stamp: dict) -> dict:
    return {name: stamp[name] for name in ("machine", "swift", "python", "versions")}


def environment_list() -> str:
    lines = []
    for number, environment in enumerate(environments(), 1):
        found = environment["machine"]
        versions = ", ".join(f"{name} {text}" for name, text in environment["versions"].items())
        lines.append(
            f"{number}. {found['processor']}, {found['cores']} cores ({found['vectors']}), "
            f"{found['memory_gib']} GiB, {found['system']}. Swift {environment['swift']}, "
            f"Python {environment['python']}, {versions}."
        )
    return "\n".join(lines) or NOTHING


def _in_order(engines: dict[str, dict]) -> list[tuple[str, dict]]:
    """Ours first, then the rivals."""
    return [(name, engines[name]) for name in LABELS if name in engines]


def _rate(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _range(values: list[float], form: Callable[[float], str]) -> str:
    return f"{form(values[0])} - {form(values[1])}"


def _milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"


def _bytes(count: int | None) -> str:
    return "" if count is None else f"{count / 1e6:.0f} MB"


def _cell(text: str) -> str:
    return "not measured: " + text.replace("|", "/")


SECTIONS = {
    "environments": environment_list,
    "inference": lambda: on_each_class(lambda machines: networks("inference", machines)),
    "training": lambda: on_each_class(lambda machines: networks("training", machines)),
    "kernels": lambda: on_each_class(kernel_tables),
    "scaling": lambda: on_each_class(scaling_tables),
    "memory": lambda: on_each_class(memory_table),
    "startup": lambda: on_each_class(startup_table),
}
