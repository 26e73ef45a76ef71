// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNFetch
import WRNFiles
import WRNText

/// The names of images in lists: paths below the data set's folder or archive, `train/cat/1.jpg`;
/// for images in arrays the split and the number, `train/12`.
package enum ImageName {
    /// The name of an image of a set.
    ///
    /// - Precondition: `index` is in `0 ..< images.count`.
    package static func of(_ index: Int, in images: any ImageSet) -> String {
        switch images {
        case let files as ImageFiles: files.path(of: index)
        case let arrays as LabelledImages:
            "\((arrays.split ?? .train).rawValue)/\(arrays.number(of: index))"
        default: "\((images.split ?? .train).rawValue)/\(index)"
        }
    }
}

/// A list of images that are left out of a data set, read from a file.
///
/// Each line is the name of an image (``ImageName``). Empty lines and lines that begin with `#` are
/// passed over. A name that begins with `#`, a quotation mark or white space, ends with white
/// space, or has invisible characters, is written as a string of JSON, in double quotes.
package struct ImageExclusion: Hashable, Sendable {
    /// The largest file, in bytes.
    static let maximumByteCount = 1 << 30

    /// The file, as it was named.
    package let source: String
    /// The SHA-256 of the file, in hexadecimal digits.
    package let sha256: String
    /// The number of images that are left out.
    package var count: Int { lines.count }

    /// The names, in no order.
    var names: [String] { lines.keys.map(\.name) }

    /// A name as it is written: two Unicode forms of it (NFC, NFD) are equal strings, and may be
    /// two files.
    private struct Spelling: Hashable {
        let name: String

        static func == (one: Spelling, other: Spelling) -> Bool {
            one.name.utf8.elementsEqual(other.name.utf8)
        }

        func hash(into hasher: inout Hasher) {
            for byte in name.utf8 { hasher.combine(byte) }
        }
    }

    /// The line of each name.
    private let lines: [Spelling: Int]

    /// Reads a file.
    ///
    /// - Throws: ``DataError`` for a file that is not there, no UTF-8 text, beyond a limit, or with
    ///   a damaged string.
    package init(contentsOf path: String) throws(DataError) {
        let file = try FileBytes.read(path, limit: Self.maximumByteCount)
        var digest = FileDigest.Computation(like: .sha256(""))
        file.bytes.withUnsafeBytes { digest.update($0) }
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw file.error(
                .malformed, "expected a list of names of images in UTF-8, found other bytes")
        }
        source = path
        sha256 = digest.digest.digits
        var lines: [Spelling: Int] = [:]
        var number = 0
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            number += 1
            guard let name = try Self.name(in: line, number, of: file) else { continue }
            let spelling = Spelling(name: name)
            if lines[spelling] == nil { lines[spelling] = number }
        }
        self.lines = lines
    }

    /// The name in a line; nil for an empty line and a comment.
    private static func name(
        in line: Substring.UTF8View, _ number: Int, of file: NamedBytes
    ) throws(DataError) -> String? {
        var line = Substring(line)
        if number == 1, line.unicodeScalars.first == "\u{FEFF}" {
            line = Substring(line.unicodeScalars.dropFirst())
        }
        if line.utf8.last == 0x0D { line = Substring(line.utf8.dropLast()) }
        if line.utf8.first == UInt8(ascii: "#") || line.allSatisfy(\.isWhitespace) { return nil }
        if line.utf8.first == UInt8(ascii: "\"") {
            guard let name = try? JSONDecoder().decode(String.self, from: Data(line.utf8)) else {
                throw file.error(
                    .malformed,
                    "line \(number): expected a name in the quotation marks of JSON, found "
                        + quoted(line))
            }
            return name
        }
        return String(line.utf8.starts(with: "./".utf8) ? line.dropFirst(2) : line)
    }

    /// The line of a list for a name.
    package static func line(for name: String) -> String {
        let isPlain =
            printable(name) == name && !name.hasPrefix("#") && !name.hasPrefix("\"")
            && !name.hasPrefix("./") && name.first?.isWhitespace == false
            && name.last?.isWhitespace == false
        guard !isPlain, let json = try? JSONEncoder().encode(name) else { return name }
        return jsonEscaped(String(decoding: json, as: UTF8.self).replacing("\\/", with: "/"))
    }
}

