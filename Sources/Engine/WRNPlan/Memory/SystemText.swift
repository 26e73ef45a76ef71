// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A short text of the Linux kernel about a process or its limits, such as `/proc/self/status`.
package struct SystemText {
    private static let limit = 64 << 10

    private let text: String

    package init(_ text: String) {
        self.text = text
    }

    /// Reads a file; nil where there is none, as on other systems.
    package init?(readingFrom path: String) {
        let descriptor = open(path, O_RDONLY)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: Self.limit)
        var count = 0
        while count < bytes.count {
            let length = bytes.withUnsafeMutableBytes { buffer in
                read(descriptor, buffer.baseAddress.map { $0 + count }, buffer.count - count)
            }
            guard length > 0 else { break }
            count += length
        }
        text = String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// The words behind `key:` at the beginning of a line.
    package func words(behind key: String) -> [Substring]? {
        let line = text.split(separator: "\n").first { $0.hasPrefix(key + ":") }
        return line.map { Self.words($0.dropFirst(key.count + 1)) }
    }

    /// All words.
    package var words: [Substring] { Self.words(text[...]) }

    private static func words(_ text: Substring) -> [Substring] {
        text.split { $0 == " " || $0 == "\t" || $0 == "\n" }
    }
}
