# SPDX-License-Identifier: Apache-2.0

import json
import unittest
from pathlib import Path

from harness import kernels, wrn
from harness.contestant import Failure

SUMMARY = {
    "input": "3x32x32",
    "layers": [
        {"name": "conv0", "kind": "convolution", "kernel": "3x3", "inputs": ["input"]}
        | {"output": "16x32x32"},
        {"name": "relu", "kind": "relu", "inputs": ["conv0"], "output": "16x32x32"},
        {"name": "conv1", "kind": "convolution", "kernel": "3x3", "inputs": ["relu"]}
        | {"output": "16x32x32"},
        {"name": "conv2", "kind": "convolution", "kernel": "3x3", "inputs": ["conv1"]}
        | {"output": "16x32x32"},
        {"name": "fc", "kind": "linear", "inputs": ["conv2"], "output": "10x1x1"},
    ],
}


class KernelTests(unittest.TestCase):
    def setUp(self) -> None:
        self.plan = json.loads((Path(__file__).parent / "plan.json").read_text())

    def test_layers_of_equal_work_have_equal_names(self) -> None:
        names = kernels.layer_names(SUMMARY)
        self.assertEqual(names["conv0"], "3x3 3 -> 16 @ 32x32")
        self.assertEqual(names["conv1"], names["conv2"])
        self.assertEqual(names["fc"], "linear 16 -> 10 @ 1x1")

    def test_equal_layers_share_a_row_and_their_times_add_up(self) -> None:
        steps = wrn.multiplying_steps(self.plan)
        rows = kernels.group([steps], kernels.layer_names(SUMMARY))
        self.assertEqual([row["count"] for row in rows], [1, 2, 1])
        self.assertEqual(rows[0]["parts"]["forward"]["gigaflops"], 200)
        # 2 x (3 + 3) x 10^9 operations in 20 + 40 ms.
        self.assertEqual(rows[1]["parts"]["forward"]["gigaflops"], 200)
        self.assertEqual(rows[1]["parts"]["weight_gradient"]["gigaflops"], 200)
        self.assertNotIn("input_gradient", rows[1]["parts"])

    def test_the_speed_is_the_median_of_the_runs(self) -> None:
        steps = wrn.multiplying_steps(self.plan)
        slow = [step | {"measured_seconds": 2 * step["measured_seconds"]} for step in steps]
        rows = kernels.group([steps, slow, slow], kernels.layer_names(SUMMARY))
        self.assertEqual(rows[0]["parts"]["forward"]["gigaflops"], 100)
        self.assertEqual(rows[0]["parts"]["forward"]["range"], [100, 200])

    def test_a_plan_may_stand_alone(self) -> None:
        self.assertEqual(len(wrn.multiplying_steps(self.plan["plan"])), 4)

    def test_a_plan_without_times_is_refused(self) -> None:
        for step in self.plan["plan"]["steps"]:
            step["measured_seconds"] = None
        with self.assertRaisesRegex(Failure, "no measured step"):
            wrn.multiplying_steps(self.plan)
        with self.assertRaisesRegex(Failure, "no list of steps"):
            wrn.multiplying_steps({})
