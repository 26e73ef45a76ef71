// SPDX-License-Identifier: Apache-2.0

import WRNFiles
public import WRNTensor
import WRNText

extension TensorArchive {
    /// The tensor of this name as float32.
    ///
    /// Half precision and bfloat16 are converted exactly, float64 is rounded to the nearest.
    /// Integers and booleans are refused unless `convertingIntegers` is set; they too are rounded
    /// to the nearest float.
    ///
    /// - Throws: A ``CheckpointError`` when there is no such tensor, it holds integers, or the file
    ///   cannot be read.
    public func tensor(
        named name: String, convertingIntegers: Bool = false
    ) throws(CheckpointError) -> Tensor {
        if let computation = computations[name] {
            return try computation.tensor(named: name, in: self)
        }
        let entry = try entry(named: name)
        let elements: [Float]
        switch entry.elementType {
        case .float32: elements = try floats(of: entry)
        case .float16: elements = try map(entry, UInt16.self) { Float(float16BitPattern: $0) }
        case .bfloat16:
            elements = try map(entry, UInt16.self) { Float(BFloat16(bitPattern: $0)) }
        case .float64: elements = try map(entry, UInt64.self) { Float(Double(bitPattern: $0)) }
        case _ where !convertingIntegers:
            throw unexpectedType(of: entry, expected: "F32, F16, BF16 or F64")
        case .uint64: elements = try map(entry, UInt64.self) { Float($0) }
        default: elements = try int64Elements(of: entry).map { Float($0) }
        }
        return Tensor(shape: entry.shape, elements: elements)
    }

    /// The elements of a tensor of integers or booleans, in row-major order.
    ///
    /// - Throws: A ``CheckpointError`` when there is no such tensor, it holds floating-point
    ///   numbers or numbers above `Int64.max`, or the file cannot be read.
    public func integers(named name: String) throws(CheckpointError) -> [Int64] {
        try int64Elements(of: entry(named: name))
    }

    private func int64Elements(of entry: Entry) throws(CheckpointError) -> [Int64] {
        switch entry.elementType {
        case .bool: return try map(entry, UInt8.self) { $0 == 0 ? 0 : 1 }
        case .uint8: return try map(entry, UInt8.self) { Int64($0) }
        case .int8: return try map(entry, Int8.self) { Int64($0) }
        case .uint16: return try map(entry, UInt16.self) { Int64($0) }
        case .int16: return try map(entry, Int16.self) { Int64($0) }
        case .uint32: return try map(entry, UInt32.self) { Int64($0) }
        case .int32: return try map(entry, Int32.self) { Int64($0) }
        case .int64: return try map(entry, Int64.self) { $0 }
        case .uint64:
            let numbers = try map(entry, UInt64.self) { $0 }
            guard numbers.allSatisfy({ $0 <= Int64.max }) else {
                throw unexpectedType(of: entry, expected: "integers of at most \(Int64.max)")
            }
            return numbers.map { Int64($0) }
        case .float16, .bfloat16, .float32, .float64:
            throw unexpectedType(of: entry, expected: "integers")
        }
    }

    /// Without a second copy where the file's bytes are in the machine's order, which is nearly
    /// always the case.
    private func floats(of entry: Entry) throws(CheckpointError) -> [Float] {
        #if _endian(little)
            if !entry.placement.isPacked, entry.placement.strides == nil,
                !entry.placement.isBigEndian, !entry.placement.isNegated
            {
                let shard = shards[entry.placement.shard]
                if let member = entry.placement.member { try shard.members?.verify(member) }
                return try shard.source.elements(of: Float.self, in: entry.byteRange)
            }
        #endif
        return try map(entry, UInt32.self) { Float(bitPattern: $0) }
    }

    private func map<Word: FixedWidthInteger & BitwiseCopyable, Element>(
        _ entry: Entry, _ type: Word.Type, _ convert: (Word) -> Element
    ) throws(CheckpointError) -> [Element] {
        try words(of: entry, type).map(convert)
    }

