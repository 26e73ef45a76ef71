# SPDX-License-Identifier: Apache-2.0
"""Times training by a recipe, by `wrn train` and by PyTorch, turn by turn; see Benchmarks/recipe.

Both train the same network on the same number of images of 32 x 32 pixels, by the numbers of the recipe: flips and shifts, smoothed labels, SGD
with Nesterov's momentum or Muon, without decay of vectors, one cycle of the learning rate, and averaged weights after each step where the recipe
keeps such. Where its images grow, each size is timed, and the minutes of the whole recipe are the sum over its epochs. PyTorch runs in
float32 in the memory layout that is faster here, channels last, and prepares whole batches with NumPy; bf16 is its autocast.

Beside it stands airbench94, the network and schedule with which "94% on CIFAR-10 in 3.29 Seconds on a Single GPU" (Jordan 2024) reaches that
accuracy: 9.9 epochs, and an evaluation of six views of each test image. Its accuracy is the paper's, its time is measured here.
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
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from rivals import networks

TRAINING_IMAGES, TEST_IMAGES = 50_000, 10_000


def make_arrays(folder):
    """Files in the binary layout of CIFAR-10, with random pixels: the speed does not depend on what they show."""
    generator = np.random.default_rng(2)
    folder.mkdir()
    for name in [f"data_batch_{number}.bin" for number in range(1, 6)] + ["test_batch.bin"]:
        records = generator.integers(0, 256, (10_000, 3073), dtype=np.uint8)
        records[:, 0] = np.arange(10_000) % 10
        records.tofile(folder / name)
    (folder / "batches.meta.txt").write_text("".join(f"class {number}\n" for number in range(10)))


class Recipe:
    """The numbers of a recipe of `wrn recipes`."""

    def __init__(self, wrn, name):
        shown = subprocess.run([wrn, "recipes", name], capture_output=True, text=True, check=True).stdout
        self.name = name
        self.settings = json.loads(shown)
        self.batch, self.epochs = self["batch"], self["epochs"]
        self.is_muon = self["optimizer"] == "muon"
        self.padding = self.settings.get("crop_padding", 4)
        # Every size with the epochs that train at it, as TrainingConfiguration.ImageGrowth has them.
        sizes = self.settings.get("image_sizes", [])
        shares = self.settings.get("image_size_shares", [n / (len(sizes) + 1) for n in range(1, len(sizes) + 1)])
        ends = [min(round(share * self.epochs), self.epochs - 1) for share in shares] + [self.epochs]
        self.phases = [
            (size, end - begin) for size, begin, end in zip([*sizes, 32], [0, *ends], ends)]

    def __getitem__(self, name):
        return self.settings[name]

    def minutes(self, speeds):
        """The minutes of all epochs, by the images a second at each size."""
        return sum(count * TRAINING_IMAGES / speeds[size] for size, count in self.phases) / 60


def ours(wrn, network, recipe, data, images, threads):
    """Images a second at each size by `wrn train`, as its record has it: the evaluation does not count."""
    with tempfile.TemporaryDirectory() as folder:
        run = pathlib.Path(folder) / "run"
        command = [
            wrn, "train", network, "--data", data, "--run", run, "--recipe", recipe.name, "--epochs", len(recipe.phases),
            "--limit", images, "--threads", threads, "--no-report"]
        if len(recipe.phases) > 1:
            shares = ",".join(f"{number / len(recipe.phases):.6f}" for number in range(1, len(recipe.phases)))
            command += ["--set", f"image_size_shares=[{shares}]"]
        subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        records = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
        return {size: record["images_per_second"] for (size, _), record in zip(recipe.phases, records)}


class Muon(torch.optim.Optimizer):
    """Momentum of convolutions, orthogonalised by five steps of Newton and Schulz's iteration; filters keep the norm √outputs."""

    def __init__(self, parameters, lr, momentum):
        super().__init__(parameters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            for filters in group["params"]:
                state = self.state[filters]
                velocity = state.setdefault("velocity", torch.zeros_like(filters))
                velocity.mul_(group["momentum"]).add_(filters.grad)
                x = filters.grad.add(velocity, alpha=group["momentum"]).reshape(len(filters), -1)
                x = x / (x.norm() + 1e-7)
                is_tall = x.shape[0] > x.shape[1]
                x = x.T if is_tall else x
                for _ in range(5):
                    gram = x @ x.T
                    x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
                x = x.T if is_tall else x
                filters.mul_(len(filters) ** 0.5 / filters.norm())
                filters.add_(x.reshape(filters.shape), alpha=-group["lr"])


class Images:
    """Training images in memory, and batches of them as the recipe changes them."""

    def __init__(self, data, count, padding):
        records = np.concatenate([
            np.fromfile(data / f"data_batch_{n}.bin", dtype=np.uint8).reshape(-1, 3073) for n in range(1, 6)])[:count]
        self.labels = torch.from_numpy(records[:, 0].astype(np.int64))
        pixels = records[:, 1:].reshape(-1, 3, 32, 32).astype(np.float32) / 255
        self.padding = padding
        self.padded = np.pad((pixels - 0.48) / 0.25, ((0, 0), (0, 0), (padding, padding), (padding, padding)), mode="reflect")
        self.generator = np.random.default_rng(1)

    def __len__(self):
        return len(self.padded)

    def batches(self, count):
        order = self.generator.permutation(len(self))
        return [order[first:first + count] for first in range(0, len(order), count)]

    def batch(self, indices, size):
        """Shifted, mirrored and scaled images."""
        rows, columns = self.generator.integers(0, 2 * self.padding + 1, (2, len(indices)))
        flips = self.generator.integers(0, 2, len(indices))
        images = torch.from_numpy(np.stack([
            self.padded[i, :, r:r + 32, c:c + 32][:, :, ::-1 if f else 1] for i, r, c, f in zip(indices, rows, columns, flips)]))
        if size != 32:
            images = F.interpolate(images, (size, size), mode="bilinear", antialias=True)
        return images.contiguous(memory_format=torch.channels_last)


class Rival:
    """A network in PyTorch with all that a step of the recipe does."""

    def __init__(self, network, recipe, data, images, is_bf16):
        depth, width = network.split("-")[1:]
        torch.manual_seed(1)
        self.net = networks.WideResNet(int(depth), float(width), 10).to(memory_format=torch.channels_last).train()
        self.recipe, self.is_bf16 = recipe, is_bf16
        filters = [p for p in self.net.parameters() if p.ndim == 4]
        vectors = [p for p in self.net.parameters() if p.ndim == 1]
        others = [p for p in self.net.parameters() if p.ndim == 2]
        rate = recipe["rest_learning_rate"] if recipe.is_muon else recipe["learning_rate"]
        decayed = others if recipe.is_muon else filters + others
        self.optimizers = [torch.optim.SGD(
            [{"params": decayed, "weight_decay": recipe["weight_decay"]}, {"params": vectors, "weight_decay": 0.0}], lr=rate,
            momentum=recipe["momentum"], nesterov=True)]
        if recipe.is_muon:
            self.optimizers.append(Muon(filters, recipe["learning_rate"], recipe["momentum"]))
        self.schedules = [
            torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: max(1 - step / 1_000_000, 0)) for optimizer in self.optimizers]
        decay = recipe.settings.get("ema")
        self.average = AveragedModel(self.net, multi_avg_fn=get_ema_multi_avg_fn(decay), use_buffers=True) if decay else None
        self.images = Images(data, images, recipe.padding)

    def epoch(self, size):
        """Images a second of an epoch."""
        start = time.perf_counter()
        for indices in self.images.batches(self.recipe.batch):
            for optimizer in self.optimizers:
                optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=self.is_bf16):
                logits = self.net(self.images.batch(indices, size))
            smoothing = self.recipe.settings.get("label_smoothing", 0.0)
            F.cross_entropy(logits.float(), self.images.labels[indices], label_smoothing=smoothing).backward()
            for optimizer, schedule in zip(self.optimizers, self.schedules):
                optimizer.step()
                schedule.step()
            if self.average:
                self.average.update_parameters(self.net)
        return len(self.images) / (time.perf_counter() - start)

    def speeds(self):
        return {size: self.epoch(size) for size, _ in self.recipe.phases}


