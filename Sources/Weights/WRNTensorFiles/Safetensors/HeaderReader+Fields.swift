// SPDX-License-Identifier: Apache-2.0

import WRNTensor
import WRNText

extension HeaderReader {
    /// Reads the value of `dtype`.
    mutating func readElementType(of tensor: String) throws(CheckpointError) -> ElementType {
        let start = position
        guard next == UInt8(ascii: "\"") else {
            throw error(
                .unknownElementType,
                "tensor \(quoted(tensor)): expected an element type in quotes, found \(found)",
                tensor: tensor)
        }
        let name = try readString()
        guard let type = ElementType(rawValue: name) else {
            let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
            throw error(
                .unknownElementType,
                "tensor \(quoted(tensor)): expected one of the element types \(known), "
                    + "found \(quoted(name))",
                at: start, tensor: tensor, advice: "convert the tensor to F32 first")
        }
        return type
    }

    /// Reads the value of `shape`.
    mutating func readShape(of tensor: String) throws(CheckpointError) -> [Int] {
        var extents: [Int] = []
        try readIntegers(of: tensor, what: "extents", code: .invalidShape) {
            (reader, extent) throws(CheckpointError) in
            guard extents.count < Safetensors.maximumRank else {
                throw reader.error(
                    .rankTooLarge,
                    "tensor \(quoted(tensor)): expected at most \(Safetensors.maximumRank) extents, "
                        + "found more",
                    tensor: tensor)
            }
            extents.append(extent)
        }
        return extents
    }

    /// Reads the value of `data_offsets`: always two numbers.
    mutating func readOffsets(of tensor: String) throws(CheckpointError) -> [Int] {
        let start = position
        var offsets: [Int] = []
        try readIntegers(of: tensor, what: "offsets", code: .invalidOffsets) {
            (_, offset) throws(CheckpointError) in
            // A third is enough to know that it is wrong; hundreds of millions need no memory.
            if offsets.count < 3 { offsets.append(offset) }
        }
        guard offsets.count == 2 else {
            throw error(
                .invalidOffsets,
                "tensor \(quoted(tensor)): expected two offsets, begin and end, "
                    + "found \(offsets.count < 3 ? "\(offsets.count)" : "more")",
                at: start, tensor: tensor)
        }
        return offsets
    }

    private mutating func readIntegers(
        of tensor: String, what: String, code: CheckpointError.Code,
        _ each: (inout HeaderReader, Int) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        guard take("[") else {
            throw error(
                code, "tensor \(quoted(tensor)): expected a list of \(what), found \(found)",
                tensor: tensor)
        }
        skipSpace()
        if take("]") { return }
        while true {
            skipSpace()
            try each(&self, try readInteger(of: tensor, what: what, code: code))
            skipSpace()
            if take("]") { return }
            try expect(",", "a comma or ] in the list of \(what)")
        }
    }

    /// Reads a whole number from 0, as JSON writes it: no sign, no leading zeros, no fraction, no
    /// exponent.
    private mutating func readInteger(
        of tensor: String, what: String, code: CheckpointError.Code
    ) throws(CheckpointError) -> Int {
        let start = position
        var value = 0
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, overflow) = product.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
            guard !tooLarge, !overflow else {
                throw error(
                    code == .invalidShape ? .sizeOverflow : code,
                    "tensor \(quoted(tensor)): expected \(what) of at most \(Int.max), "
                        + "found a larger number",
                    at: start, tensor: tensor)
            }
            value = sum
            position += 1
        }
        let digits = position - start
        let isWhole = next.map { !".eE".utf8.contains($0) } ?? true
        guard digits > 0, isWhole, digits == 1 || bytes[start] != UInt8(ascii: "0") else {
            if digits > 0, isWhole { position = start }
            throw error(
                code,
                "tensor \(quoted(tensor)): expected whole numbers from 0 as \(what), found \(found)",
                tensor: tensor)
        }
        return value
    }
}