extension ImageExclusion {
    /// The images of a split that are not in the list.
    ///
    /// - Parameters:
    ///   - data: The data set's name in messages.
    ///   - allowsEmptyClasses: Whether a class may have no training images.
    ///   - others: Called for images of the data set's other splits, each nil where there are none,
    ///     to find names that are not of this one.
    /// - Throws: ``DataError`` for a name that is not of any image, and where no image, or none of
    ///   a class that is trained on, is left.
    func applied(
        to images: any ImageSet, of data: String, allowsEmptyClasses: Bool,
        others: () throws(DataError) -> [any ImageSet]
    ) throws(DataError) -> any ImageSet {
        let leftOut = matches(in: images)
        if leftOut.count < count {
            try checkNames(in: [images] + others(), of: data)
        }
        guard !leftOut.isEmpty else { return images }
        let remaining = Self.images(images, without: Set(leftOut))
        let split = images.split?.adjective ?? "the"
        guard remaining.count > 0 else {
            throw DataError(
                .inconsistent, file: source,
                "the list leaves none of the \(Numbers.grouped(images.count)) \(split) images of "
                    + "\(data); take some names out of it")
        }
        if images.split == .train, !allowsEmptyClasses {
            let (before, after) = (ClassBalance(of: images), ClassBalance(of: remaining))
            if let empty = before.counts.indices.first(where: {
                before.counts[$0] > 0 && after.counts[$0] == 0
            }) {
                throw DataError(
                    .inconsistent, file: source,
                    "the list leaves none of the \(Numbers.grouped(before.counts[empty])) "
                        + "\(split) images of the class '\(printable(before.names[empty]))' of "
                        + "\(data); take some of their names out of it, or permit empty classes")
            }
        }
        return remaining
    }

    /// The images that the list names, in their order: by the bytes of a name, and where there is
    /// no such image by its letters, as a copy on another system may have another Unicode form.
    private func matches(in images: any ImageSet) -> [Int] {
        let names = images.labels.indices.map { ImageName.of($0, in: images) }
        var rest = lines
        for name in names { rest[Spelling(name: name)] = nil }
        let letters = Set(rest.keys.map(\.name))
        return names.indices.filter { index in
            lines[Spelling(name: names[index])] != nil || letters.contains(names[index])
        }
    }

    /// Refuses names that are not of any image.
    private func checkNames(
        in sets: [any ImageSet], of data: String
    ) throws(DataError) {
        var unknown = Dictionary(
            lines.map { ($0.key.name, $0.value) }, uniquingKeysWith: { min($0, $1) })
        for images in sets {
            for index in images.labels.indices {
                unknown[ImageName.of(index, in: images)] = nil
            }
        }
        guard let first = unknown.min(by: { $0.value < $1.value }) else { return }
        let example = sets.first { $0.count > 0 }.map { ImageName.of(0, in: $0) } ?? ""
        let others =
            unknown.count == 1
            ? "" : " (and so \(Numbers.counted(unknown.count - 1, "more name")))"
        throw DataError(
            .notFound, file: source,
            "line \(first.value): expected the name of an image of \(data), such as "
                + "\(quoted(example)), found \(quoted(first.key, limit: 400)), which is none"
                + "\(others); remove it, or make the list anew from this data")
    }

    private static func images(_ images: any ImageSet, without leftOut: Set<Int>) -> any ImageSet {
        switch images {
        case let files as ImageFiles: files.without(leftOut)
        case let arrays as LabelledImages: arrays.without(leftOut)
        default:
            ImageSelection(
                of: images, indices: images.labels.indices.filter { !leftOut.contains($0) })
        }
    }
}
