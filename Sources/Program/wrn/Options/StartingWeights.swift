// SPDX-License-Identifier: Apache-2.0

import WRNHub
import WRNRuns
import WRNText

/// The weights that fine-tuning begins from where none are named.
///
/// Photographs whose shorter sides have ``PhotographDefaults/leastImageNetSide`` pixels or more, by
/// their median, begin from ImageNet's weights if there are some on this machine: those of the
/// smallest network, and of these the ones with the highest published accuracy. All else begins
/// from the model that is part of the program.
struct StartingWeights: Equatable {
    /// The weights that are named to those who have none of ImageNet: of the smaller network, with
    /// a known licence, and the most accurate of these.
    static let proposal = "torchvision:wide_resnet50_2.V2"

    /// The published weights; nil for the bundled model.
    let published: PretrainedWeights?
    /// The median of the photographs' shorter sides; nil for images that are no files.
    let medianSide: Int?

    /// Chooses weights.
    ///
    /// - Parameters:
    ///   - medianSide: The median of the photographs' shorter sides; nil for images that are no
    ///     files.
    ///   - network: The network that they must be of, by its name in the catalogue; nil for any.
    ///   - isHere: Whether published weights are on this machine.
    init(medianSide: Int?, network: String?, isHere: (PretrainedWeights) -> Bool) {
        self.medianSide = medianSide
        guard let medianSide,
            medianSide >= PhotographDefaults.leastImageNetSide || network != nil
        else {
            published = nil
            return
        }
        published = PretrainedWeights.all
            .filter { (network == nil || $0.network == network) && isHere($0) }
            .max { first, second in
                first.parameterCount == second.parameterCount
                    ? first.evaluations[0].top1 < second.evaluations[0].top1
                    : first.parameterCount > second.parameterCount
            }
    }

    /// What `--weights` would name.
    var name: String { published?.tag ?? "bundled" }

    /// The rule, as a table shows it.
    var rule: String {
        published == nil
            ? "part of the program, quick" : "of ImageNet, on this machine; bundled is quicker"
    }

    /// What better weights there are and how to get them; nil for images that are no files, and
    /// where there are none.
    var advice: String? {
        guard medianSide != nil else { return nil }
        if let published {
            let better = PretrainedWeights.all
                .filter { $0.network == published.network && $0.licence != nil }
                .max { $0.evaluations[0].top1 < $1.evaluations[0].top1 }
            guard let better, better.evaluations[0].top1 > published.evaluations[0].top1 + 0.5
            else { return nil }
            return "Better weights of this network: \(better.tag) "
                + "(\(Numbers.fixed(better.evaluations[0].top1, decimals: 1)) % of ImageNet, "
                + "\(Numbers.fixed(published.evaluations[0].top1, decimals: 1)) % here); "
                + "'wrn weights get \(better.tag)' gets them"
        }
        guard let entry = PretrainedWeights.known(Self.proposal) else { return nil }
        let size = entry.approximateByteCount.map { " (\(Numbers.bytes($0)))" } ?? ""
        return "Better weights for photographs, which take far more time: 'wrn weights get "
            + "\(entry.tag)'\(size), then --weights \(entry.tag)"
    }
}
