// SPDX-License-Identifier: Apache-2.0

package import WRNArchive
package import WRNFetch
import WRNFiles

/// The names in the pickles in which CIFAR is published: those of numpy's arrays of unsigned bytes.
package enum NumpyVocabulary: PickleVocabulary {
    package typealias Failure = DataError

    /// What numpy's names make.
    package enum Made: PickleMade {
        /// The element type of an array; only `uint8` is ever built.
        case uint8Type
        /// An array without elements, until its state is read.
        case emptyArray
        case array(PickleArray)

        package var word: String {
            switch self {
            case .uint8Type: "a numpy dtype"
            case .emptyArray, .array: "a numpy array"
            }
        }
    }

    /// The only names that a pickle may call for here.
    private enum Callable: String {
        case reconstruct = "numpy.core.multiarray._reconstruct"
        case newReconstruct = "numpy._core.multiarray._reconstruct"
        case fromBuffer = "numpy.core.numeric._frombuffer"
        case newFromBuffer = "numpy._core.numeric._frombuffer"
        case array = "numpy.ndarray"
        case elementType = "numpy.dtype"
        case encode = "_codecs.encode"
    }

    package static let instructions: Set<PickleInstruction> = []
    package static let allowsStateOfDictionaries = false
    package static let allowsOpaqueValues = false
    package static let advice = ""

    package static func permits(_ name: String) -> Bool { Callable(rawValue: name) != nil }

    package static func call(
        _ name: String, _ arguments: [PickleValue], in reader: inout Reader
    ) throws(DataError) -> PickleObject<Made> {
        switch Callable(rawValue: name) {
        case .reconstruct, .newReconstruct:
            // Arguments: the class, a shape and a type that its state will replace.
            guard arguments.count == 3,
                reader.callable(arguments[0]) == Callable.array.rawValue
            else { throw reader.error(.unsupported, "a numpy object that is not a plain array") }
            return .made(.emptyArray)
        case .elementType:
            return try elementType(arguments, reader)
        case .encode:
            return .string(try reader.encodeLatin1(arguments))
        case .fromBuffer, .newFromBuffer:
            guard arguments.count == 4, let order = reader.string(arguments[3]) else {
                throw reader.error(.malformed, "a numpy buffer has other arguments than it should")
            }
            let array = try array(
                shape: arguments[2], type: arguments[1], bytes: arguments[0],
                isColumnMajor: order.elementsEqual("F".utf8), reader)
            return .made(.array(array))
        case .array, nil:
            throw reader.error(
                .unsupported, "the pickle calls 'numpy.ndarray' in a way that is not known")
        }
    }

    /// The state of a numpy dtype or array.
    package static func build(
        _ made: Made, state: PickleValue, in reader: inout Reader
    ) throws(DataError) -> Made {
        guard let state = reader.tuple(state) else {
            throw reader.error(
                .malformed, "the pickle gives a state to something that takes none")
        }
        switch made {
        case .uint8Type:
            // Version, byte order, and six fields about structures: of no consequence for bytes.
            guard state.count >= 8, state[2] == .none, state[3] == .none, state[4] == .none else {
                throw reader.error(.unsupported, "a numpy dtype that is not a plain number")
            }
            return made
        case .emptyArray:
            guard state.count == 5, case .bool(let isColumnMajor) = flag(state[3]) else {
                throw reader.error(
                    .malformed, "a numpy array's state is not (version, shape, type, order, data)")
            }
            return .array(
                try array(
                    shape: state[1], type: state[2], bytes: state[4],
                    isColumnMajor: isColumnMajor, reader))
        case .array:
            throw reader.error(.malformed, "the pickle gives a state to \(made.word)")
        }
    }

    package static func persistent(
        _ identifier: PickleValue, in reader: inout Reader
    ) throws(DataError) -> PickleObject<Made> {
        throw reader.error(.unsupported, "the pickle refers to something outside of it")
    }

    package typealias Reader = WRNArchive.PickleReader<NumpyVocabulary>

    private static func elementType(
        _ arguments: [PickleValue], _ reader: Reader
    ) throws(DataError) -> PickleObject<Made> {
        guard let first = arguments.first, let code = reader.string(first) else {
            throw reader.error(.malformed, "a numpy dtype without its code")
        }
        guard ["u1", "|u1", "uint8", "B"].contains(where: { code.elementsEqual($0.utf8) })
        else {
            let text = String(decoding: code.prefix(20), as: UTF8.self)
            throw reader.error(
                .unsupported,
                "a numpy array of type '\(text)'; only unsigned bytes (u1) are read")
        }
        return .made(.uint8Type)
    }

    private static func array(
        shape: PickleValue, type: PickleValue, bytes: PickleValue, isColumnMajor: Bool,
        _ reader: Reader
    ) throws(DataError) -> PickleArray {
        guard case .uint8Type = reader.made(type) else {
            throw reader.error(.malformed, "a numpy array without an element type")
        }
        var extents: [Int] = []
        for extent in reader.tuple(shape) ?? [] {
            guard case .int(let number) = extent, extents.count < Reader.maximumRank else {
                throw reader.error(
                    .malformed,
                    "a numpy array's shape is not at most \(Reader.maximumRank) integers")
            }
            extents.append(number)
        }
        guard let data = reader.string(bytes) else {
            throw reader.error(.unsupported, "a numpy array whose data are not in the file")
        }
        guard !extents.isEmpty, checkedProduct(extents) == data.count else {
            throw reader.error(
                .inconsistent,
                "a numpy array of shape \(extents) cannot have \(data.count) bytes of data")
        }
        guard !isColumnMajor || extents.count <= 2 else {
            throw reader.error(
                .unsupported, "a column-major numpy array with \(extents.count) axes")
        }
        return PickleArray(shape: extents, bytes: data, isColumnMajor: isColumnMajor)
    }

    /// Protocols 0 and 1 write the booleans of some versions as integers.
    private static func flag(_ value: PickleValue) -> PickleValue {
        switch value {
        case .int(0): .bool(false)
        case .int(1): .bool(true)
        default: value
        }
    }
}
