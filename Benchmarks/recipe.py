# SPDX-License-Identifier: Apache-2.0
"""Times training by the recipe `modern`, by `wrn train` and by PyTorch, turn by turn; see Benchmarks/recipe.

Both train the same network on the same number of images of 32 x 32 pixels: flips and shifts, smoothed labels, SGD with Nesterov's momentum
without decay of vectors, one cycle of the learning rate, and averaged weights after each step. PyTorch runs in float32 in the
memory layout that is faster here, channels last, and prepares whole batches with NumPy; bf16 is its autocast.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from rivals import networks

BATCH = 128


def make_arrays(folder):
    """Files in the binary layout of CIFAR-10, with random pixels: the speed does not depend on what they show."""
    generator = np.random.default_rng(2)
    folder.mkdir()
    for name in [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]:
        records = generator.integers(0, 256, (10_000, 3073), dtype=np.uint8)
        records[:, 0] = np.arange(10_000) % 10
        records.tofile(folder / name)
    (folder / "batches.meta.txt").write_text("".join(f"class {number}\n" for number in range(10)))


def ours(wrn, network, data, images, threads):
    """Images a second of an epoch by `wrn train`, as its record has it: the evaluation does not count."""
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        subprocess.run(
            [wrn, "train", network, "--data", data, "--run", run, "--recipe", "modern", "--epochs", "1", "--limit",
             str(images), "--threads", str(threads), "--no-report"], check=True, stdout=subprocess.DEVNULL)
        return json.loads((run / "metrics.jsonl").read_text())["images_per_second"]


class Rival:
    """A network in PyTorch with all that a step of the recipe does."""

    def __init__(self, network, data, images, is_bf16):
        depth, width = (int(part) for part in network.split("-")[1:])
        torch.manual_seed(1)
        self.net = networks.WideResNet(depth, width, 10).to(memory_format=torch.channels_last).train()
        self.is_bf16 = is_bf16
        vectors = [p for p in self.net.parameters() if p.ndim == 1]
        matrices = [p for p in self.net.parameters() if p.ndim > 1]
        self.optimizer = torch.optim.SGD(
            [{"params": matrices, "weight_decay": 5e-4}, {"params": vectors, "weight_decay": 0.0}], lr=0.2, momentum=0.9,
            nesterov=True)
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(
            self.optimizer, 0.2, total_steps=1_000_000, pct_start=0.2, div_factor=10, final_div_factor=1000,
            anneal_strategy="linear", cycle_momentum=False)
        self.average = AveragedModel(self.net, multi_avg_fn=get_ema_multi_avg_fn(0.999), use_buffers=True)
        records = np.concatenate([
            np.fromfile(data / f"data_batch_{n}.bin", dtype=np.uint8).reshape(-1, 3073) for n in range(1, 6)])[:images]
        self.labels = torch.from_numpy(records[:, 0].astype(np.int64))
        pixels = records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255
        self.padded = np.pad((pixels - 0.48) / 0.25, ((0, 0), (0, 0), (4, 4), (4, 4)), mode="reflect")
        self.generator = np.random.default_rng(1)

    def batch(self, indices):
        """Shifted and mirrored images."""
        rows, columns = self.generator.integers(0, 9, (2, len(indices)))
        flips = self.generator.integers(0, 2, len(indices))
        images = np.stack([
            self.padded[i, :, r:r + 32, c:c + 32][:, :, ::-1 if f else 1]
            for i, r, c, f in zip(indices, rows, columns, flips)])
        return torch.from_numpy(images).contiguous(memory_format=torch.channels_last)

    def epoch(self):
        """Images a second of an epoch."""
        start, count = time.perf_counter(), len(self.padded)
        order = self.generator.permutation(count)
        for first in range(0, count, BATCH):
            indices = order[first:first + BATCH]
            self.optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=self.is_bf16):
                logits = self.net(self.batch(indices))
            F.cross_entropy(logits.float(), self.labels[indices], label_smoothing=0.1).backward()
            self.optimizer.step()
            self.schedule.step()
            self.average.update_parameters(self.net)
        return count / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wrn", required=True)
    parser.add_argument("--network", default="wrn-16-2")
    parser.add_argument("--images", type=int, default=6400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true", help="time PyTorch's autocast to bfloat16, too")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "cifar-10-batches-bin"
        make_arrays(data)
        rivals = {"PyTorch float32": Rival(options.network, data, options.images, False)}
        if options.bf16:
            rivals["PyTorch bf16"] = Rival(options.network, data, options.images, True)
        speeds = {"wrn": []} | {name: [] for name in rivals}
        for _ in range(options.rounds):
            speeds["wrn"].append(ours(options.wrn, options.network, data, options.images, options.threads))
            for name, rival in rivals.items():
                speeds[name].append(rival.epoch())
    print(f"{options.network}, recipe modern, batch {BATCH}, {options.threads} threads, {options.rounds} rounds")
    for name, values in speeds.items():
        ratios = [ours / other for ours, other in zip(speeds["wrn"], values)]
        print(
            f"{name:16} {statistics.median(values):7.0f} images/s ({min(values):.0f} to {max(values):.0f})"
            f"  {50_000 / statistics.median(values) / 60:6.2f} minutes for 50,000 images"
            f"  wrn is {statistics.median(ratios):.2f} times as fast ({min(ratios):.2f} to {max(ratios):.2f})")


main()
