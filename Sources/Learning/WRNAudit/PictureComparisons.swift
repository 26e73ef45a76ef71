// SPDX-License-Identifier: Apache-2.0

import Dispatch
import WRNThreads

/// The comparisons of the pixels of different images.
///
/// ``HashIndex`` finds the images whose fingerprints are near, ``PictureSimilarity`` compares their
/// pixels, and ``CopyRule`` tells copies from images that only look alike.
struct PictureComparisons: Sendable {
    /// Two images that are alike, by their places among the compared ones.
    struct Pair: Hashable, Sendable {
        /// The place of the earlier one.
        let first: Int32
        /// The place of the later one.
        let second: Int32
        /// How similar they are, in `0...1`.
        let similarity: Float
        /// Whether one of them is more similar to the mirror image of the other.
        let isMirrored: Bool
    }

    /// What the comparisons found.
    struct Found: Sendable {
        /// The pairs of at least ``CopyRule/leastSimilarity``, by their first and second images.
        var pairs: [Pair] = []
        /// The number of images that have more near fingerprints than are compared.
        var crowdedCount = 0
    }

    /// The images with near fingerprints, and as many with near fingerprints of their mirror
    /// images, whose pixels are compared with those of one image at most.
    static let maximumCandidateCount = 128
    /// The farther fingerprints, and as many of mirror images, that are looked at for images that
    /// are alike all the same.
    private static let farCandidateCount = 64

    private let images: [Int]
    private let traces: ImageTraces
    private let index: HashIndex

    /// Prepares the comparisons of some of the images.
    init(of images: [Int], _ traces: ImageTraces) {
        self.images = images
        self.traces = traces
        index = HashIndex(images.map { traces.hashes[$0] })
    }

    /// Compares the images, on all processors; the result does not depend on their number.
    ///
    /// - Parameters:
    ///   - progress: Called with the numbers of compared and of all images, on several threads.
    ///   - isCancelled: Called now and then, on several threads; true cancels.
    /// - Throws: `CancellationError` when `isCancelled` returned true.
    func alike(
        progress: @Sendable (_ done: Int, _ total: Int) -> Void, isCancelled: @Sendable () -> Bool
    ) throws -> Found {
        let total = images.count
        let blocks = try Self.blocks(of: total, { progress($0, total) }, isCancelled) { entries in
            var found = Found()
            for entry in entries { add(entry, to: &found) }
            return found
        }
        return blocks.reduce(into: Found()) { all, block in
            all.pairs += block.pairs
            all.crowdedCount += block.crowdedCount
        }
    }

    /// Compares an image with later ones, mirrored, too; of a pair the larger similarity counts.
    private func add(_ entry: Int, to found: inout Found) {
        var pairs: [Int: Pair] = [:]
        var isCrowded = false
        for isMirrored in [false, true] {
            let matches = index.matches(of: hash(of: entry, isMirrored: isMirrored), above: entry)
            if matches.count > Self.maximumCandidateCount { isCrowded = true }
            for match in matches.prefix(Self.maximumCandidateCount) {
                let similarity = PictureSimilarity.of(
                    images[entry], images[match.entry], in: traces, isMirrored: isMirrored)
                guard similarity >= CopyRule.leastSimilarity,
                    similarity > pairs[match.entry]?.similarity ?? 0
                else { continue }
                pairs[match.entry] = Pair(
                    first: Int32(entry), second: Int32(match.entry), similarity: similarity,
                    isMirrored: isMirrored)
            }
        }
        found.pairs += pairs.values.sorted { $0.second < $1.second }
        if isCrowded { found.crowdedCount += 1 }
    }

    private func hash(of entry: Int, isMirrored: Bool) -> PerceptualHash {
        let hash = traces.hashes[images[entry]]
        return isMirrored ? hash.mirrored : hash
    }

    /// An image that may have copies, and those that are like it.
    private struct Surroundings: Sendable {
        let entry: Int
        let alike: [CopyRule.Likeness]
    }

