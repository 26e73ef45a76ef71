// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// Names and calls, which the vocabulary interprets.
extension PickleReader {
    mutating func pushCallable(
        _ module: ArraySlice<UInt8>, _ name: ArraySlice<UInt8>
    ) throws(Failure) {
        let full =
            String(decoding: module.prefix(200), as: UTF8.self) + "."
            + String(decoding: name.prefix(200), as: UTF8.self)
        guard Vocabulary.permits(full) else {
            throw error(
                .unsupported,
                "the pickle calls for '\(full)', which plain data do not need; "
                    + "the file is refused, and nothing of it was run\(Vocabulary.advice)")
        }
        try push(.callable(full))
    }

    /// The call of a permitted name.
    mutating func call(_ value: PickleValue, _ arguments: PickleValue) throws(Failure) {
        guard let name = callable(value), let arguments = tuple(arguments) else {
            throw error(.malformed, "the pickle calls something that cannot be called")
        }
        let result = try Vocabulary.call(name, arguments, in: &self)
        try push(result)
    }

    /// Gives a state to what is on top of the stack.
    mutating func build(_ value: PickleValue, _ state: PickleValue) throws(Failure) {
        guard case .object(let index) = value else {
            throw error(.malformed, "the pickle gives a state to something that takes none")
        }
        switch objects[index] {
        case .made(let made):
            objects[index] = .made(try Vocabulary.build(made, state: state, in: &self))
        case .dictionary where Vocabulary.allowsStateOfDictionaries: break
        default:
            throw error(.malformed, "the pickle gives a state to \(objects[index].word)")
        }
    }

    /// The name of a callable.
    package func callable(_ value: PickleValue) -> String? {
        guard case .object(let index) = value, case .callable(let name) = objects[index] else {
            return nil
        }
        return name
    }

    /// The bytes of a string.
    package func string(_ value: PickleValue) -> ArraySlice<UInt8>? {
        guard case .object(let index) = value, case .string(let bytes) = objects[index] else {
            return nil
        }
        return bytes
    }

    /// The pairs of a dictionary, counted as if they were stored again, so that copies have a
    /// limit.
    package mutating func copiedPairs(
        _ value: PickleValue
    ) throws(Failure) -> [(key: PickleValue, value: PickleValue)]? {
        guard case .object(let index) = value, case .dictionary(let pairs) = objects[index] else {
            return nil
        }
        try countItems(2 * pairs.count)
        return pairs
    }

    /// The items of a list or a tuple, counted as if they were stored again.
    package mutating func copiedItems(_ value: PickleValue) throws(Failure) -> [PickleValue]? {
        guard case .object(let index) = value else { return nil }
        switch objects[index] {
        case .list(let items), .tuple(let items):
            try countItems(items.count)
            return items
        default: return nil
        }
    }

    /// The items of a tuple.
    package func tuple(_ value: PickleValue) -> [PickleValue]? {
        guard case .object(let index) = value, case .tuple(let items) = objects[index] else {
            return nil
        }
        return items
    }

    /// The object of the handle with this number.
    package func object(_ index: Int) -> PickleObject<Vocabulary.Made> { objects[index] }

    /// The vocabulary's own value of a handle; nil for other values.
    package func made(_ value: PickleValue) -> Vocabulary.Made? {
        guard case .object(let index) = value, case .made(let made) = objects[index] else {
            return nil
        }
        return made
    }
}
