// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension TrainingConfiguration {
    /// What a person should know before the run begins, one sentence each; nothing of it stops the run.
    ///
    /// - Parameter graph: The network of ``model``.
    public func warnings(for graph: Graph) -> [String] {
        [normalizationWarning(graph)].compactMap(\.self)
    }

    /// A normalisation over one value gives its offset, whatever the value is: variance and deviation from the mean are 0.
    private func normalizationWarning(_ graph: Graph) -> String? {
        guard fineTuning?.frozenStatistics != true else { return nil }
        let normalizations = graph.nodes.filter {
            if case .batchNormalization = $0.operation { true } else { false }
        }
        guard let smallest = normalizations.min(by: { Self.positions($0) < Self.positions($1) }),
            Self.positions(smallest) == 1
        else { return nil }
        let last = data.trainImages % batch
        let hasWhole = data.trainImages >= batch
        let hasLast = last > 0 && !(practice.skipsLastPartialBatch && hasWhole)
        let isWhole = hasWhole && hasPartOfOne(batch)
        guard isWhole || (hasLast && hasPartOfOne(last)) else { return nil }
        let layer = "the batch normalisation \(smallest.name), whose features are 1x1,"
        let reason =
            "its result then depends on no image and nothing before it learns (PyTorch refuses such a step)"
        let parts = practice.parts > 1 ? " or fewer parts (accumulation)" : ""
        return isWhole
            ? "\(layer) sees one value a channel in every step, in a part of one image: \(reason); choose a larger batch\(parts) or larger images"
            : "\(layer) sees one value a channel in the last batch of each epoch, which leaves one image alone: \(reason); choose another "
                + "batch size\(parts), or leave that batch out (skip_last_partial_batch)"
    }

    /// Whether a batch of so many images is computed in parts of which one has a single image.
    private func hasPartOfOne(_ count: Int) -> Bool {
        let part = min(partBatch, count)
        return part == 1 || count % part == 1
    }

    private static func positions(_ node: Node) -> Int { node.shape.height * node.shape.width }
}
