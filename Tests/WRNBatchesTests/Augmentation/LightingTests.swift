// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNBatches
@testable import WRNDatasets
@testable import WRNFetch

@Suite("Lighting")
struct LightingTests {
    private let lit = Augmentation(horizontalFlip: false, cropPadding: 0, lighting: 0.1)

    /// The covariance of the shifts is that of the components: 0.01 · Σ v σ² vᵀ, computed with
    /// NumPy.
    @Test("shifts colours along ImageNet's principal components")
    func covariance() throws {
        let count = 40_000
        var products = [[Double]](repeating: [0, 0, 0], count: 3)
        var sums = [0.0, 0, 0]
        for image in 0..<count {
            let shift = try #require(lit.lightingShift(seed: 9, epoch: 2, image: image))
            for row in 0..<3 {
                sums[row] += Double(shift[row])
                for column in 0..<3 {
                    products[row][column] += Double(shift[row]) * Double(shift[column])
                }
            }
        }
        let expected = [
            [1.5421e-4, 1.5585e-4, 1.5494e-4], [1.5585e-4, 1.5971e-4, 1.6029e-4],
            [1.5494e-4, 1.6029e-4, 1.6286e-4],
        ]
        for row in 0..<3 {
            #expect(abs(sums[row] / Double(count)) < 3e-4)
            for column in 0..<3 {
                let found = products[row][column] / Double(count)
                #expect(abs(found / expected[row][column] - 1) < 0.03, "\(row), \(column)")
            }
        }
    }

    @Test("is added to the normalised image, before a part of it is erased")
    func isAdded() throws {
        let images = try LabelledImages(
            name: "x", channels: 3, height: 2, width: 2, pixels: Array(0..<12), labels: [0],
            classNames: ["a"])
        let normalization = try Normalization(
            mean: [0.5, 0.25, 0], standardDeviation: [0.5, 0.25, 2])
        func batch(_ augmentation: Augmentation) throws -> [Float] {
            let loader = try BatchLoader(
                images: images, normalization: normalization, augmentation: augmentation,
                batchSize: 1, order: .shuffled(seed: 3, epoch: 4), seed: 3, workers: 1)
            return try #require(try loader.next()).images
        }
        let plain = try batch(Augmentation(horizontalFlip: false, cropPadding: 0))
        let shift = try #require(lit.lightingShift(seed: 3, epoch: 4, image: 0))
        let shifted = try batch(lit)
        for (place, value) in shifted.enumerated() {
            let wanted =
                plain[place] + shift[place % 3] / normalization.standardDeviation[place % 3]
            #expect(value == wanted, "\(place)")
        }
        var erased = lit
        erased.cutout = 4
        #expect(try batch(erased).contains(0))
    }

    @Test("is for images in colour, and within reason")
    func isRefused() {
        let error = #expect(throws: DataError.self) { try lit.check(channels: 1) }
        #expect(
            error?.message == "lighting is for images of 3 channels (red, green, blue), not 1")
        var bright = lit
        bright.lighting = -1
        #expect(throws: DataError.self) { try bright.validate() }
    }
}
