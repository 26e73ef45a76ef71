#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes what PyTorch computes for schedules, targets and a whole run. See README.md.

    python make_fixtures.py [FOLDER]

Needs torch==2.13.0 (CPU) and numpy.
"""
import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch.optim import lr_scheduler as lrs

import same_run

HERE = pathlib.Path(__file__).resolve().parent


def optimizer(base):
    return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)


def rates(base, make, count, values=None):
    """The learning rates of `count` steps (or epochs) of a scheduler; `values` are what each step tells it."""
    rule = optimizer(base)
    scheduler = make(rule)
    result = []
    for step in range(count):
        result.append(rule.param_groups[0]["lr"])
        rule.step()
        if step + 1 < count:
            scheduler.step(*([] if values is None else [values[step]]))
    return result


def warmed(warmup, after):
    """`warmup` steps in a straight line to the base rate, then another scheduler."""
    def make(rule):
        rise = lrs.LinearLR(rule, start_factor=1 / warmup, end_factor=1, total_iters=warmup - 1)
        return lrs.SequentialLR(rule, [rise, after(rule)], milestones=[warmup])
    return make


def schedules():
    cases = []

    def add(shape, base, steps, epochs, make, warmup=0, each_epoch=False, losses=None):
        count = epochs if each_epoch else epochs * steps
        cases.append(dict(
            shape=shape, warmupEpochs=warmup, base=base, stepsPerEpoch=steps, epochs=epochs,
            stepsPerRate=steps if each_epoch else 1, validationLosses=losses or [],
            rates=rates(base, make, count, losses)))

    def multi(milestones, ratio):
        return lambda rule: lrs.MultiStepLR(rule, milestones, gamma=ratio)

    # After 60, 120 and 160 epochs, and at the start of the epochs 60, 120 and 160, counted from 1.
    for milestones, ratio, base, epochs in (
        ([60, 120, 160], 0.2, 0.1, 200), ([59, 119, 159], 0.2, 0.1, 200), ([79, 119], 0.1, 0.01, 160),
        ([30, 60], 0.1, 0.1, 90), ([], 0.5, 0.3, 5),
    ):
        add(dict(steps=dict(milestones=milestones, ratio=ratio)), base, 3, epochs, multi(milestones, ratio),
            each_epoch=True)
    # The warm-up as a factor of its own, as ChainedScheduler joins them.
    add(dict(steps=dict(milestones=[3, 5], ratio=0.2)), 0.1, 7, 8, lambda rule: lrs.ChainedScheduler([
        lrs.LinearLR(rule, start_factor=1 / 14, end_factor=1, total_iters=13), multi([21, 35], 0.2)(rule)]), warmup=2)
    add(dict(constant={}), 0.3, 10, 4, lambda rule: lrs.LinearLR(
        rule, start_factor=1 / 15, end_factor=1, total_iters=14), warmup=1.5)
    add(dict(constant={}), 0.3, 10, 2, lambda rule: lrs.ConstantLR(rule, factor=1))
    for floor, warmup, steps, epochs in ((0, 0, 10, 20), (0.05, 0, 7, 12), (0, 1, 10, 20), (0.01, 2.5, 10, 15)):
        first, base = round(warmup * steps), 0.1
        cosine = lambda rule: lrs.CosineAnnealingLR(rule, epochs * steps - first, eta_min=floor * base)
        add(dict(cosine=dict(floor=floor)), base, steps, epochs, warmed(first, cosine) if first else cosine, warmup=warmup)
    for peak, start, end, course in (
        (0.3, 25, 1e4, "cosine"), (0.3, 25, 1e4, "linear"), (0.2, 10, 1e3, "linear"), (0.5, 4, 10, "cosine"),
        (0, 25, 100, "cosine"), (1, 5, 100, "linear"), (0.123, 25, 1e4, "cosine"),
    ):
        add(dict(oneCycle=dict(_0=dict(peak=peak, startDivisor=start, endDivisor=end, course=course))), 0.2, 9, 11,
            lambda rule: lrs.OneCycleLR(
                rule, max_lr=0.2, total_steps=99, pct_start=float(peak), anneal_strategy="cos" if course == "cosine" else course,
                cycle_momentum=False, div_factor=start, final_div_factor=end))
    # The recipe modern, with steps enough to see its corners.
    add(dict(oneCycle=dict(_0=dict(peak=0.2, startDivisor=10, endDivisor=1000, course="linear"))), 0.2, 5, 40,
        lambda rule: lrs.OneCycleLR(rule, max_lr=0.2, total_steps=200, pct_start=0.2, anneal_strategy="linear",
                                    cycle_momentum=False, div_factor=10, final_div_factor=1000))
    random = np.random.default_rng(7)
    falling = (2 * 0.9 ** np.arange(12)).tolist()
    noisy = (1 + random.random(60)).round(4).tolist()
    # Better by less than the threshold, exactly as good, and far worse.
    close = [1.0, 1.0, 0.99995, 0.9998, 0.9998, 1e300, 0.5, 0.5, 0.5, 0.5, 0.5, 0.4999, 0.49994, 0.1]
    for ratio, patience, threshold, base, losses in (
        (0.1, 10, 1e-4, 0.1, noisy), (0.5, 2, 1e-4, 0.1, noisy), (0.2, 0, 0.05, 0.1, noisy), (0.1, 1, 1e-4, 0.1, close),
        (0.1, 1, 0, 0.1, close), (0.1, 3, 1e-4, 0.1, falling),
        # PyTorch stops where a fall would be of 1e-8 or less.
        (0.1, 0, 1e-4, 0.1, [1.0] * 14), (0.5, 0, 1e-4, 3e-8, [1.0] * 6),
    ):
        add(dict(plateau=dict(_0=dict(ratio=ratio, patience=patience, threshold=threshold))), base, 4, len(losses),
            lambda rule: lrs.ReduceLROnPlateau(rule, factor=ratio, patience=patience, threshold=threshold),
            each_epoch=True, losses=losses)
    return cases


def targets():
    """Cross-entropy as PyTorch users write it for smoothed labels and mixed images, and its gradient of the logits."""
    cases = []
    generator = torch.Generator().manual_seed(20160519)
    for images, classes, smoothing, share in (
        (5, 4, 0.1, None), (6, 10, 0.0, 0.3125), (7, 10, 0.1, 0.75), (4, 3, 0.25, 1.0), (4, 3, 0.0, 0.0), (1, 5, 0.1, 0.5),
    ):
        logits = (2 * torch.randn(images, classes, generator=generator)).double().requires_grad_()
        labels = torch.randint(classes, (images,), generator=generator)
        def loss_of(labels):
            return F.cross_entropy(logits, labels, label_smoothing=smoothing)
        loss = loss_of(labels) if share is None else share * loss_of(labels) + (1 - share) * loss_of(labels.roll(1))
        loss.backward()
        cases.append(dict(
            classes=classes, smoothing=smoothing, share=share, labels=labels.tolist(),
            logits=logits.detach().flatten().tolist(), loss=loss.item(), gradient=logits.grad.flatten().tolist()))
    return cases


def class_weights():
    """The weighted cross-entropy of `cross_entropy(weight=)`, and the weights from the classes' numbers of images."""
    cases = []
    generator = torch.Generator().manual_seed(20190407)
    for kind, beta, counts, images, smoothing, share in (
        ("balanced", 0.999, [40, 10, 4], 6, 0.0, None), ("balanced", 0.999, [500, 5, 50, 1, 20], 9, 0.1, None),
        ("effective-number", 0.99, [500, 5, 50], 7, 0.0, None), ("effective-number", 0.9999, [9, 3, 1000, 77], 8, 0.2, None),
        ("balanced", 0.999, [40, 10, 4], 6, 0.0, 0.3125), ("balanced", 0.999, [3, 0, 9, 30], 5, 0.1, 0.75),
    ):
        present = [n for n in counts if n]
        if kind == "balanced":
            weights = [sum(present) / (len(present) * n) if n else 1 for n in counts]
        else:
            raw = [(1 - beta) / (1 - beta ** n) if n else 0 for n in counts]
            weights = [w * len(present) / sum(raw) if n else 1 for w, n in zip(raw, counts)]
        classes = len(counts)
        logits = (2 * torch.randn(images, classes, generator=generator)).double().requires_grad_()
        labels = torch.tensor([c for c in range(classes) if counts[c]])[
            torch.randint(len(present), (images,), generator=generator)]
        def loss_of(labels):
            return F.cross_entropy(logits, labels, weight=torch.tensor(weights).double(), label_smoothing=smoothing)
        loss = loss_of(labels) if share is None else share * loss_of(labels) + (1 - share) * loss_of(labels.roll(1))
        loss.backward()
        cases.append(dict(
            kind=kind, beta=beta, counts=counts, weights=weights, smoothing=smoothing, share=share,
            labels=labels.tolist(), logits=logits.detach().flatten().tolist(), loss=loss.item(),
            gradient=logits.grad.flatten().tolist()))
    return cases


