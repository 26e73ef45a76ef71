// SPDX-License-Identifier: Apache-2.0

/// The name of an archive's entry, as folders and a file below the archive's root; never a path out
/// of it.
///
/// Names are compared byte for byte: two that only look the same are different, as they are for a
/// file system.
package struct ArchivePath: Sendable, CustomStringConvertible {
    /// The longest name, in bytes.
    package static var maximumByteCount: Int { 4096 }
    /// The most folders one in the other.
    package static var maximumDepth: Int { 64 }

    /// The names on the way, the outermost first.
    package let components: [String]
    /// Whether the name is a folder's.
    package let isFolder: Bool
    /// The bytes of the name as the archive has it.
    package let byteCount: Int

    /// Parses a name; nil if ``problem(about:)`` has an objection.
    package init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.count <= Self.maximumByteCount, !bytes.contains(0),
            !bytes.contains(UInt8(ascii: "\\")), bytes.first != UInt8(ascii: "/"),
            let name = String(validating: bytes, as: UTF8.self)
        else { return nil }
        let parts = name.utf8.split(separator: UInt8(ascii: "/")).map { String(Substring($0)) }
            .filter { !$0.utf8.elementsEqual(".".utf8) }
        guard !parts.contains(where: { $0.utf8.elementsEqual("..".utf8) }),
            parts.count <= Self.maximumDepth
        else { return nil }
        components = parts
        isFolder = name.isEmpty || name.utf8.last == UInt8(ascii: "/") || parts.isEmpty
        byteCount = bytes.count
    }

    /// The reason why a name is refused.
    package static func problem(about bytes: ArraySlice<UInt8>) -> String {
        let name = String(decoding: bytes.prefix(200), as: UTF8.self)
        guard bytes.count <= maximumByteCount else {
            return "a name has \(bytes.count) bytes; at most \(maximumByteCount) are read"
        }
        guard String(validating: bytes, as: UTF8.self) != nil else {
            return "the name '\(name)' is not UTF-8; make the archive again with UTF-8 names"
        }
        if bytes.contains(UInt8(ascii: "\\")) || bytes.contains(0) {
            return "the name '\(name)' has a backslash or a zero byte in it; "
                + "make the archive again with '/' between folders"
        }
        return bytes.split(separator: UInt8(ascii: "/")).count > maximumDepth
            ? "the name '\(name)' has more than \(maximumDepth) folders"
            : "the name '\(name)' leads out of the archive; it is not read"
    }

    /// The names with slashes between them.
    package var description: String { components.joined(separator: "/") }
}
