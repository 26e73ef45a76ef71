// SPDX-License-Identifier: Apache-2.0

/// What a pickle was found to hold.
struct PickleDocument: Sendable {
    /// The file, for messages.
    let name: String
    /// The value that the pickle is about.
    let root: PickleValue
    /// The objects that values refer to.
    let objects: [PickleObject]

    /// The value of a text key in the root dictionary; nil when it is not there or the root is no dictionary.
    func value(of key: String) -> PickleValue? {
        guard case .object(let index) = root, case .dictionary(let pairs) = objects[index] else {
            return nil
        }
        return pairs.last { pair in string(pair.key).map { $0.elementsEqual(key.utf8) } ?? false }?
            .value
    }

    /// The bytes of a string.
    func string(_ value: PickleValue) -> ArraySlice<UInt8>? {
        guard case .object(let index) = value, case .string(let bytes) = objects[index] else {
            return nil
        }
        return bytes
    }

    /// The elements of a list or a tuple.
    func items(_ value: PickleValue) -> [PickleValue]? {
        guard case .object(let index) = value else { return nil }
        switch objects[index] {
        case .list(let items), .tuple(let items): return items
        default: return nil
        }
    }

    /// A numpy array.
    func array(_ value: PickleValue) -> PickleArray? {
        guard case .object(let index) = value, case .array(let array) = objects[index] else {
            return nil
        }
        return array
    }
}
