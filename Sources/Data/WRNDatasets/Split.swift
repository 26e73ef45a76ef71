// SPDX-License-Identifier: Apache-2.0

/// A part of a data set: the training, the validation or the test images.
public enum Split: String, CaseIterable, Hashable, Sendable, Codable {
    /// The training images.
    case train
    /// The images on which a run is evaluated after each epoch: the validation images, or the test
    /// images where there are no others.
    case validation
    /// The images for the final evaluation: the test images, or the validation images where there
    /// are no others.
    case test

    /// The word for the split in a sentence: `training`, `validation` or `test`.
    public var adjective: String { self == .train ? "training" : rawValue }
}

/// The names of folders that stand for a split of a data set, in their usual spellings: `Train`,
/// `training_set`, `val2017`, `Valid`, `dev`.
enum SplitName {
    private static let words: [Substring: Split] = [
        "train": .train, "training": .train, "trn": .train,
        "val": .validation, "valid": .validation, "validation": .validation,
        "validate": .validation, "dev": .validation, "development": .validation,
        "test": .test, "tests": .test, "testing": .test, "tst": .test, "eval": .test,
        "evaluation": .test,
    ]

    /// Words that may stand beside the name of the split.
    private static let fillers: Set<Substring> = [
        "set", "data", "dataset", "split", "images", "image", "imgs", "img", "files", "seg",
    ]

    /// The split of a name; nil for a name that is no split's.
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

    /// The list of names in messages and the documentation.
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
