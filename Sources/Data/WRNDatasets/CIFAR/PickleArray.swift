// SPDX-License-Identifier: Apache-2.0

import WRNArchive

/// A numpy array of unsigned bytes.
package struct PickleArray: Sendable {
    /// The extents, outermost first.
    package let shape: [Int]
    /// The elements, as stored.
    package let bytes: ArraySlice<UInt8>
    /// Whether the first axis varies fastest (Fortran's order) instead of the last (C's).
    package let isColumnMajor: Bool

    /// The elements with the last axis varying fastest; only a matrix needs work for it.
    var rowMajorBytes: ArraySlice<UInt8> {
        // Without elements there is nothing to put in order, and the storage that all empty arrays
        // share must not be written to.
        guard isColumnMajor, shape.count == 2, !bytes.isEmpty else { return bytes }
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

extension PickleDocument {
    /// A numpy array.
    func array(_ value: PickleValue) -> PickleArray? {
        guard case .array(let array) = made(value) else { return nil }
        return array
    }
}