class Airbench94:
    """The network, batch and optimizer of airbench94 (Jordan 2024, section 3), in PyTorch."""

    BATCH, EPOCHS, VIEWS = 1024, 9.9, 6

    def __init__(self, data, images, is_bf16):
        torch.manual_seed(1)

        def normalization(channels):
            layer = nn.BatchNorm2d(channels, eps=1e-12, momentum=0.4)
            layer.weight.requires_grad = False
            return layer

        def group(inputs, outputs):
            return [
                nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.MaxPool2d(2), normalization(outputs), nn.GELU(),
                nn.Conv2d(outputs, outputs, 3, padding=1, bias=False), normalization(outputs), nn.GELU()]

        # Patches of 2 x 2 pixels are whitened by a convolution that is not trained.
        whitening = nn.Conv2d(3, 24, 2)
        whitening.weight.requires_grad = False
        self.net = nn.Sequential(
            whitening, nn.GELU(), *group(24, 64), *group(64, 256), *group(256, 256), nn.MaxPool2d(3), nn.Flatten(),
            nn.Linear(256, 10, bias=False)).to(memory_format=torch.channels_last).train()
        self.is_bf16 = is_bf16
        self.optimizer = torch.optim.SGD(
            [p for p in self.net.parameters() if p.requires_grad], lr=0.01, momentum=0.85, nesterov=True, weight_decay=1e-4)
        self.slow = [tensor.clone() for tensor in self.net.state_dict().values()]
        self.images = Images(data, images, 2)

    def speeds(self):
        """Images a second of training, and those of an evaluation, one view of each."""
        start = time.perf_counter()
        for number, indices in enumerate(self.images.batches(self.BATCH)):
            self.optimizer.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=self.is_bf16):
                logits = self.net(self.images.batch(indices, 32)) / 9
            F.cross_entropy(logits.float(), self.images.labels[indices], label_smoothing=0.2).backward()
            self.optimizer.step()
            if number % 5 == 4:
                with torch.no_grad():
                    for slow, fast in zip(self.slow, self.net.state_dict().values()):
                        if fast.is_floating_point():
                            slow.lerp_(fast, 0.05)
                            fast.copy_(slow)
        training = len(self.images) / (time.perf_counter() - start)
        self.net.eval()
        indices = np.arange(min(len(self.images), 2000))
        images = self.images.batch(indices, 32)
        start = time.perf_counter()
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=self.is_bf16):
            self.net(images)
        self.net.train()
        return {"training": training, "evaluation": len(indices) / (time.perf_counter() - start)}

    def minutes(self, speeds):
        return (self.EPOCHS * TRAINING_IMAGES / speeds["training"] + self.VIEWS * TEST_IMAGES / speeds["evaluation"]) / 60


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wrn", required=True)
    parser.add_argument("--recipe", default="modern", help="a recipe of one cycle, of wrn recipes (modern)")
    parser.add_argument("--network", default="wrn-16-2")
    parser.add_argument("--images", type=int, default=6400)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action="store_true", help="time PyTorch's autocast to bfloat16, too")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    recipe = Recipe(options.wrn, options.recipe)
    with tempfile.TemporaryDirectory() as folder:
        data = pathlib.Path(folder) / "cifar-10-batches-bin"
        make_arrays(data)
        precisions = [False, True] if options.bf16 else [False]
        contestants = {"wrn": lambda: ours(options.wrn, options.network, recipe, data, options.images, options.threads)}
        minutes = {"wrn": recipe.minutes}
        for is_bf16 in precisions:
            precision = "bf16" if is_bf16 else "float32"
            rival = Rival(options.network, recipe, data, options.images, is_bf16)
            airbench = Airbench94(data, options.images, is_bf16)
            contestants |= {f"PyTorch {precision}": rival.speeds, f"airbench94 {precision}": airbench.speeds}
            minutes |= {f"PyTorch {precision}": recipe.minutes, f"airbench94 {precision}": airbench.minutes}
        rounds = {name: [] for name in contestants}
        for _ in range(options.rounds):
            for name, speeds in contestants.items():
                rounds[name].append(speeds())
    print(
        f"{options.network}, recipe {options.recipe}, batch {recipe.batch}, {recipe.epochs} epochs, {options.threads} threads, "
        f"{options.rounds} rounds")
    print("| | images/s | minutes of its whole schedule | wrn is so many times sooner |\n|---|---|--:|--:|")
    totals = {name: [minutes[name](speeds) for speeds in found] for name, found in rounds.items()}
    for name, found in rounds.items():
        shown = ", ".join(f"{what}: {statistics.median(speeds[what] for speeds in found):.0f}" for what in found[0])
        ratios = [other / own for own, other in zip(totals["wrn"], totals[name])]
        print(
            f"| {name} | {shown} | {statistics.median(totals[name]):.1f} | {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}) |")


main()
