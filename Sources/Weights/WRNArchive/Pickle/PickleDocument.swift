// SPDX-License-Identifier: Apache-2.0

/// The content of a pickle.
package struct PickleDocument<Vocabulary: PickleVocabulary>: Sendable {
    /// The file, for messages.
    package let name: String
    /// The value that the pickle is about.
    package let root: PickleValue
    /// The objects that values refer to.
    package let objects: [PickleObject<Vocabulary.Made>]

    /// The value of a text key in the root dictionary; nil when it is not there or the root is no
    /// dictionary.
    package func value(of key: String) -> PickleValue? {
        guard case .object(let index) = root, case .dictionary(let pairs) = objects[index] else {
            return nil
        }
        return pairs.last { pair in string(pair.key).map { $0.elementsEqual(key.utf8) } ?? false }?
            .value
    }

    /// The bytes of a string.
    package func string(_ value: PickleValue) -> ArraySlice<UInt8>? {
        guard case .object(let index) = value, case .string(let bytes) = objects[index] else {
            return nil
        }
        return bytes
    }

    /// The elements of a list or a tuple.
    package func items(_ value: PickleValue) -> [PickleValue]? {
        guard case .object(let index) = value else { return nil }
        switch objects[index] {
        case .list(let items), .tuple(let items): return items
        default: return nil
        }
    }

    /// The pairs of a dictionary; later ones override earlier ones of the same key.
    package func pairs(_ value: PickleValue) -> [(key: PickleValue, value: PickleValue)]? {
        guard case .object(let index) = value, case .dictionary(let pairs) = objects[index] else {
            return nil
        }
        return pairs
    }

    /// A value that only the vocabulary interprets.
    package func made(_ value: PickleValue) -> Vocabulary.Made? {
        guard case .object(let index) = value, case .made(let made) = objects[index] else {
            return nil
        }
        return made
    }
}
