// SPDX-License-Identifier: Apache-2.0

import WRNText

/// The number of images of each class of a set, with warnings about small and unequal classes.
package struct ClassBalance: Hashable, Sendable {
    /// The number of images below which a class is hardly learnt.
    package static let fewImages = 10
    /// The ratio to the largest class below which a class is hardly ever predicted.
    package static let largeRatio = 10

    /// The classes' names, in the order of their numbers.
    package let names: [String]
    /// The images of each class.
    package let counts: [Int]

    /// Counts the images of a set.
    package init(of images: any ImageSet) {
        names = images.classNames
        var counts = Array(repeating: 0, count: images.classNames.count)
        for label in images.labels where counts.indices.contains(label) { counts[label] += 1 }
        self.counts = counts
    }

    /// The number of classes and their sizes, for example `2 classes: cat: 11, dog: 9` or
    /// `10 classes of 980 to 1135 images`.
    package var summary: String {
        guard let least = counts.min(), let most = counts.max() else { return "no classes" }
        let title = counts.count == 1 ? "1 class" : "\(counts.count) classes"
        let list = list(Array(zip(names, counts)), limit: counts.count)
        if list.count <= 68 { return "\(title): \(list)" }
        return least == most
            ? "\(title) of \(most) images each" : "\(title) of \(least) to \(most) images"
    }

    /// The sentence about a set of one class; nil for others.
    package var singleClassSentence: String? {
        guard counts.count == 1, let name = names.first else { return nil }
        return "there is only one class ('\(printable(name))'), so nothing can be learnt: every "
            + "answer would be it; a data set has a folder for each of two classes or more"
    }

    /// Warnings before training on the set, a sentence each; empty for a balanced set.
    package var warnings: [String] {
        if let sentence = singleClassSentence { return [sentence] }
        var warnings: [String] = []
        let few = zip(names, counts).filter { $0.1 < Self.fewImages }
        if !few.isEmpty {
            warnings.append(
                "\(classes(few.count)) fewer than \(Self.fewImages) images: \(list(few))")
        }
        let most = counts.max() ?? 0
        let small = zip(names, counts).filter {
            $0.1 * Self.largeRatio <= most && $0.1 >= Self.fewImages
        }
        if !small.isEmpty {
            warnings.append(
                "\(classes(small.count)) at least \(Self.largeRatio) times fewer images than the "
                    + "largest, which has \(most): \(list(small))")
        }
        return warnings
    }

    private func classes(_ count: Int) -> String {
        count == 1 ? "1 class has" : "\(count) classes have"
    }

    /// Classes with their counts after a colon, as names may be numbers.
    private func list(_ classes: [(String, Int)], limit: Int = 5) -> String {
        let shown = classes.prefix(limit).map { "\(printable($0.0)): \($0.1)" }
            .joined(separator: ", ")
        return classes.count > limit ? "\(shown) and \(classes.count - limit) more" : shown
    }
}
