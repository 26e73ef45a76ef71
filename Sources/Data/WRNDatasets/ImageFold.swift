// SPDX-License-Identifier: Apache-2.0

import WRNFetch
import WRNRandom
import WRNText

/// One of the equal parts, the folds, into which the images of a data set are dealt for
/// cross-validation: its own images are for validation, those of all other folds for training.
///
/// The folds are of all training and validation images; test images that the data set has apart
/// stay apart. The images of each class, in the order of a random permutation of the seed, are
/// dealt to the folds in turn, beginning with the fold behind the last one of the class before, so
/// that both the folds and the classes' shares in them differ by one image at most.
package struct ImageFold: Codable, Hashable, Sendable {
    /// The number of the fold, from 1.
    package let number: Int
    /// The number of all folds.
    package let count: Int
    /// The seed of the permutations.
    package let seed: UInt64

    /// The numbers of folds that are possible.
    package static let counts = 2...100

    /// Describes a fold.
    package init(number: Int, count: Int, seed: UInt64 = 0) {
        self.number = number
        self.count = count
        self.seed = seed
    }

    /// The sentence about numbers that cannot be; nil for valid ones.
    package var problem: String? {
        guard Self.counts.contains(count) else {
            return "the number of folds must be in \(Self.counts.lowerBound)..."
                + "\(Self.counts.upperBound), not \(count)"
        }
        return (1...count).contains(number)
            ? nil : "the number of the fold must be in 1...\(count), not \(number)"
    }

    /// The fold's words: `fold 2 of 5`.
    package var text: String { "fold \(number) of \(count)" }

    /// The images of each of the folds, each in rising order.
    ///
    /// - Precondition: ``problem`` is nil, and each label is in `0 ..< classes`.
    package static func indices(
        labels: [Int], classes: Int, count: Int, seed: UInt64
    ) -> [[Int]] {
        var members = Array(repeating: [Int](), count: classes)
        for (image, label) in labels.enumerated() { members[label].append(image) }
        var (order, first, place) = ([Int](), [Int](), 0)
        for (label, images) in members.enumerated() {
            let stream = RandomStream(seed: seed, purpose: .folding, item: label)
            order += stream.permutation(count: images.count).map { images[$0] }
            first.append(place % count)
            place += images.count
        }
        return StratifiedDeal.folds(of: order, labels: labels, first: first, count: count)
            .map { $0.sorted() }
    }

    /// The images of this fold, or all others.
    ///
    /// - Throws: ``DataError`` for a class with one image, of which nothing is left for training in
    ///   one of the folds, and for fewer images than folds.
    func part(
        _ split: Split, of images: any ImageSet, source: String
    ) throws(DataError) -> any ImageSet {
        let classes = images.classNames.count
        guard images.count >= count else {
            throw DataError(
                .invalidArgument, file: source,
                "expected at least \(count) images for \(count) folds, found \(images.count); "
                    + "choose fewer folds")
        }
        var counts = Array(repeating: 0, count: classes)
        for label in images.labels { counts[label] += 1 }
        if let lone = counts.firstIndex(of: 1) {
            throw DataError(
                .invalidArgument, file: source,
                "expected at least 2 images of each class for folds, found 1 of "
                    + "'\(printable(images.classNames[lone]))', which one fold would not be "
                    + "trained on; add images, or leave the class out")
        }
        let folds = Self.indices(
            labels: images.labels, classes: classes, count: count, seed: seed)
        let own = folds[number - 1]
        guard split == .train else { return images.part(own, as: .validation) }
        let left = Set(own)
        return images.part(images.labels.indices.filter { !left.contains($0) }, as: .train)
    }
}

/// Images dealt to folds, those of each class in turn.
package enum StratifiedDeal {
    /// The images of each fold, in the order in which they are dealt.
    ///
    /// - Parameters:
    ///   - images: The images that are dealt, in this order.
    ///   - labels: The classes of all images.
    ///   - first: The fold that the first image of each class goes to.
    ///   - leader: The image whose fold an image follows, which comes before it; itself for an
    ///     image that is dealt on its own.
    package static func folds(
        of images: [Int], labels: [Int], first: [Int], count: Int,
        leader: (Int) -> Int = { $0 }
    ) -> [[Int]] {
        var turns = first
        var chosen: [Int: Int] = [:]
        var folds = Array(repeating: [Int](), count: count)
        for image in images {
            let leader = leader(image)
            let fold: Int
            if let known = chosen[leader] {
                fold = known
            } else {
                fold = turns[labels[image]] % count
                turns[labels[image]] += 1
                chosen[leader] = fold
            }
            folds[fold].append(image)
        }
        return folds
    }
}

extension ImageSet {
    /// Some of the images, as a split of their data set.
    fileprivate func part(_ indices: [Int], as split: Split) -> any ImageSet {
        switch self {
        case let files as ImageFiles:
            return files.part(indices, as: split)
        case let arrays as LabelledImages:
            let kept = Set(indices)
            return arrays.without(Set(labels.indices.filter { !kept.contains($0) }))
                .marked(as: split)
        default:
            return ImageSelection(of: self, indices: indices)
        }
    }
}
