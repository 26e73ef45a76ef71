// SPDX-License-Identifier: Apache-2.0

/// Images that show the same: equal ones, and copies that were compressed, resized, brightened,
/// mirrored or slightly cropped.
struct CopyGroup: Hashable, Sendable {
    /// The images, in their order.
    let images: [Int]
    /// Whether all of them have the same pixels.
    let isExact: Bool
    /// The smallest similarity of the pairs by which they were found, in `0...1`; 1 for equal ones.
    let similarity: Float
    /// Whether some of them are mirror images of others.
    let isMirrored: Bool
}

/// The search for copies among the traces of all images of a data set.
///
/// Equal images are found by their digests. Of each kind of equal ones the first takes part in the
/// search for images that are alike (``PictureComparisons``), unless it is of one colour. Images
/// are copies where each stands out among those that are like the other (``CopyRule``). What is
/// a copy of a copy is in the same group.
struct CopySearch {
    /// The contrast below which an image is of one colour, so that its structure is noise.
    static let blankContrast: Float = 3

    /// The groups, in the order of their first images.
    private(set) var groups: [CopyGroup] = []
    /// The number of images that have more near fingerprints than are compared.
    private(set) var crowdedCount = 0

    /// Searches, on all processors; the result does not depend on their number.
    ///
    /// - Parameters:
    ///   - progress: Called with the numbers of compared and of all images, on several threads.
    ///   - isCancelled: Called now and then, on several threads; true cancels.
    /// - Throws: `CancellationError` when `isCancelled` returned true.
    init(
        _ traces: ImageTraces,
        progress: @Sendable (_ done: Int, _ total: Int) -> Void = { _, _ in },
        isCancelled: @Sendable () -> Bool = { false }
    ) throws {
        var sets = DisjointSets(count: traces.count)
        var firsts: [UInt64: Int] = [:]
        var distinct: [Int] = []
        for image in traces.readable {
            if let first = firsts[traces.digests[image]] {
                sets.join(first, image)
            } else {
                firsts[traces.digests[image]] = image
                if traces.contrasts[image] >= Self.blankContrast { distinct.append(image) }
            }
        }
        let exact = sets
        let comparisons = PictureComparisons(of: distinct, traces)
        let alike = try comparisons.alike(progress: progress, isCancelled: isCancelled)
        crowdedCount = alike.crowdedCount
        let copies = try comparisons.copies(among: alike.pairs, isCancelled: isCancelled)
        for pair in copies { sets.join(distinct[Int(pair.first)], distinct[Int(pair.second)]) }
        var similarities: [Int: Float] = [:]
        var mirrored: Set<Int> = []
        for pair in copies {
            let root = sets.root(of: distinct[Int(pair.first)])
            similarities[root] = min(similarities[root] ?? 1, pair.similarity)
            if pair.isMirrored { mirrored.insert(root) }
        }
        groups = sets.groups(of: traces.readable).map { images in
            let root = sets.root(of: images[0])
            return CopyGroup(
                images: images,
                isExact: Set(images.map(exact.root)).count == 1,
                similarity: similarities[root] ?? 1, isMirrored: mirrored.contains(root))
        }
    }
}

/// Numbers that are joined to sets, each represented by its smallest.
private struct DisjointSets {
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    func root(of element: Int) -> Int {
        var element = element
        while parents[element] != element { element = parents[element] }
        return element
    }

    mutating func join(_ first: Int, _ second: Int) {
        let (first, second) = (root(of: first), root(of: second))
        guard first != second else { return }
        let (low, high) = (min(first, second), max(first, second))
        parents[high] = low
    }

    /// The sets of more than one of some numbers, each sorted, in the order of their smallest.
    mutating func groups(of elements: [Int]) -> [[Int]] {
        var members: [Int: [Int]] = [:]
        for element in elements {
            let root = root(of: element)
            parents[element] = root
            members[root, default: []].append(element)
        }
        return members.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }
    }
}
