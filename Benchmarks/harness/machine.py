# SPDX-License-Identifier: Apache-2.0
"""What a figure depends on beside the code: the machine, the versions, the commit."""

import datetime
import os
import platform
import re
import subprocess
from importlib import metadata
from pathlib import Path

from harness.contestant import Contestant
from harness.paths import CONTENDER, PROJECT

ENGINES = ("torch", "onnxruntime", "openvino", "MNN", "ncnn", "pnnx", "onnx", "numpy")


def processor() -> str:
    """The processor's name."""
    try:
        match = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
        if match:
            return match[1].strip()
    except OSError:
        pass
    words = _output("sysctl", "-n", "machdep.cpu.brand_string")
    return words or platform.processor() or platform.machine()


def vectors() -> str:
    """The vectors that the processor has, as far as the system tells."""
    try:
        flags = set(re.findall(r"\w+", Path("/proc/cpuinfo").read_text()))
    except OSError:
        return platform.machine()
    names = {
        "avx2": "AVX2",
        "avx512f": "AVX-512",
        "avx512_bf16": "AVX-512 BF16",
        "amx_bf16": "AMX",
        "asimd": "NEON",
    }
    return ", ".join(name for flag, name in names.items() if flag in flags)


# The classes of machines, by the folders of their results: what the page calls them.
CLASSES = {
    "amx": "with AMX",
    "avx512": "with AVX-512, without AMX",
    "avx2": "with AVX2, without AVX-512",
    "other": "of other kinds",
}
# The vectors that place a machine in a class, the most powerful first.
_VECTORS = {"AMX": "amx", "AVX-512": "avx512", "AVX2": "avx2"}


def class_of(found: dict) -> str:
    """The class of a machine, from the vectors in its description."""
    names = found["vectors"].split(", ")
    return next((place for name, place in _VECTORS.items() if name in names), "other")


def here() -> str:
    """The class of this machine."""
    return class_of({"vectors": vectors()})


def memory_byte_count() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def commit() -> str:
    """The commit that is measured, with a plus when files differ from it."""
    head = _output("git", "-C", str(PROJECT), "rev-parse", "--short=10", "HEAD") or "unknown"
    changed = _output("git", "-C", str(PROJECT), "status", "--porcelain", "-uno", "--", "Sources")
    return head + ("+" if changed else "")


def versions() -> dict[str, str]:
    """The rivals' versions, as installed."""
    found = {}
    for package in ENGINES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def peak_gigaflops(threads: int, turns: int = 10) -> float:
    """What the processor reaches at best in multiply-adds that never leave the registers."""
    with Contestant("peak", [str(CONTENDER), "peak", "--threads", str(threads)]) as peak:
        return max(peak.facts["operations"] / peak.turn(0.2) / 1e9 for _ in range(turns))


def stamp(threads: int, command: str, quick: bool) -> dict:
    """All of it, to be stored with each figure."""
    system = platform.freedesktop_os_release() if platform.system() == "Linux" else {}
    return {
        "date": datetime.date.today().isoformat(),
        "commit": commit(),
        "command": command,
        "quick": quick,
        "threads": threads,
        "machine": {
            "processor": processor(),
            "cores": os.cpu_count(),
            "vectors": vectors(),
            "memory_gib": round(memory_byte_count() / 2**30),
            "system": system.get("PRETTY_NAME", f"{platform.system()} {platform.release()}"),
        },
        "peak_gigaflops": round(peak_gigaflops(threads), 1),
        "python": platform.python_version(),
        "swift": _swift_version(),
        "versions": versions(),
    }


def _swift_version() -> str:
    match = re.search(r"Swift version (\S+)", _output("swift", "--version"))
    return match[1] if match else "unknown"


def _output(*command: str) -> str:
    try:
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return run.stdout.strip()