# A run of the recipe paper-cifar on images of the tests' own making.
RUN = dict(network="wrn-10-0.5", seed=5, epochs=10, batch=32, images=200, imageSeed=11, classes=3)


def bands(count, seed, classes, side=9):
    """The tests' images: in each class another third of the rows is bright."""
    labels = np.arange(count) % classes
    pixels = np.arange(side * side)
    bright = (pixels // side * classes // side)[None] == labels[:, None]
    noise = np.stack([same_run.Stream(seed, same_run.SHUFFLING, item=i).integers(pixels, 100) for i in range(count)])
    return (noise + 120 * bright).astype(np.uint8).reshape(count, side, side, 1), labels


def measured(pixels):
    values = pixels.reshape(-1).astype(np.float64)
    return [np.float32(values.mean() / 255)], [np.float32(values.std() / 255)]


def run(dtype=torch.float32):
    pixels, labels = bands(RUN["images"], RUN["imageSeed"], RUN["classes"])
    net = same_run.WideResNet(10, 0.5, 1, RUN["classes"])
    same_run.initialize(net, RUN["seed"])
    # Milestones 60, 120 and 160 of 200 epochs are 3, 6 and 8 of 10, counted from 1.
    drops = [2, 5, 7]
    return same_run.train(
        net, same_run.normalized(pixels, *measured(pixels)), labels, seed=RUN["seed"], epochs=RUN["epochs"],
        batch=RUN["batch"], rates=[0.1 * 0.2 ** sum(e >= d for d in drops) for e in range(RUN["epochs"])],
        drops=drops, flip=True, padding=4, dtype=dtype)


# A hundred steps in bfloat16.
BFLOAT16 = dict(network="wrn-10-1", seed=5, epochs=20, batch=40, images=200, imageSeed=11, classes=5, learningRate=0.01)


def bfloat16_run(autocast):
    pixels, labels = bands(BFLOAT16["images"], BFLOAT16["imageSeed"], BFLOAT16["classes"])
    net = same_run.WideResNet(10, 1, 1, BFLOAT16["classes"])
    same_run.initialize(net, BFLOAT16["seed"])
    losses = same_run.train(
        net, same_run.normalized(pixels, *measured(pixels)), labels, seed=BFLOAT16["seed"], epochs=BFLOAT16["epochs"],
        batch=BFLOAT16["batch"], rates=[BFLOAT16["learningRate"]] * BFLOAT16["epochs"], drops=[], flip=False, padding=0,
        autocast=autocast)
    return [loss for epoch in losses for loss in epoch]


def write(path, value):
    path.write_text(json.dumps(value, separators=(",", ":")) + "\n")
    print(f"{path.name}: {path.stat().st_size} bytes")


def main(arguments):
    torch.set_num_threads(1)
    folder = pathlib.Path(arguments[0]) if arguments else HERE
    write(folder / "schedules.json", schedules())
    write(folder / "targets.json", targets())
    write(folder / "class_weights.json", class_weights())
    losses, precise = run(), run(torch.float64)
    write(folder / "run.json", dict(RUN, losses=losses))
    halved, whole = bfloat16_run(True), bfloat16_run(False)
    write(folder / "bfloat16.json", dict(BFLOAT16, losses=halved, losses32=whole))
    apart = max(abs(a / b - 1) for a, b in zip(halved, whole))
    print(f"    {len(halved)} steps in bfloat16 and in float32: losses apart by at most {apart:.1e}")
    for epoch, (single, double) in enumerate(zip(losses, precise), 1):
        a, b = np.mean(single), np.mean(double)
        print(f"    epoch {epoch}: {a:.6f}, in double precision {b:.6f}, apart by {abs(a / b - 1):.1e}")


if __name__ == "__main__":
    main(sys.argv[1:])
