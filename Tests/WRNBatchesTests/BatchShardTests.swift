// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFetch
import WRNImages
import WRNTestSupport

@testable import WRNBatches
@testable import WRNDatasets

@Suite("The shards of a batch")
struct BatchShardTests {
    /// Images of which some cannot be read.
    private struct BrokenImages: ImageSet {
        let images: LabelledImages
        let broken: Set<Int>

        var name: String { images.name }
        var channels: Int { images.channels }
        var height: Int { images.height }
        var width: Int { images.width }
        var labels: [Int] { images.labels }
        var classNames: [String] { images.classNames }
        var split: Split? { images.split }

        func title(of index: Int) -> String { images.title(of: index) }

        func image(
            at index: Int, cropping: (_ height: Int, _ width: Int) -> PixelRegion?
        ) throws(DataError) -> PixelImage {
            try check(index)
            return try images.image(at: index, cropping: cropping)
        }

        func fittedImage(at index: Int) throws(DataError) -> PixelImage {
            try check(index)
            return try images.fittedImage(at: index)
        }

        func prefix(_ count: Int) -> BrokenImages {
            BrokenImages(images: images.prefix(count), broken: broken)
        }

        private func check(_ index: Int) throws(DataError) {
            guard broken.contains(index) else { return }
            throw DataError(.malformed, "image \(index) is broken")
        }
    }

    private static let augmentation = Augmentation(horizontalFlip: true, cropPadding: 2)

    private func sequence(
        _ images: any ImageSet, _ sharding: BatchSharding,
        augmentation: Augmentation = Self.augmentation
    ) throws -> BatchSequence {
        try BatchSequence(
            images: images, normalization: .cifar, augmentation: augmentation, batchSize: 10,
            order: .shuffled(seed: 3, epoch: 2), seed: 9, skipsBroken: true, sharding: sharding)
    }

    @Test("are contiguous, and as equal as the images allow", arguments: [1, 2, 4, 8, 64], 0...20)
    func places(count: Int, images: Int) {
        let sharding = BatchSharding(count: count)
        let places = (0..<count).map { sharding.places(ofShard: $0, ofBatch: images) }
        #expect(places.flatMap { Array($0) } == Array(0..<images))
        let sizes = places.map(\.count)
        #expect((sizes.max() ?? 0) - (sizes.min() ?? 0) <= 1)
        #expect(sharding.places(ofBatch: images) == 0..<images)
    }

    @Test("have the images of the whole batch, whoever prepares them", arguments: [2, 4, 8])
    func whole(parts: Int) throws {
        let images = try Formula.images(37)
        let one = try sequence(images, BatchSharding())
        for index in 0..<one.count {
            let whole = try one.batch(at: index)
            #expect(whole.shards == [Batch.Shard(images: 0..<whole.count, firstPlace: 0)])
            let eight = try sequence(images, BatchSharding(count: 8)).batch(at: index)
            #expect(eight.images == whole.images && eight.labels == whole.labels)
            let batches = try (0..<parts).map { part in
                let prepared = part * 8 / parts..<(part + 1) * 8 / parts
                return try sequence(images, BatchSharding(count: 8, prepared: prepared))
                    .batch(at: index)
            }
            #expect(batches.flatMap(\.images) == whole.images)
            #expect(batches.flatMap(\.imageIndices) == whole.imageIndices)
            #expect(
                batches.flatMap(\.shards).map(\.firstPlace) == eight.shards.map(\.firstPlace))
            #expect(
                batches.flatMap(\.shards).map(\.images.count) == eight.shards.map(\.images.count))
        }
    }

    @Test("stay where they are when files are broken")
    func broken() throws {
        let images = try Formula.images(20)
        let whole = try sequence(images, BatchSharding()).batch(at: 0)
        // The third and the fourth, which are one of four shards' first two, and the last.
        let broken = Set([2, 3, 9].map { whole.imageIndices[$0] })
        let set = BrokenImages(images: images, broken: broken)
        let batch = try sequence(set, BatchSharding(count: 4)).batch(at: 0)
        #expect(batch.shards.map(\.firstPlace) == [0, 2, 5, 7])
        #expect(batch.shards.map(\.images) == [0..<2, 2..<3, 3..<5, 5..<7])
        #expect(batch.broken.count == 3 && batch.count == 7)
        #expect(batch.imageIndices == whole.imageIndices.filter { !broken.contains($0) })
        let last = try sequence(set, BatchSharding(count: 4, prepared: 3..<4)).batch(at: 0)
        #expect(last.shards == [Batch.Shard(images: 0..<2, firstPlace: 7)])
        #expect(last.broken.count == 1)
    }

    @Test("mix their images among themselves, by the numbers of the batch")
    func mixing() throws {
        let images = try Formula.images(20)
        var augmentation = Self.augmentation
        augmentation.mixup = 0.4
        augmentation.cutmix = 1
        let plain = try sequence(images, BatchSharding(count: 4)).batch(at: 1)
        let mixed = try sequence(
            images, BatchSharding(count: 4), augmentation: augmentation
        ).batch(at: 1)
        let mixing = try #require(mixed.mixing)
        let size = plain.images.count / plain.count
        var expected: [Float] = []
        for shard in plain.shards {
            var part = Array(
                plain.images[shard.images.lowerBound * size..<shard.images.upperBound * size])
            mixing.apply(
                to: &part, count: shard.images.count, height: images.height, width: images.width)
            expected += part
        }
        #expect(mixed.images == expected && mixed.images != plain.images)
        let half = try sequence(
            images, BatchSharding(count: 4, prepared: 2..<4), augmentation: augmentation
        ).batch(at: 1)
        #expect(half.images == Array(expected.suffix(half.images.count)))
        #expect(half.mixing == mixing)
    }
}
