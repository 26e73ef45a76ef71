#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes calibration.json: temperatures, losses, calibration errors and bounds by SciPy and NumPy. See README.md."""
import json
import pathlib

import numpy
import scipy
import scipy.optimize
import scipy.special
import scipy.stats

BINS = 15


def loss(logits, labels, temperature):
    return float(-scipy.special.log_softmax(logits / temperature, axis=1)[numpy.arange(len(labels)), labels].mean())


def best_temperature(logits, labels):
    """By the values of the loss alone, without its derivative, over the logarithm of the temperature."""
    found = scipy.optimize.minimize_scalar(
        lambda x: loss(logits, labels, numpy.exp(x)), bounds=(-5, 5), method="bounded", options={"xatol": 1e-12})
    return float(numpy.exp(found.x))


def equal_widths(confidences, hits):
    edges = numpy.arange(BINS + 1) / BINS
    error = 0.0
    for lower, upper in zip(edges[:-1], edges[1:]):
        inside = (confidences > lower) & (confidences <= upper)
        if inside.any():
            error += inside.mean() * abs(hits[inside].mean() - confidences[inside].mean())
    return error


def equal_counts(confidences, hits):
    order = numpy.argsort(confidences, kind="stable")
    parts = [part for part in numpy.array_split(order, BINS) if len(part) > 0]
    return sum(len(part) / len(hits) * abs(hits[part].mean() - confidences[part].mean()) for part in parts)


def figures(logits, labels, temperature):
    probabilities = scipy.special.softmax(logits / temperature, axis=1)
    confidences, hits = probabilities.max(1), probabilities.argmax(1) == labels
    return {
        "loss": loss(logits, labels, temperature), "error": equal_widths(confidences, hits),
        "adaptive_error": equal_counts(confidences, hits),
        "answered": [
            {"threshold": threshold, "count": int((confidences >= threshold).sum()),
             "correct": int(hits[confidences >= threshold].sum())} for threshold in (0.0, 0.3, 0.5, 0.8, 0.95)],
    }


def case(generator, images, classes, sharpness):
    """Logits that are as sure as they are right at the temperature `sharpness`, up to chance."""
    logits = generator.normal(size=(images, classes)) * 1.6
    probabilities = scipy.special.softmax(logits, axis=1)
    labels = numpy.array([generator.choice(classes, p=row) for row in probabilities])
    logits = (logits * sharpness).astype(numpy.float32)
    exact = logits.astype(float)
    temperature = best_temperature(exact, labels)
    return {
        "classes": classes, "labels": labels.tolist(), "logits": [float(x) for x in logits.flatten()],
        "temperature": temperature, "before": figures(exact, labels, 1.0),
        "after": figures(exact, labels, temperature),
    }


def bounds():
    """Clopper and Pearson's upper bounds, one-sided, from the quantiles of the beta distribution."""
    shares = [(0, 1), (0, 149), (3, 206), (1, 2), (17, 1000), (999, 1000), (812, 10_000), (0, 50_000), (2500, 50_000)]
    return [
        {"hits": hits, "count": count, "doubt": doubt,
         "upper": float(scipy.stats.beta.ppf(1 - doubt, hits + 1, count - hits))}
        for hits, count in shares for doubt in (0.5, 0.05, 0.005, 1e-6)]


def main():
    generator = numpy.random.default_rng(20170615)
    cases = [case(generator, 120, 4, 1.0), case(generator, 200, 10, 2.7), case(generator, 80, 3, 0.4),
             case(generator, 53, 2, 12.0)]
    text = json.dumps({"scipy": scipy.__version__, "cases": cases, "bounds": bounds()})
    (pathlib.Path(__file__).parent / "calibration.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
