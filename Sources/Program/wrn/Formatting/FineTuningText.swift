// SPDX-License-Identifier: Apache-2.0

import WRNModel
import WRNRuns

/// What a run has from other weights and what of it moves, in words.
enum FineTuningText {
    static func lines(
        _ fineTuning: TrainingConfiguration.FineTuning, _ transfer: WeightTransfer?, trained: Int,
        parameters: Int
    ) -> [String] {
        var lines: [String] = []
        if let transfer {
            let parts = [
                "\(Numbers.counted(transfer.taken.count, "tensor")) taken",
                text("new", transfer.new), text("dropped", transfer.dropped),
            ]
            lines.append(
                "From \(fineTuning.weights): "
                    + parts.compactMap(\.self).joined(separator: "; "))
        }
        var moving =
            "\(Numbers.grouped(trained)) of \(Numbers.grouped(parameters)) parameters are trained"
        if fineTuning.headOnlyEpochs > 0 {
            moving +=
                ", those of the head alone in the first "
                + Numbers.counted(fineTuning.headOnlyEpochs, "epoch")
        }
        lines.append(moving)
        return lines
    }

    /// The names of a list, of which a long one shows the first.
    private static func text(_ what: String, _ names: [String]) -> String? {
        guard !names.isEmpty else { return nil }
        let shown = names.prefix(4).joined(separator: ", ")
        return "\(what): \(shown)" + (names.count > 4 ? " and \(names.count - 4) more" : "")
    }
}
