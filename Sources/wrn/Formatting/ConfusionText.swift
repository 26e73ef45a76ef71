// SPDX-License-Identifier: Apache-2.0

import WRNInference

/// Which classes a model takes for which: the whole matrix where it is small, else the most frequent confusions.
struct ConfusionText {
    let evaluation: Evaluation

    /// The most classes whose matrix is shown.
    private static let maximumMatrixClasses = 12
    private static let maximumConfusions = 10

    /// The lines, after an empty one; none where there is nothing to say.
    func lines(width: Int) -> [String] {
        if evaluation.classes.count <= Self.maximumMatrixClasses {
            let lines = matrix.lines(width: width)
            if lines.allSatisfy({ $0.count <= width }) {
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
        var table = Table([("", .right), ("class", .left)] + counts, yielding: 1)
        for (index, row) in evaluation.confusionMatrix.rows.enumerated() {
            // Zeros would hide what is rare.
            table.add(
                ["\(index)", classes[index].name] + row.map { $0 == 0 ? "." : "\($0)" })
        }
        return table
    }

    private func mostFrequent(width: Int) -> [String] {
        let confusions = evaluation.confusionMatrix.confusions
        guard !confusions.isEmpty else { return [] }
        var table = Table([
            ("true class", .left), ("taken for", .left), ("images", .right), ("of", .right),
        ])
        // Two columns give way: what is left beside them is shared.
        let room = max((width - 24) / 2, 8)
        for confusion in confusions.prefix(Self.maximumConfusions) {
            let label = evaluation.classes[confusion.label]
            let prediction = evaluation.classes[confusion.prediction]
            table.add([
                Table.shortened(label.name, to: room), Table.shortened(prediction.name, to: room),
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
