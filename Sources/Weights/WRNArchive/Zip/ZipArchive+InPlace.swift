// SPDX-License-Identifier: Apache-2.0

import WRNFiles

extension ZipArchive {
    /// The place of a stored entry's bytes in the archive; nil for a packed one.
    ///
    /// - Throws: `Failure` when the entry's own header contradicts the directory.
    package func storedRange(of index: Int) throws(Failure) -> Range<Int>? {
        let entry = entries[index]
        guard entry.method == .stored else { return nil }
        let start = try dataOffset(of: entry)
        guard entry.byteCount <= file.count, start <= file.count - entry.byteCount else {
            throw file.error(
                .truncated, at: entry.offset,
                "'\(entry.path)' is said to have \(entry.byteCount) bytes from byte \(start) on, "
                    + "beyond the end of the archive")
        }
        return start..<start + entry.byteCount
    }

    /// Compares the checksum of a stored entry with its bytes, part by part.
    ///
    /// - Throws: `Failure` when they differ.
    package func verify(_ index: Int) throws(Failure) {
        guard let range = try storedRange(of: index) else { return }
        var sum = CRC32()
        var start = range.lowerBound
        while start < range.upperBound {
            let end = min(start + (1 << 20), range.upperBound)
            let part = try file.elements(of: UInt8.self, in: start..<end)
            part.withUnsafeBytes { sum.add($0) }
            start = end
        }
        let entry = entries[index]
        guard sum.value == entry.checksum else { throw mismatch(of: entry) }
    }

    /// The entries by their names.
    ///
    /// - Throws: `Failure` when two have one name, so that two readers could read two different
    ///   files.
    package func places() throws(Failure) -> [String: Int] {
        var places: [String: Int] = [:]
        for (index, entry) in entries.enumerated() {
            let name = entry.path.description
            guard places.updateValue(index, forKey: name) == nil else {
                throw file.error(
                    .inconsistent, at: entry.offset,
                    "two entries are called '\(name)'; the archive is damaged or an attack")
            }
        }
        return places
    }

    /// The first `count` bytes of an entry, unpacked but not checked, or all of it when it is
    /// shorter.
    package func prefix(of index: Int, _ count: Int) throws(Failure) -> [UInt8] {
        let entry = entries[index]
        let size = min(count, entry.byteCount)
        let start = try dataOffset(of: entry)
        switch entry.method {
        case .stored: return try file.bytes(at: start, size, "'\(entry.path)'")
        case .deflated:
            return try Inflater<Failure>(file, at: start, entry.packedByteCount, as: .raw)
                .bytes(size, "'\(entry.path)'")
        }
    }
}
