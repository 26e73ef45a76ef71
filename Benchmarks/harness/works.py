# SPDX-License-Identifier: Apache-2.0
"""What is measured against whom, and how far ahead we want to be."""

from dataclasses import dataclass, field

# How an engine is called in the tables; what stands after the comma is how it is run.
LABELS = {
    "ours": "ours",
    "ours-f32": "ours, float32",
    "ours-1-thread": "ours, 1 thread",
    "ours-bf16": "ours, bf16",
    "torch": "PyTorch",
    "torch-cl": "PyTorch, channels last",
    "torch-bf16": "PyTorch, channels last, bf16 autocast",
    "onnxruntime": "ONNX Runtime",
    "openvino": "OpenVINO",
    "openvino-bf16": "OpenVINO, bf16",
    "mnn": "MNN",
    "ncnn": "ncnn",
}

INFERENCE_RIVALS = (
    "torch",
    "torch-cl",
    "torch-bf16",
    "onnxruntime",
    "openvino",
    "openvino-bf16",
    "mnn",
)
TRAINING_RIVALS = ("torch", "torch-cl", "torch-bf16")
# The engines that take turns with ours in bfloat16.
BFLOAT16_INFERENCE_RIVALS = ("ours-f32", "torch-bf16", "openvino-bf16")
BFLOAT16_TRAINING_RIVALS = ("ours-f32", "torch-bf16")


@dataclass(frozen=True)
class Work:
    """One network, one batch, and the engines that take turns at it."""

    kind: str
    network: str
    batch: int
    rivals: tuple[str, ...]
    # The factor by which we mean to be faster than a rival.
    goals: dict[str, float] = field(default_factory=dict)
    # The instruction set that all are limited to; empty for the best there is.
    instruction_set: str = ""
    # The precision in which ours computes.
    precision: str = "float32"
    # The goals on machines with AMX, where they differ.
    amx_goals: dict[str, float] | None = None

    def goals_on(self, machines: str) -> dict[str, float]:
        """The goals on a class of machines."""
        return self.amx_goals if machines == "amx" and self.amx_goals else self.goals

    @property
    def is_latency(self) -> bool:
        """Whether the time of one image is what matters, and not that of many."""
        return self.kind == "inference" and self.batch == 1

    @property
    def name(self) -> str:
        precision = "" if self.precision == "float32" else self.precision
        parts = [self.kind, self.network, f"b{self.batch}", self.instruction_set, precision]
        if "ours-1-thread" in self.rivals:
            parts.append("threads")
        return "-".join(part for part in parts if part)

    @property
    def title(self) -> str:
        limit = f", {self.instruction_set.upper()} only" if self.instruction_set else ""
        precision = "" if self.precision == "float32" else f", {self.precision}"
        return f"{self.network.upper()} {self.kind}, batch {self.batch}{limit}{precision}"

    @property
    def input(self) -> tuple[int, int, int]:
        return (3, 224, 224) if self.is_for_imagenet else (3, 32, 32)

    @property
    def classes(self) -> int:
        return 1000 if self.is_for_imagenet else 10

    @property
    def is_for_imagenet(self) -> bool:
        return self.network.split("-")[1] in ("50", "101", "152")


WORKS = (
    Work(
        "inference",
        "wrn-28-10",
        16,
        INFERENCE_RIVALS,
        {"openvino": 2.4, "openvino-bf16": 1.2, "mnn": 1.4},
    ),
    Work("inference", "wrn-28-10", 1, (*INFERENCE_RIVALS, "ncnn"), {"ncnn": 1.25, "openvino": 2}),
    Work("inference", "wrn-16-4", 64, INFERENCE_RIVALS, {"openvino": 2.1, "mnn": 1.25}),
    Work("inference", "wrn-50-2", 8, INFERENCE_RIVALS, {"openvino": 1.5, "mnn": 1.2}),
    Work(
        "inference",
        "wrn-50-2",
        1,
        (*INFERENCE_RIVALS, "ncnn"),
        {"torch": 1.3, "torch-cl": 1.3, "onnxruntime": 1.3, "openvino": 1.3, "mnn": 1.3}
        | {"ncnn": 1.3},
    ),
    Work("training", "wrn-16-4", 64, TRAINING_RIVALS, {"torch-cl": 2.5, "torch-bf16": 1.4}),
    Work("training", "wrn-28-10", 32, TRAINING_RIVALS, {"torch-cl": 2.5, "torch-bf16": 1.2}),
    Work("training", "wrn-16-1", 128, TRAINING_RIVALS, {"torch-cl": 2}),
    *(
        Work(
            kind,
            network,
            batch,
            BFLOAT16_TRAINING_RIVALS if kind == "training" else BFLOAT16_INFERENCE_RIVALS,
            # Where no unit for bfloat16 helps, it may not cost anything.
            {"ours-f32": 0.98},
            precision="bfloat16",
            amx_goals=amx_goals,
        )
        for kind, network, batch, amx_goals in (
            ("inference", "wrn-28-10", 16, {"openvino-bf16": 1.5, "ours-f32": 3}),
            ("inference", "wrn-28-10", 1, {"openvino-bf16": 1.2}),
            ("inference", "wrn-16-4", 64, {"openvino-bf16": 1.05}),
            ("inference", "wrn-50-2", 8, {"openvino-bf16": 1.5}),
            ("inference", "wrn-50-2", 1, {"openvino-bf16": 1.2}),
            ("training", "wrn-28-10", 32, {"torch-bf16": 2.5, "ours-f32": 3}),
            ("training", "wrn-16-4", 64, {"torch-bf16": 2}),
            ("training", "wrn-16-1", 128, {"torch-bf16": 1.3}),
        )
    ),
    Work("inference", "wrn-28-10", 16, ("openvino",), {"openvino": 1.5}, "avx2"),
    Work("inference", "wrn-28-10", 16, ("ours-1-thread",), {"ours-1-thread": 1.85}),
    Work("training", "wrn-16-4", 64, ("ours-1-thread",), {"ours-1-thread": 1.85}),
)
