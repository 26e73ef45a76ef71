// SPDX-License-Identifier: Apache-2.0

/// A writer of tar archives, valid and hostile ones.
package struct TarBuilder {
    /// The entries so far, without the end mark.
    package private(set) var bytes: [UInt8] = []

    /// Creates an archive without entries.
    package init() {}

    /// Adds an entry; `size` takes the place of the data's true size in the header.
    package mutating func add(
        _ name: String, _ data: [UInt8] = [], type: Character = "0", size: String? = nil,
        binarySize: [UInt8] = []
    ) {
        var header = [UInt8](repeating: 0, count: 512)
        func put(_ text: String, at offset: Int) {
            for (index, byte) in text.utf8.enumerated() { header[offset + index] = byte }
        }
        put(name, at: 0)
        put(size ?? String(data.count, radix: 8), at: 124)
        for (index, byte) in binarySize.enumerated() { header[124 + index] = byte }
        put(String(type), at: 156)
        put("ustar", at: 257)
        put("        ", at: 148)
        let sum = header.reduce(0) { $0 + Int($1) }
        put(String(sum, radix: 8) + "\0", at: 148)
        bytes += header + data
        bytes += [UInt8](repeating: 0, count: (512 - data.count % 512) % 512)
    }

    /// The archive with its end mark.
    package func finished() -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: 1024)
    }
}
