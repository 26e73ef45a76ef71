// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// Images that two splits have in common, byte for byte: a quick look before training, beside which
/// an audit also finds copies that were changed.
///
/// Files are compared by their sizes and then by their SHA-256, so that hardly any is read but
/// those in question; images in arrays by their pixels.
package struct SharedImages: Sendable {
    /// The most bytes that are read; with more in question the look is left out.
    static let maximumByteCount = 256 << 20

    /// The number of images of the second split that the first has, too.
    package let count: Int
    /// The first of them: its names in the first and in the second split.
    package let example: (first: String, second: String)?

    /// Compares two splits; nil for sets of different kinds, and where that would take long.
    package init?(_ first: any ImageSet, _ second: any ImageSet) {
        switch (first, second) {
        case (let first as ImageFiles, let second as ImageFiles):
            self.init(files: first, second)
        case (let first as LabelledImages, let second as LabelledImages):
            self.init(arrays: first, second)
        default: return nil
        }
    }

    private init?(files first: ImageFiles, _ second: ImageFiles) {
        let (firstSizes, secondSizes) = (Self.sizes(of: first), Self.sizes(of: second))
        let shared = Set(firstSizes.keys).intersection(secondSizes.keys)
        let bytes = shared.reduce(0) { sum, size in
            sum + size * ((firstSizes[size]?.count ?? 0) + (secondSizes[size]?.count ?? 0))
        }
        guard bytes <= Self.maximumByteCount else { return nil }
        var pairs: [(Int, Int)] = []
        for size in shared {
            var known: [String: Int] = [:]
            for index in firstSizes[size] ?? [] {
                if let digest = Self.digest(of: first, index), known[digest] == nil {
                    known[digest] = index
                }
            }
            for index in secondSizes[size] ?? [] {
                if let digest = Self.digest(of: second, index), let other = known[digest] {
                    pairs.append((other, index))
                }
            }
        }
        self.init(first, second, pairs)
    }

    private init?(arrays first: LabelledImages, _ second: LabelledImages) {
        guard first.imageByteCount == second.imageByteCount,
            (first.count + second.count) * first.imageByteCount <= Self.maximumByteCount
        else { return nil }
        var known: [[UInt8]: [Int]] = [:]
        known.reserveCapacity(second.count)
        for index in second.labels.indices {
            known[second.pixels(of: index), default: []].append(index)
        }
        var pairs: [(Int, Int)] = []
        for index in first.labels.indices {
            for other in known.removeValue(forKey: first.pixels(of: index)) ?? [] {
                pairs.append((index, other))
            }
        }
        self.init(first, second, pairs)
    }

    private init(_ first: any ImageSet, _ second: any ImageSet, _ pairs: [(Int, Int)]) {
        count = pairs.count
        example = pairs.min { ($0.1, $0.0) < ($1.1, $1.0) }.map { pair in
            (ImageName.of(pair.0, in: first), ImageName.of(pair.1, in: second))
        }
    }

    private static func sizes(of files: ImageFiles) -> [Int: [Int]] {
        var sizes: [Int: [Int]] = [:]
        for index in files.labels.indices {
            if let size = files.fileByteCount(at: index) { sizes[size, default: []].append(index) }
        }
        return sizes
    }

    private static func digest(of files: ImageFiles, _ index: Int) -> String? {
        guard let bytes = try? files.fileBytes(at: index) else { return nil }
        var digest = FileDigest.Computation(like: .sha256(""))
        bytes.withUnsafeBytes { digest.update($0) }
        return digest.digest.digits
    }
}
