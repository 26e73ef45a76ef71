#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes evaluation.json: the figures of scikit-learn, NumPy and SciPy for made-up answers. See README.md."""
import json
import pathlib
import warnings

import numpy
import scipy.stats
import sklearn
from sklearn import metrics

BINS = 15


def expected_calibration_error(confidences, hits):
    """Guo et al. 2017 as in their own code: bins open below and closed above."""
    edges = numpy.arange(BINS + 1) / BINS
    error, bins = 0.0, []
    for lower, upper in zip(edges[:-1], edges[1:]):
        inside = (confidences > lower) & (confidences <= upper)
        count = int(inside.sum())
        bins.append({"count": count})
        if count > 0:
            bins[-1]["mean_confidence"] = confidences[inside].mean()
            bins[-1]["accuracy"] = hits[inside].mean()
            error += count / len(hits) * abs(bins[-1]["accuracy"] - bins[-1]["mean_confidence"])
    return error, bins


def intervals():
    """SciPy's Wilson intervals (without continuity correction) of shares at both ends and between."""
    shares = [(209, 209), (0, 209), (208, 209), (1, 1), (0, 1), (1, 2), (3, 8), (81, 100), (9312, 10_000),
              (999_999, 1_000_000), (12, 20)]
    return [
        {"correct": correct, "count": count, "confidence": confidence,
         "bounds": list(scipy.stats.binomtest(correct, count).proportion_ci(confidence, method="wilson"))}
        for correct, count in shares for confidence in (0.5, 0.9, 0.95, 0.99, 0.999999)]


def case(generator, images, classes, sharpness, missing):
    labels = generator.choice([c for c in range(classes) if c not in missing], images)
    logits = generator.normal(size=(images, classes))
    logits[numpy.arange(images), labels] += 1.5
    for c in missing[1:]:
        logits[:, c] = -9  # neither an image nor a prediction
    logits = (logits * sharpness).astype(numpy.float32).astype(float)
    probabilities = numpy.exp(logits - logits.max(1, keepdims=True))
    probabilities /= probabilities.sum(1, keepdims=True)
    predictions = probabilities.argmax(1)
    confidences = probabilities.max(1)
    hits = predictions == labels
    everything = range(classes)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, predictions, labels=everything, zero_division=numpy.nan)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        report = metrics.classification_report(labels, predictions, output_dict=True, zero_division=0)
    error, bins = expected_calibration_error(confidences, hits)
    # Drawn and not used: the cases that follow keep the numbers that they have.
    generator.integers(images, size=(20_000, images))
    averages = ["precision", "recall", "f1-score"]
    nullable = lambda values: [None if numpy.isnan(v) else v for v in values.tolist()]
    return {
        "classes": classes, "labels": labels.tolist(), "logits": logits.flatten().tolist(),
        "loss": metrics.log_loss(labels, probabilities, labels=everything),
        "accuracy": metrics.accuracy_score(labels, predictions),
        "top": [metrics.top_k_accuracy_score(labels, logits, k=k, labels=everything)
                for k in range(1, classes)],
        "confusion": metrics.confusion_matrix(labels, predictions, labels=everything).tolist(),
        "precision": nullable(precision), "recall": nullable(recall), "f1": nullable(f1),
        "support": support.tolist(),
        "macro": [report["macro avg"][key] for key in averages],
        "weighted": [report["weighted avg"][key] for key in averages],
        "calibration_error": error, "bins": bins,
    }


def main():
    generator = numpy.random.default_rng(20160519)
    cases = [case(generator, 60, 4, 1.0, []), case(generator, 150, 10, 1.7, [3]),
             case(generator, 90, 7, 0.6, [2, 5])]
    text = json.dumps({"sklearn": sklearn.__version__, "cases": cases, "intervals": intervals()})
    (pathlib.Path(__file__).parent / "evaluation.json").write_text(text + "\n")


if __name__ == "__main__":
    main()
