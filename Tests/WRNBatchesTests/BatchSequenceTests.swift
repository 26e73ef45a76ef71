// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFetch
import WRNRandom
import WRNTestSupport

@testable import WRNBatches
@testable import WRNDatasets

@Suite("The batches of an epoch")
struct BatchSequenceTests {
    @Test("In order, without augmentation, each number is the normalised pixel")
    func plainBatches() throws {
        let images = try Formula.images(5)
        let batches = try BatchSequence(
            images: images, normalization: .cifar, batchSize: 2)
        #expect(batches.count == 3)
        let table = Normalization.cifar.table()
        var seen: [Int] = []
        for index in 0..<batches.count {
            let batch = try batches.batch(at: index)
            #expect(batch.index == index)
            #expect(batch.count == (index == 2 ? 1 : 2))
            let expected = batch.imageIndices.flatMap { image in
                images.pixels(of: image).enumerated().map {
                    table[256 * ($0.offset % 3) + Int($0.element)]
                }
            }
            #expect(batch.images == expected)
            #expect(batch.labels == batch.imageIndices.map { images.labels[$0] })
            seen += batch.imageIndices
        }
        #expect(seen == [0, 1, 2, 3, 4])
    }

    @Test(
        "The last partial batch is left out on request",
        arguments: [(5, 2), (4, 2), (1, 0), (0, 0)])
    func dropsPartial(_ count: Int, _ expected: Int) throws {
        let images = try Formula.images(5).prefix(count)
        let batches = try BatchSequence(
            images: images, normalization: .cifar, batchSize: 2, dropsLastPartialBatch: true)
        #expect(batches.count == expected)
    }

    @Test("A shuffled epoch has each image once, in the order of its seed and number")
    func shuffles() throws {
        let images = try Formula.images(100)
        func order(seed: UInt64, epoch: Int) throws -> [Int] {
            let batches = try BatchSequence(
                images: images, normalization: .cifar, batchSize: 7,
                order: .shuffled(seed: seed, epoch: epoch))
            return try (0..<batches.count).flatMap { try batches.batch(at: $0).imageIndices }
        }
        let first = try order(seed: 1, epoch: 0)
        #expect(first.sorted() == Array(0..<100))
        #expect(first == RandomStream(seed: 1, purpose: .shuffling).permutation(count: 100))
        #expect(try first == order(seed: 1, epoch: 0))
        #expect(try first != order(seed: 1, epoch: 1))
        #expect(try first != order(seed: 2, epoch: 0))
    }

    @Test("An image is augmented the same wherever it lands in the order")
    func augmentationFollowsImage() throws {
        let images = try Formula.images(40)
        func pixels(orderSeed: UInt64, batchSize: Int) throws -> [Int: [Float]] {
            let batches = try BatchSequence(
                images: images, normalization: .cifar, augmentation: .standard,
                batchSize: batchSize, order: .shuffled(seed: orderSeed, epoch: 3), seed: 9)
            var pixels: [Int: [Float]] = [:]
            for batch in try (0..<batches.count).map({ try batches.batch(at: $0) }) {
                for (position, image) in batch.imageIndices.enumerated() {
                    pixels[image] = Array(batch.images[position * 192..<(position + 1) * 192])
                }
            }
            return pixels
        }
        #expect(try pixels(orderSeed: 1, batchSize: 7) == pixels(orderSeed: 2, batchSize: 11))
    }

    @Test("Arguments that do not fit are refused")
    func validates() throws {
        let images = try Formula.images(3)
        expectError(.invalidArgument, "not 0") {
            try BatchSequence(images: images, normalization: .cifar, batchSize: 0)
        }
        expectError(.inconsistent, "3 channels", "is for 1") {
            try BatchSequence(images: images, normalization: .mnist, batchSize: 1)
        }
        for padding in [-1, 8] {
            expectError(.invalidArgument, "\(padding)", "0 to 7") {
                try BatchSequence(
                    images: images, normalization: .cifar,
                    augmentation: Augmentation(horizontalFlip: false, cropPadding: padding),
                    batchSize: 1)
            }
        }
        expectError(.invalidArgument, "epoch") {
            try BatchSequence(
                images: images, normalization: .cifar, batchSize: 1,
                order: .shuffled(seed: 1, epoch: -1))
        }
    }

    @Test("An image of another size or with other channels than its set's is refused, and not read")
    func otherImages() throws {
        let images = try Formula.images(3)
        let flips = Augmentation(horizontalFlip: true, cropPadding: 1)
        let sets = [
            OwnImages(images, height: 7), OwnImages(images, width: 9),
            // As many bytes as the images have.
            OwnImages(images, height: 4, width: 16),
            OwnImages(images, channels: 1, height: 24),
        ]
        for set in sets {
            for augmentation in [Augmentation.none, flips] {
                expectError(.inconsistent, "tiny: image 0: expected", "found one of 8 x 8 x 3") {
                    try BatchSequence(
                        images: set, normalization: set.channels == 1 ? .mnist : .cifar,
                        augmentation: augmentation, batchSize: 3
                    ).batch(at: 0)
                }
            }
        }
        let own = try BatchSequence(
            images: OwnImages(images), normalization: .cifar, augmentation: flips, batchSize: 3)
        let arrays = try BatchSequence(
            images: images, normalization: .cifar, augmentation: flips, batchSize: 3)
        #expect(try own.batch(at: 0).images == arrays.batch(at: 0).images)
    }

    @Test("A part of an image is refused that is not the one that was chosen")
    func otherParts() throws {
        let images = try Formula.images(10)
        func batch(
            _ images: any ImageSet, _ normalization: Normalization = .cifar
        ) throws -> Batch {
            try BatchSequence(
                images: images, normalization: normalization, augmentation: .photographs,
                batchSize: 10
            ).batch(at: 0)
        }
        expectError(.inconsistent, "expected an image of", "found one of 8 x 8 x 3") {
            try batch(OwnImages(images, cropping: .ignored))
        }
        expectError(.inconsistent, "tiny: image 0: expected a part of the image") {
            try batch(OwnImages(images, cropping: .skipped))
        }
        expectError(.inconsistent, "tiny: image 0: expected an image of") {
            try batch(OwnImages(images, channels: 1), .mnist)
        }
        #expect(try batch(OwnImages(images)).images == batch(images).images)
    }

    @Test("A set is refused when pixels or labels do not fit")
    func validatesImages() {
        func make(_ pixels: Int, _ labels: [Int], height: Int = 2) throws -> LabelledImages {
            try LabelledImages(
                name: "x", channels: 1, height: height, width: 2,
                pixels: [UInt8](repeating: 0, count: pixels), labels: labels,
                classNames: ["a", "b"])
        }
        expectError(.inconsistent, "7 bytes", "2 images of 2 x 2 x 1") { try make(7, [0, 1]) }
        expectError(.inconsistent, "image 1 has the label 2") { try make(8, [0, 2]) }
        expectError(.inconsistent, "label -1") { try make(8, [-1, 0]) }
        expectError(.invalidArgument) { try make(0, [0], height: 0) }
        expectError(.inconsistent) { try make(8, [0, 1], height: .max) }
    }
}
