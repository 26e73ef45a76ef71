// SPDX-License-Identifier: Apache-2.0

/// Which part of a data set: the images to learn from, or those to be judged by.
public enum Split: String, CaseIterable, Hashable, Sendable, Codable {
    /// The training images.
    case train
    /// The images by which a run is judged while it goes on: the validation images, or the test
    /// images where there are no others.
    case validation
    /// The images for the last word: the test images, or the validation images where there are no
    /// others.
    case test

    /// The word for the split in a sentence: `training`, `validation` or `test`.
    public var adjective: String { self == .train ? "training" : rawValue }
}

/// Which split of a data set a folder's name says, in the spellings that people use: `Train`,
/// `training_set`, `val2017`, `Valid`, `dev`.
enum SplitName {
    private static let words: [Substring: Split] = [
        "train": .train, "training": .train, "trn": .train,
        "val": .validation, "valid": .validation, "validation": .validation,
        "validate": .validation, "dev": .validation, "development": .validation,
        "test": .test, "tests": .test, "testing": .test, "tst": .test, "eval": .test,
        "evaluation": .test,
    ]

    /// Words beside the one that counts.
    private static let fillers: Set<Substring> = [
        "set", "data", "dataset", "split", "images", "image", "imgs", "img", "files", "seg",
    ]

    /// The split that a name says; nil for a name that is no split's.
    ///
    /// Upper and lower case are the same.
    static func split(of name: String) -> Split? {
        var found: Split?
        let parts = name.lowercased().split { " _-.".contains($0) }
        for part in parts {
            let word = part.withoutEnd(\.isNumber)
            guard !word.isEmpty, !fillers.contains(word) else { continue }
            guard found == nil, let split = words[word] ?? joined(word) else { return nil }
            found = split
        }
        return found
    }

    /// `trainset`, `testdata`, `valimages`.
    private static func joined(_ word: Substring) -> Split? {
        for filler in fillers where word.hasSuffix(filler) {
            if let split = words[word.dropLast(filler.count)] { return split }
        }
        return nil
    }

    /// How messages and the documentation list the names.
    static let expectation =
        "train, val and test (also training, valid, validation, dev, testing, eval; in any case)"
}

extension Substring {
    /// The text without the characters at its end that are of a kind.
    fileprivate func withoutEnd(_ isOfKind: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, isOfKind(last) { rest = rest.dropLast() }
        return rest
    }
}
