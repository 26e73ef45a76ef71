// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets
import WRNFetch
import WRNTestSupport

@testable import WRNBatches

@Suite("Scaling of normalised images")
struct ImageScalingTests {
    private struct Case: Decodable {
        let from, to: [Int]
        let channels: Int
        let images, scaled: [Float]
    }

    @Test("gives the numbers of PyTorch's interpolate with antialias")
    func parity() throws {
        let cases = try fixture([Case].self, from: "scaling/scaling.json")
        #expect(cases.count == 5)
        for test in cases {
            let scaling = ImageScaling(
                from: (test.from[0], test.from[1]), to: (test.to[0], test.to[1]),
                channels: test.channels)
            let scaled = scaling.scaled(test.images, count: 2)
            #expect(scaled.count == test.scaled.count)
            for (one, other) in zip(scaled, test.scaled) { #expect(abs(one - other) < 2e-6) }
        }
    }

    private let augmentation = Augmentation(
        horizontalFlip: true, cropPadding: 2, cutout: 3, mixup: 0.4)

    private func sequence(
        _ images: LabelledImages, _ size: (height: Int, width: Int)?
    ) throws -> BatchSequence {
        try BatchSequence(
            images: images, normalization: .cifar, augmentation: augmentation, batchSize: 3,
            order: .shuffled(seed: 4, epoch: 2), seed: 4, scaledTo: size)
    }

    @Test("is the last thing that is done to a batch, after augmentation and mixing")
    func batches() throws {
        let images = try Formula.images(5)
        let (whole, small) = (try sequence(images, nil), try sequence(images, (4, 6)))
        let scaling = ImageScaling(
            from: (images.height, images.width), to: (4, 6), channels: images.channels)
        for index in 0..<whole.count {
            let (one, other) = (try whole.batch(at: index), try small.batch(at: index))
            #expect(other.images == scaling.scaled(one.images, count: one.count))
            #expect(other.labels == one.labels && other.mixing == one.mixing)
        }
        // The set's own size changes nothing.
        let same = try sequence(images, (images.height, images.width))
        #expect(try same.batch(at: 0).images == whole.batch(at: 0).images)
    }

    @Test("refuses sizes that are none, or larger than the images")
    func refuses() throws {
        let images = try Formula.images(2)
        for size in [(0, 8), (8, 0), (images.height + 1, 8), (8, images.width + 1)] {
            let error = #expect(throws: DataError.self) { try sequence(images, size) }
            #expect(error?.message.contains("are scaled down to 1 pixel or more each way") == true)
        }
    }
}
