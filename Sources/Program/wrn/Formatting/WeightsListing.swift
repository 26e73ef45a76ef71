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

    /// The columns before the last one; the short ones alone fit 80 characters.
    static let columns: [(header: String, alignment: Table.Alignment, isShort: Bool)] = [
        ("name", .left, true), ("parameters", .right, false), ("size", .right, true),
        ("top-1", .right, true), ("top-5", .right, true), ("preparation", .left, true),
        ("licence", .left, false),
    ]

    /// Where the weights are, or only whether they are here.
    func place(isWide: Bool) -> String { isWide ? path ?? "-" : path == nil ? "-" : "yes" }

    /// The row's cells before the last one.
    var cells: [String] {
        let best = weights.evaluations[0]
        let preparation = weights.preparation
        return [
            weights.tag, Numbers.grouped(weights.parameterCount),
            weights.approximateByteCount.map(Numbers.bytes) ?? "-",
            Numbers.fixed(best.top1, decimals: 2), Numbers.fixed(best.top5, decimals: 2),
            "\(preparation.scaledHeight)/\(preparation.height) \(preparation.interpolation.rawValue)",
            weights.licence ?? "-",
        ]
    }
}
