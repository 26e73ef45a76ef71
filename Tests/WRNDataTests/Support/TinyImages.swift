// SPDX-License-Identifier: Apache-2.0

@testable import WRNDatasets

extension LabelledImages {
    /// Colour images of 8 x 8 by the formula of the fixtures.
    static func tiny(_ count: Int) throws -> LabelledImages {
        try LabelledImages(
            name: "tiny", channels: 3, height: 8, width: 8,
            pixels: (0..<count).flatMap { Formula.image($0, height: 8, width: 8, channels: 3) },
            labels: (0..<count).map { $0 % 10 }, classNames: (0...9).map(String.init))
    }
}
