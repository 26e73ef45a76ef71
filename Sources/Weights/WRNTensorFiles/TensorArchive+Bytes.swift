// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensor

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
        return isForeign && MemoryLayout<Word>.size > 1 ? words.map(\.byteSwapped) : words
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
