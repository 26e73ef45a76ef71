// SPDX-License-Identifier: Apache-2.0

import WRNInference

/// Which classes a model takes for which: the whole matrix where it is small, else the most frequent confusions.
struct ConfusionText {
    let evaluation: Evaluation

    /// The most classes whose matrix is shown.
    private static let maximumMatrixClasses = 12
    private static let maximumConfusions = 10

    /// The lines, after an empty one; none where there is nothing to say.
    func lines(width: TextWidth) -> [String] {
        if evaluation.classes.count <= Self.maximumMatrixClasses {
            let lines = matrix.lines(width: width)
            if !width.isFixed || lines.allSatisfy({ $0.count <= width.columns }) {
                return ["", "true classes in rows, predicted ones in columns", ""] + lines
            }
        }
        return mostFrequent(width: width)
    }

    private var matrix: Table {
        let classes = evaluation.classes
        let counts: [(header: String, alignment: Table.Alignment)] = classes.indices.map {
            ("\($0)", .right)
        }
        var table = Table([("", .right), ("class", .left)] + counts, yielding: [1])
        for (index, row) in evaluation.confusionMatrix.rows.enumerated() {
            // Zeros would hide what is rare.
            table.add(
                ["\(index)", classes[index].name] + row.map { $0 == 0 ? "." : "\($0)" })
        }
        return table
    }

    private func mostFrequent(width: TextWidth) -> [String] {
        let confusions = evaluation.confusionMatrix.confusions
        guard !confusions.isEmpty else { return [] }
        var table = Table(
            [("true class", .left), ("taken for", .left), ("images", .right), ("of", .right)],
            yielding: [0, 1])
        for confusion in confusions.prefix(Self.maximumConfusions) {
            let label = evaluation.classes[confusion.label]
            table.add([
                label.name, evaluation.classes[confusion.prediction].name,
                Numbers.grouped(confusion.count), Numbers.grouped(label.count),
            ])
        }
        let heading =
            confusions.count > Self.maximumConfusions
            ? "the \(Self.maximumConfusions) most frequent of \(Numbers.grouped(confusions.count)) confusions"
            : "confusions"
        return ["", heading, ""] + table.lines(width: width)
    }
}