    private func unexpectedType(of entry: Entry, expected: String) -> CheckpointError {
        CheckpointError(
            .unexpectedElementType, file: file,
            "tensor \(quoted(entry.name)): expected \(expected), found "
                + "\(entry.elementType.rawValue)",
            advice: "check that the file belongs to this network", tensorName: entry.name)
    }
}

extension TensorArchive {
    /// The bytes of a tensor in row-major order, little-endian, wherever and however they are
    /// stored in the file.
    ///
    /// - Throws: A ``CheckpointError`` when there is no such tensor, its checksum is wrong, or the
    ///   file cannot be read.
    public func bytes(of name: String) throws(CheckpointError) -> [UInt8] {
        if computations[name] != nil {
            return Self.bytes(of: try tensor(named: name).elements.map(\.bitPattern))
        }
        let entry = try entry(named: name)
        switch entry.elementType.byteCount {
        case 1: return try words(of: entry, UInt8.self)
        case 2: return Self.bytes(of: try words(of: entry, UInt16.self))
        case 4: return Self.bytes(of: try words(of: entry, UInt32.self))
        default: return Self.bytes(of: try words(of: entry, UInt64.self))
        }
    }

    /// The elements as words of their size, in row-major order and the machine's byte order.
    func words<Word: FixedWidthInteger & BitwiseCopyable>(
        of entry: Entry, _ type: Word.Type
    ) throws(CheckpointError) -> [Word] {
        var words = try storedWords(of: entry, type)
        if let strides = entry.placement.strides {
            words = Self.rowMajor(words, entry.shape, strides)
        }
        let isForeign = entry.placement.isBigEndian != Self.isBigEndianMachine
        if isForeign && MemoryLayout<Word>.size > 1 { words = words.map(\.byteSwapped) }
        guard entry.placement.isNegated else { return words }
        guard entry.elementType.isFloatingPoint else { return words.map { 0 &- $0 } }
        let sign: Word = 1 << (Word.bitWidth - 1)
        return words.map { $0 ^ sign }
    }

    private static var isBigEndianMachine: Bool { 1.bigEndian == 1 }

    private func storedWords<Word: FixedWidthInteger & BitwiseCopyable>(
        of entry: Entry, _ type: Word.Type
    ) throws(CheckpointError) -> [Word] {
        let (source, members) = (
            shards[entry.placement.shard].source, shards[entry.placement.shard].members
        )
        guard let members, let member = entry.placement.member else {
            return try source.elements(of: Word.self, in: entry.byteRange)
        }
        guard entry.placement.isPacked else {
            try members.verify(member)
            return try source.elements(of: Word.self, in: entry.byteRange)
        }
        let bytes = try members.unpacked(member)
        return try ReadableFile(NamedBytes(name: file, bytes))
            .elements(of: Word.self, in: entry.byteRange)
    }

    /// The elements in the order of a shape, of which those of axis a are `strides[a]` apart.
    private static func rowMajor<Word: BitwiseCopyable>(
        _ stored: [Word], _ shape: TensorShape, _ strides: [Int]
    ) -> [Word] {
        let (rank, count) = (shape.rank, shape.elementCount)
        guard count > 0, rank > 0 else { return Array(stored.prefix(count)) }
        var result: [Word] = []
        result.reserveCapacity(count)
        var index = [Int](repeating: 0, count: rank)
        var place = 0
        while result.count < count {
            result.append(stored[place])
            var axis = rank - 1
            while axis >= 0 {
                index[axis] += 1
                place += strides[axis]
                if index[axis] < shape.extents[axis] { break }
                place -= strides[axis] * index[axis]
                index[axis] = 0
                axis -= 1
            }
        }
        return result
    }

    private static func bytes<Word: FixedWidthInteger>(of words: [Word]) -> [UInt8] {
        words.map(\.littleEndian).withUnsafeBytes { Array($0) }
    }
}
