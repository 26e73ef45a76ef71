// SPDX-License-Identifier: Apache-2.0

import WRNHub
import WRNImages

/// Known weights, and where they are.
struct WeightsListing: Encodable {
    let weights: PretrainedWeights
    /// The file on this machine; nil when it is not here.
    let path: String?

    private enum CodingKeys: CodingKey {
        case path
    }

    func encode(to encoder: any Encoder) throws {
        try weights.encode(to: encoder)
        var values = encoder.container(keyedBy: CodingKeys.self)
        try values.encodeIfPresent(path, forKey: .path)
    }

    /// A row of the list.
    var cells: [String] {
        let best = weights.evaluations[0]
        let preparation = weights.preparation
        return [
            weights.tag, Numbers.grouped(weights.parameterCount),
            weights.approximateByteCount.map(Numbers.bytes) ?? "-",
            Numbers.fixed(best.top1, decimals: 2), Numbers.fixed(best.top5, decimals: 2),
            "\(preparation.scaledHeight)/\(preparation.height) \(preparation.interpolation.rawValue)",
            weights.licence ?? "-", path ?? "-",
        ]
    }
}
