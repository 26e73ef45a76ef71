# SPDX-License-Identifier: Apache-2.0

import tempfile
import unittest
from pathlib import Path
from unittest import mock

from harness import duels, machine, results
from harness.works import WORKS


def stamp(vectors: str) -> dict:
    return {"machine": {"vectors": vectors}}


class ResultTests(unittest.TestCase):
    def test_the_class_follows_from_the_vectors(self) -> None:
        for vectors, expected in (
            ("AVX2, AVX-512, AVX-512 BF16, AMX", "amx"),
            ("AVX2, AVX-512, AVX-512 BF16", "avx512"),
            ("AVX2, AVX-512", "avx512"),
            ("AVX2", "avx2"),
            ("NEON", "other"),
            ("", "other"),
        ):
            self.assertEqual(machine.class_of({"vectors": vectors}), expected, vectors)
        self.assertIn(machine.here(), machine.CLASSES)

    def test_results_of_one_class_never_replace_those_of_another(self) -> None:
        with (
            tempfile.TemporaryDirectory() as folder,
            mock.patch.object(results, "RESULTS", Path(folder) / "Results"),
        ):
            results.write("networks", "one", {"title": "tiles"}, stamp("AVX2, AVX-512, AMX"))
            results.write("networks", "one", {"title": "vectors"}, stamp("AVX2, AVX-512"))
            results.write("networks", "two", {"title": "more"}, stamp("AVX2, AVX-512"))
            self.assertEqual(results.read("networks", "amx")["one"]["title"], "tiles")
            found = results.read("networks", "avx512")
            self.assertEqual(found["one"]["title"], "vectors")
            self.assertEqual(list(found), ["one", "two"])
            self.assertEqual(results.read("networks", "avx2"), {})

    def test_the_committed_results_lie_in_the_folder_of_their_class(self) -> None:
        count = 0
        for machines in machine.CLASSES:
            for section in ("networks", "kernels", "scaling", "memory", "startup"):
                for entry in results.read(section, machines).values():
                    self.assertEqual(machine.class_of(entry["stamp"]["machine"]), machines)
                    count += 1
        self.assertGreater(count, 10)

    def test_percentiles_are_measured_times_at_the_nearest_rank(self) -> None:
        times = [number / 1000 for number in range(200, 0, -1)]
        self.assertEqual(duels.latency(times), {"p50": 100.0, "p99": 198.0, "steps": 200})
        self.assertEqual(duels.latency([0.25]), {"p50": 250.0, "p99": 250.0, "steps": 1})


class WorkTests(unittest.TestCase):
    def test_names_are_unique(self) -> None:
        self.assertEqual(len({work.name for work in WORKS}), len(WORKS))

    def test_bfloat16_takes_turns_with_float32_and_rivals_in_bfloat16(self) -> None:
        works = [work for work in WORKS if work.precision == "bfloat16"]
        self.assertEqual({work.kind for work in works}, {"inference", "training"})
        for work in works:
            self.assertEqual(work.rivals[0], "ours-f32")
            self.assertIn("torch-bf16", work.rivals)
            self.assertTrue(work.name.endswith("-bfloat16"))
            self.assertEqual(work.goals_on("avx512"), {"ours-f32": 0.98})
            self.assertGreater(max(work.goals_on("amx").values()), 1)