    /// The pairs whose images are copies, each of the other.
    ///
    /// - Parameters:
    ///   - pairs: All pairs that ``alike(progress:isCancelled:)`` found.
    ///   - isCancelled: Called now and then, on several threads; true cancels.
    /// - Throws: `CancellationError` when `isCancelled` returned true.
    func copies(among pairs: [Pair], isCancelled: @Sendable () -> Bool) throws -> [Pair] {
        let surroundings = Self.surroundings(pairs)
        let blocks = try Self.blocks(of: surroundings.count, { _ in }, isCancelled) { places in
            places.map { place in
                let (entry, alike) = (surroundings[place].entry, surroundings[place].alike)
                return CopyRule.copies(among: alike, far: far(from: entry, alike))
            }
        }
        var copies: [Int: Set<Int>] = [:]
        for (place, found) in blocks.joined().enumerated() {
            copies[surroundings[place].entry] = found
        }
        return pairs.filter { pair in
            let (first, second) = (Int(pair.first), Int(pair.second))
            return copies[first]?.contains(second) == true
                && copies[second]?.contains(first) == true
        }
    }

    /// The images of pairs that are similar enough for copies, in their order.
    private static func surroundings(_ pairs: [Pair]) -> [Surroundings] {
        var alike: [Int: [CopyRule.Likeness]] = [:]
        for pair in pairs where pair.similarity >= CopyRule.threshold {
            alike[Int(pair.first)] = []
            alike[Int(pair.second)] = []
        }
        for pair in pairs {
            let (first, second) = (Int(pair.first), Int(pair.second))
            alike[first]?.append(
                CopyRule.Likeness(image: second, similarity: pair.similarity))
            alike[second]?.append(
                CopyRule.Likeness(image: first, similarity: pair.similarity))
        }
        return alike.map { Surroundings(entry: $0.key, alike: $0.value) }
            .sorted { $0.entry < $1.entry }
    }

    /// The similarities of the images that are most like one of those with farther fingerprints.
    ///
    /// The fingerprints of images that look alike need not be near: signs of frequencies that an
    /// image hardly has, the odd ones of a symmetric one, are chance.
    private func far(from entry: Int, _ alike: [CopyRule.Likeness]) -> [Float] {
        let known = Set(alike.map(\.image))
        let image = images[entry]
        var others: [Int: (similarity: Float, isMirrored: Bool)] = [:]
        for isMirrored in [false, true] {
            let candidates = index.fartherEntries(
                from: hash(of: entry, isMirrored: isMirrored), count: Self.farCandidateCount)
            for other in candidates where other != entry && !known.contains(other) {
                let similarity = PictureSimilarity.unmoved(
                    image, images[other], in: traces, isMirrored: isMirrored)
                guard similarity > others[other]?.similarity ?? 0 else { continue }
                others[other] = (similarity, isMirrored)
            }
        }
        return others.sorted { ($1.value.similarity, $0.key) < ($0.value.similarity, $1.key) }
            .prefix(CopyRule.farCount)
            .map { other in
                PictureSimilarity.of(
                    image, images[other.key], in: traces, isMirrored: other.value.isMirrored)
            }
    }

    private static let blockSize = 32

    /// Computes something for each block of `0..<count`, on all processors; the results are in the
    /// order of the blocks.
    private static func blocks<Part: Sendable>(
        of count: Int, _ progress: @Sendable (_ done: Int) -> Void,
        _ isCancelled: @Sendable () -> Bool, _ body: @Sendable (Range<Int>) -> Part
    ) throws -> [Part] {
        let blockCount = (count + blockSize - 1) / blockSize
        let found = Locked((parts: [Part?](repeating: nil, count: blockCount), done: 0))
        DispatchQueue.concurrentPerform(iterations: blockCount) { block in
            guard !isCancelled() else { return }
            let places = block * blockSize..<min((block + 1) * blockSize, count)
            let part = body(places)
            let done = found.withLock { found in
                found.parts[block] = part
                found.done += places.count
                return found.done
            }
            progress(done)
        }
        let parts = found.withLock { $0.parts.compactMap(\.self) }
        guard parts.count == blockCount else { throw CancellationError() }
        return parts
    }
}
