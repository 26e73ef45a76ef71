// SPDX-License-Identifier: Apache-2.0

/// A value of a pickle: small things themselves, large or shared ones by their number in ``PickleDocument/objects``.
///
/// Handles instead of references: a list that holds itself, or a million nested tuples, then neither leak nor exhaust
/// the stack when they are freed.
enum PickleValue: Hashable, Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case object(Int)
}

/// What a handle stands for.
enum PickleObject: Sendable {
    /// Text or bytes; Python 2 did not tell them apart. Text is UTF-8, or Latin-1 from Python 2.
    case string(ArraySlice<UInt8>)
    case list([PickleValue])
    case tuple([PickleValue])
    /// Later pairs override earlier ones of the same key.
    case dictionary([(key: PickleValue, value: PickleValue)])
    case callable(PickleCallable)
    /// The element type of a numpy array; only `uint8` is ever built.
    case uint8Type
    /// A numpy array of which only the shell exists, until its state arrives.
    case emptyArray
    case array(PickleArray)

    /// What messages call it.
    var word: String {
        switch self {
        case .string: "a string"
        case .list: "a list"
        case .tuple: "a tuple"
        case .dictionary: "a dictionary"
        case .callable(let callable): "the callable '\(callable.rawValue)'"
        case .uint8Type: "a numpy dtype"
        case .emptyArray, .array: "a numpy array"
        }
    }
}

/// A numpy array of unsigned bytes.
struct PickleArray: Sendable {
    /// The extents, outermost first.
    let shape: [Int]
    /// The elements, as stored.
    let bytes: ArraySlice<UInt8>
    /// Whether the first axis varies fastest (Fortran's order) instead of the last (C's).
    let isColumnMajor: Bool

    /// The elements with the last axis varying fastest; only a matrix needs work for it.
    var rowMajorBytes: ArraySlice<UInt8> {
        guard isColumnMajor, shape.count == 2 else { return bytes }
        let (rows, columns) = (shape[0], shape[1])
        return [UInt8](unsafeUninitializedCapacity: bytes.count) { output, count in
            bytes.withUnsafeBufferPointer { input in
                for row in 0..<rows {
                    for column in 0..<columns {
                        output[row * columns + column] = input[column * rows + row]
                    }
                }
            }
            count = bytes.count
        }[...]
    }
}

/// The only names that a pickle may call for here; what they do is written in ``PickleReader``, and none runs code.
enum PickleCallable: String, Sendable, CaseIterable {
    case reconstruct = "numpy.core.multiarray._reconstruct"
    case newReconstruct = "numpy._core.multiarray._reconstruct"
    case fromBuffer = "numpy.core.numeric._frombuffer"
    case newFromBuffer = "numpy._core.numeric._frombuffer"
    case array = "numpy.ndarray"
    case elementType = "numpy.dtype"
    case encode = "_codecs.encode"
}
