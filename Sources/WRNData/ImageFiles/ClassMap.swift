// SPDX-License-Identifier: Apache-2.0

import WRNArchive
import Foundation

/// Which folder is which class: a file that gives the classes their numbers, their names, or both.
///
/// Three forms are read. Lines of text, one for each class in the order of their numbers, with the folder and after a tab (or, in a line
/// without tab, the first comma) the name; without a name the folder is the name. Empty lines and lines that begin with `#` are passed
/// over. A JSON object of `"folder": "name"`, whose classes are numbered in the order of the folders' names. Or a JSON object of
/// `"folder": number` with the numbers 0, 1, ... once each.
struct ClassMap: Sendable, Hashable {
    /// The largest file, in bytes.
    static let maximumByteCount = 16 << 20
    /// The most classes.
    static let maximumClassCount = 1_000_000
    /// The longest folder or name, in bytes.
    static let maximumNameByteCount = 1000

    /// A class: where its images lie, and what it is called.
    struct Entry: Sendable, Hashable {
        let folder: String
        let name: String
    }

    /// The classes in the order of their numbers.
    let entries: [Entry]
    /// The file.
    let source: String

    /// Reads a file.
    ///
    /// - Throws: ``DataError`` for a file that is not there, in none of the forms, beyond a limit, or that has a folder twice.
    init(contentsOf path: String) throws(DataError) {
        try self.init(FileBytes.read(path, limit: Self.maximumByteCount))
    }

    init(_ source: NamedBytes) throws(DataError) {
        self.source = source.name
        guard let text = String(validating: source.bytes, as: UTF8.self) else {
            throw source.error(.malformed, "the class map is not UTF-8 text")
        }
        let first = text.unicodeScalars.first { !$0.properties.isWhitespace }
        entries =
            first == "{" || first == "["
            ? try Self.entries(ofJSON: source) : try Self.entries(ofLines: text, source)
        guard !entries.isEmpty else { throw source.error(.malformed, "the class map is empty") }
        guard entries.count <= Self.maximumClassCount else {
            throw source.error(
                .tooLarge,
                "the class map has \(entries.count) classes; at most \(Self.maximumClassCount) "
                    + "are read")
        }
        var seen: Set<[UInt8]> = []
        for entry in entries {
            guard seen.insert(Array(entry.folder.utf8)).inserted else {
                throw source.error(
                    .inconsistent, "the class map has the folder '\(entry.folder)' twice")
            }
            let longest = max(entry.folder.utf8.count, entry.name.utf8.count)
            guard longest <= Self.maximumNameByteCount else {
                throw source.error(
                    .tooLarge,
                    "a name in the class map has \(longest) bytes; at most "
                        + "\(Self.maximumNameByteCount) are read")
            }
            guard !entry.folder.isEmpty, !entry.name.isEmpty, !entry.folder.utf8.contains(0x2F)
            else {
                throw source.error(
                    .malformed,
                    "the class map has an empty name, or a folder with a slash in its name "
                        + "('\(entry.folder)')")
            }
        }
    }

    private static func entries(
        ofLines text: String, _ source: NamedBytes
    ) throws(DataError) -> [Entry] {
        let lines = text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
        return lines.compactMap { line in
            guard !line.hasPrefix("#"), !line.allSatisfy(\.isWhitespace) else { return nil }
            let separator = line.firstIndex(of: "\t") ?? line.firstIndex(of: ",")
            let folder = line[..<(separator ?? line.endIndex)]
            let name = separator.map { line[line.index(after: $0)...] } ?? folder
            return Entry(
                folder: folder.trimmingCharacters(in: .whitespaces),
                name: name.trimmingCharacters(in: .whitespaces))
        }
    }

    private static func entries(ofJSON source: NamedBytes) throws(DataError) -> [Entry] {
        let values: [String: Value]
        do {
            values = try JSONDecoder().decode([String: Value].self, from: Data(source.bytes))
        } catch {
            throw source.error(
                .malformed,
                "the class map is no JSON object of \"folder\": \"name\" "
                    + "or \"folder\": number")
        }
        let folders = values.keys.sorted(by: precedes)
        let numbers = values.values.compactMap(\.number)
        if numbers.isEmpty {
            return folders.map { Entry(folder: $0, name: values[$0]?.name ?? $0) }
        }
        guard numbers.sorted() == Array(0..<folders.count) else {
            let expected = Set(0..<folders.count)
            let missing = expected.subtracting(numbers).min().map { ", but \($0) is missing" } ?? ""
            throw source.error(
                .inconsistent,
                "the class map's numbers must be 0 to \(folders.count - 1), once each\(missing)")
        }
        return folders.sorted { (values[$0]?.number ?? 0) < (values[$1]?.number ?? 0) }
            .map { Entry(folder: $0, name: $0) }
    }

    /// A value of the JSON form.
    private enum Value: Decodable {
        case name(String)
        case number(Int)

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Int.self) {
                self = .number(number)
            } else {
                self = .name(try container.decode(String.self))
            }
        }

        var name: String? { if case .name(let name) = self { name } else { nil } }
        var number: Int? { if case .number(let number) = self { number } else { nil } }
    }
}
