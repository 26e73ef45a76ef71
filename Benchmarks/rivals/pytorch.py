# SPDX-License-Identifier: Apache-2.0
"""PyTorch: eager, channels last, and bfloat16 by autocast."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from rivals import networks
from rivals.folder import Folder
from rivals.serve import serve

LAYOUTS = {
    "torch": torch.contiguous_format,
    "torch-cl": torch.channels_last,
    "torch-bf16": torch.channels_last,
}


def infer(folder: Folder, engine: str, threads: int) -> None:
    torch.set_num_threads(threads)
    layout = LAYOUTS[engine]
    network = networks.load(folder.path).to(memory_format=layout)
    images = torch.from_numpy(folder.images()).contiguous(memory_format=layout)

    def step() -> torch.Tensor:
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, engine == "torch-bf16"):
            return network(images)

    def logits() -> np.ndarray:
        return step().float().numpy()

    serve(step, logits)


def train(folder: Folder, engine: str, threads: int) -> None:
    torch.set_num_threads(threads)
    layout = LAYOUTS[engine]
    network = networks.load(folder.path).train().to(memory_format=layout)
    images = torch.from_numpy(folder.images()).contiguous(memory_format=layout)
    labels = torch.from_numpy(folder.labels())
    # The rate of our side, which is small so that thousands of steps on one batch stay finite.
    optimizer = torch.optim.SGD(
        network.parameters(), 0.001, momentum=0.9, nesterov=True, weight_decay=5e-4
    )
    losses: list[float] = []

    def step() -> None:
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, engine == "torch-bf16"):
            loss = F.cross_entropy(network(images), labels)
        loss.backward()
        optimizer.step()
        if len(losses) < 2:
            losses.append(float(loss.detach()))

    serve(step, facts=lambda: {f"loss{index}": loss for index, loss in enumerate(losses)})
