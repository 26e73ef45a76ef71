// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensor
import WRNText

/// The header of a NumPy array: its element type, order and shape.
///
///     \x93NUMPY, 2 bytes of version, 2 or 4 bytes of length,
///     {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }
///
/// The text is a Python dictionary. Only these three keys with values of these forms are read;
/// nothing is evaluated.
struct NumPyHeader {
    let elementType: ElementType
    let isBigEndian: Bool
    let isColumnMajor: Bool
    let shape: TensorShape
    /// The size of the header, after which the elements begin.
    let byteCount: Int

    /// The first bytes of an array.
    static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)
    /// The longest header that is read, with its prefix.
    static let maximumByteCount = 1 << 16

    /// Reads a header from the first bytes of an array.
    init(_ source: NamedBytes<CheckpointError>) throws(CheckpointError) {
        var cursor = ByteCursor(source)
        guard try cursor.take(Self.magic.count, "an array").elementsEqual(Self.magic) else {
            throw source.error(.malformed, at: 0, "this is no array of NumPy's")
        }
        let version = try cursor.byte("the version")
        _ = try cursor.byte("the version")
        guard (1...3).contains(version) else {
            throw source.error(
                .unsupported, at: 6, "the format's version is \(version); 1 to 3 are read")
        }
        let length = Int(try cursor.littleEndian(version == 1 ? 2 : 4, "the header's length"))
        guard length <= Self.maximumByteCount - 12 else {
            throw source.error(
                .tooLarge, at: 8,
                "the header has \(length) bytes; at most \(Self.maximumByteCount) are read")
        }
        var literal = PythonLiteral(
            bytes: try cursor.take(length, "the header"), base: cursor.offset - length,
            source: source)
        byteCount = cursor.offset
        let fields = try literal.readHeader()
        let (type, isBigEndian) = try Self.elementType(fields.descr, source)
        elementType = type
        self.isBigEndian = isBigEndian
        isColumnMajor = fields.isColumnMajor
        guard checkedProduct(fields.extents + [type.byteCount]) != nil else {
            throw source.error(
                .tooLarge, at: 10, "the shape \(fields.extents) has too many elements")
        }
        shape = TensorShape(fields.extents)
    }

    private static func elementType(
        _ descr: String, _ source: NamedBytes<CheckpointError>
    ) throws(CheckpointError) -> (ElementType, isBigEndian: Bool) {
        let types: [Substring: ElementType] = [
            "b1": .bool, "i1": .int8, "u1": .uint8, "i2": .int16, "u2": .uint16, "i4": .int32,
            "u4": .uint32, "i8": .int64, "u8": .uint64, "f2": .float16, "f4": .float32,
            "f8": .float64,
        ]
        guard let order = descr.first, "<>|=".contains(order), let type = types[descr.dropFirst()]
        else {
            throw source.error(
                .unsupported, at: 10,
                "an array of type \(quoted(descr)); only numbers of 1 to 8 bytes are read, no "
                    + "objects"
            )
        }
        return (type, order == ">")
    }
}

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
