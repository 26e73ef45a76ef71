// SPDX-License-Identifier: Apache-2.0

import WRNTensor

extension NumPyHeader {
    /// The header of a float32 array in row-major order, in version 1.0, as NumPy writes it: spaces
    /// fill it to a multiple of 64 bytes.
    static func bytes(of shape: TensorShape) -> [UInt8] {
        let extents = shape.extents.map(String.init).joined(separator: ", ")
        let tuple = shape.rank == 1 ? "(\(extents),)" : "(\(extents))"
        let text = "{'descr': '<f4', 'fortran_order': False, 'shape': \(tuple), }"
        let prefixByteCount = magic.count + 4
        let padding = (64 - (prefixByteCount + text.utf8.count + 1) % 64) % 64
        let length = text.utf8.count + padding + 1
        return magic + [1, 0, UInt8(length & 0xFF), UInt8(length >> 8)] + Array(text.utf8)
            + [UInt8](repeating: UInt8(ascii: " "), count: padding) + [UInt8(ascii: "\n")]
    }
}
