# SPDX-License-Identifier: Apache-2.0

import unittest
from unittest import mock

from harness import results, tables
from harness.paths import DOCUMENT

STAMP = {
    "date": "2026-01-01",
    "commit": "abc",
    "command": "Benchmarks/run inference",
    "quick": False,
    "threads": 2,
    "peak_gigaflops": 234.0,
    "machine": {
        "processor": "a processor",
        "cores": 2,
        "vectors": "AVX2",
        "memory_gib": 8,
        "system": "a system",
    },
    "python": "3.11",
    "swift": "6.3",
    "versions": {"MNN": "3"},
}
ENTRY = {
    "title": "WRN-28-10 inference, batch 16",
    "rounds": 3,
    "goals": {"mnn": 1.4},
    "engines": {
        "ncnn": {"failure": "takes one | image"},
        "mnn": {
            "images_per_second": 20.0,
            "range": [19.0, 21.0],
            "ratio": 2.5,
            "ratio_range": [2.4, 2.6],
            "deviation": 1e-6,
            "peak_byte_count": 3_000_000,
        },
        "ours": {"images_per_second": 50.0, "range": [49.0, 51.0], "deviation": 2e-6},
    },
    "stamp": STAMP,
}


def entries(machines: str = "avx2", **of: dict) -> mock._patch:
    def read(section: str, kind: str) -> dict:
        return of.get(section, {}) if kind == machines else {}

    return mock.patch.object(results, "read", read)


class TableTests(unittest.TestCase):
    def test_ours_comes_first_and_ratios_stand_beside_the_goal(self) -> None:
        with entries(networks={"inference-wrn-28-10-b16": ENTRY}):
            lines = tables.networks("inference", "avx2").splitlines()
        self.assertTrue(lines[4].startswith("| ours | 50.0 | 49.0 - 51.0 |"))
        self.assertIn("| **2.50x** | 2.40 - 2.60 | 1.4x | 1e-06 | 3 MB |", lines[5])

    def test_a_rival_that_failed_is_said_and_breaks_no_row(self) -> None:
        with entries(networks={"inference-wrn-28-10-b16": ENTRY}):
            lines = tables.networks("inference", "avx2").splitlines()
        self.assertIn("not measured: takes one / image", lines[6])
        self.assertEqual(lines[6].count("|"), lines[5].count("|"))

    def test_a_layer_says_when_it_is_no_direct_convolution(self) -> None:
        direct = {"gigaflops": 200.0, "percent_of_peak": 90.0, "algorithm": "direct"}
        winograd = {"gigaflops": 300.0, "percent_of_peak": 135.0, "algorithm": "winograd_4x4"}
        row = {"layer": "3x3", "count": 2}
        row["parts"] = {"forward": direct, "weight_gradient": winograd}
        entry = {"batch": 8, "rounds": 1, "peak_gigaflops": 222.0, "layers": [row], "stamp": STAMP}
        with entries(kernels={"wrn-16-4": entry}):
            text = tables.kernel_tables("avx2")
        self.assertIn("| 3x3 | 2 | 200 (90 %) |  | 300 (135 %), winograd_4x4 |", text)

    def test_a_second_machine_is_told_apart(self) -> None:
        other = ENTRY | {"stamp": STAMP | {"swift": "7"}}
        with entries(networks={"one": ENTRY}):
            self.assertNotIn("environment", tables._source(ENTRY, ""))
        with entries(networks={"one": ENTRY, "two": other}):
            self.assertIn("environment 2", tables._source(other, ""))

    def test_each_class_of_machines_has_its_own_tables(self) -> None:
        both = {"amx": ENTRY | {"title": "on tiles"}, "avx2": ENTRY}

        def read(section: str, kind: str) -> dict:
            entry = both.get(kind) if section == "networks" else None
            return {"inference-wrn-28-10-b16": entry} if entry else {}

        with mock.patch.object(results, "read", read):
            text = tables.SECTIONS["inference"]()
            self.assertEqual(tables.SECTIONS["training"](), tables.NOTHING)
        heads = [line for line in text.splitlines() if line.startswith(("###", "**"))]
        self.assertEqual(
            heads,
            [
                "### Machines with AMX",
                "**on tiles**",
                "### Machines with AVX2, without AVX-512",
                f"**{ENTRY['title']}**",
            ],
        )
        with entries(networks={"inference-wrn-28-10-b16": ENTRY}):
            self.assertNotIn("###", tables.SECTIONS["inference"]())

    def test_one_image_has_percentiles_of_its_time(self) -> None:
        timed = {"p50": 12.25, "p99": 240.0, "steps": 200}
        ours = ENTRY["engines"]["ours"] | {"latency": timed}
        entry = ENTRY | {"engines": ENTRY["engines"] | {"ours": ours}}
        with entries(networks={"inference-wrn-28-10-b1": entry}):
            lines = tables.networks("inference", "avx2").splitlines()
        self.assertTrue(lines[2].endswith("| peak memory | p50, ms | p99, ms |"))
        self.assertTrue(lines[4].endswith("| 12.2 | 240 |"))
        self.assertTrue(lines[5].endswith("| 3 MB |  |  |"))
        self.assertEqual({line.count("|") for line in lines[2:7]}, {lines[2].count("|")})
        self.assertIn("percentiles of 200 or more steps", lines[-1])

    def test_the_page_has_a_place_for_every_table(self) -> None:
        text = DOCUMENT.read_text()
        for section in tables.SECTIONS:
            self.assertIn("\n\nNEW\n\n", tables.replaced(text, section, "NEW"))

    def test_the_page_is_what_the_results_say(self) -> None:
        text = DOCUMENT.read_text()
        for section, render in tables.SECTIONS.items():
            self.assertEqual(tables.replaced(text, section, render()), text, section)

    def test_a_page_without_the_place_is_refused(self) -> None:
        with self.assertRaisesRegex(ValueError, "markers of inference"):
            tables.replaced("text", "inference", "NEW")
