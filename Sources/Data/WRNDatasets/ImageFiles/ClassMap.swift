// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFetch
import WRNFiles

/// A file that assigns numbers, names or both to the class folders of a data set.
///
/// Three forms are read. Lines of text, one for each class in the order of their numbers, with the
/// folder and after a tab (or, in a line without tab, the first comma) the name; without a name the
/// folder is the name, and whole numbers in place of all names, which must be 0, 1, ... once each,
/// are the classes' numbers; where each is its folder's name, they may be others, and are names.
/// Semicolons separate where the first separator of every line is one, as spreadsheets write in
/// countries with decimal commas. Either field may stand in double quotes. Empty lines and lines
/// that begin with `#` are passed over, as is a first line of column titles (`folder,name`). A JSON
/// object of `"folder": "name"`, whose classes are numbered in the order of the folders' names. Or
/// a JSON object of `"folder": number` with the numbers 0, 1, ... once each. A byte-order mark may
/// stand before each.
struct ClassMap: Sendable, Hashable {
    /// The largest file, in bytes.
    static let maximumByteCount = 16 << 20
    /// The most classes.
    static let maximumClassCount = 1_000_000
    /// The longest folder or name, in bytes.
    static let maximumNameByteCount = 1000

    /// A class: its folder and its name.
    struct Entry: Sendable, Hashable {
        let folder: String
        let name: String
    }

    /// The classes in the order of their numbers, without a first line of column titles.
    let entries: [Entry]
    /// A first line that reads like column titles: a class only where there is a folder of that
    /// name.
    let titles: Entry?
    /// The file.
    let source: String

    /// Reads a file.
    ///
    /// - Throws: ``DataError`` for a file that is not there, in none of the forms, beyond a limit,
    ///   or that has a folder twice.
    init(contentsOf path: String) throws(DataError) {
        try self.init(FileBytes.read(path, limit: Self.maximumByteCount))
    }

    init(_ source: NamedBytes) throws(DataError) {
        self.source = source.name
        let source = try Self.withoutMark(source)
        guard let text = String(validating: source.bytes, as: UTF8.self) else {
            throw source.error(.malformed, "the class map is not UTF-8 text")
        }
        let first = text.unicodeScalars.first { !$0.properties.isWhitespace }
        if first == "{" || first == "[" {
            (entries, titles) = (try Self.entries(ofJSON: source), nil)
        } else {
            (entries, titles) = try Self.entries(ofLines: text, source)
        }
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

    /// The folders that the map names.
    var folders: [String] { entries.map(\.folder) }

    /// The classes for the folders that are there: column titles are a class where there is a
    /// folder of that name.
    func entries(for folders: [String]) -> [Entry] {
        guard let titles, folders.contains(titles.folder) else { return entries }
        return [titles] + entries
    }

    /// The bytes without UTF-8's byte-order mark.
    ///
    /// - Throws: ``DataError`` for text of another encoding, which its byte-order mark shows.
    private static func withoutMark(_ source: NamedBytes) throws(DataError) -> NamedBytes {
        if source.bytes.starts(with: [0xFF, 0xFE]) || source.bytes.starts(with: [0xFE, 0xFF]) {
            throw source.error(
                .unsupported, "the class map is UTF-16 text; save it as UTF-8 (\"CSV UTF-8\")")
        }
        guard source.bytes.starts(with: [0xEF, 0xBB, 0xBF]) else { return source }
        return NamedBytes(name: source.name, source.bytes.dropFirst(3))
    }

    private static func entries(
        ofLines text: String, _ source: NamedBytes
    ) throws(DataError) -> (entries: [Entry], titles: Entry?) {
        let lines = text.split(omittingEmptySubsequences: true, whereSeparator: \.isNewline)
            .filter { line in !line.hasPrefix("#") && !line.allSatisfy(\.isWhitespace) }
        let hasSemicolons = lines.allSatisfy { firstSeparator(of: $0) == ";" }
        var entries: [Entry] = []
        // Nil for a folder without a second field.
        var numbers: [Int?] = []
        for line in lines {
            let (folder, rest) = folder(of: line, hasSemicolons: hasSemicolons)
            let name = rest.map { unquoted($0) }
            entries.append(Entry(folder: folder, name: name ?? folder))
            numbers.append(name.flatMap { Int($0) })
        }
        let titles = entries.first.flatMap { isTitles($0) && entries.count > 1 ? $0 : nil }
        if titles != nil {
            entries.removeFirst()
            numbers.removeFirst()
        }
        return (try numbered(entries, by: numbers.compactMap(\.self), source), titles)
    }

    /// The classes in the order of their numbers, where each has one, as in the JSON form with
    /// numbers; else as they are.
    ///
    /// Folders that are called 7 and 10 are not the classes 7 and 10 of two.
    private static func numbered(
        _ entries: [Entry], by numbers: [Int], _ source: NamedBytes
    ) throws(DataError) -> [Entry] {
        guard numbers.count == entries.count, !entries.isEmpty else { return entries }
        let areNames = entries.allSatisfy { $0.name.utf8.elementsEqual($0.folder.utf8) }
        if areNames, numbers.sorted() != Array(0..<numbers.count) { return entries }
        try check(
            numbers, source,
            "; where they are the classes' names, write the map as JSON, "
                + "{\"\(entries[0].folder)\": \"\(entries[0].name)\", ...}")
        return zip(numbers, entries).sorted { $0.0 < $1.0 }
            .map { Entry(folder: $0.1.folder, name: $0.1.folder) }
    }

    /// Refuses numbers of classes unless each from 0 on is there once.
    private static func check(
        _ numbers: [Int], _ source: NamedBytes, _ advice: String = ""
    ) throws(DataError) {
        let expected = 0..<numbers.count
        guard numbers.sorted() != Array(expected) else { return }
        let missing = Set(expected).subtracting(numbers).min().map { ", but \($0) is missing" }
        throw source.error(
            .inconsistent,
            "the class map's numbers must be 0 to \(numbers.count - 1), once each"
                + (missing ?? "") + advice)
    }

    /// The text before the separator and the text after it; nil without a separator.
    private static func folder(
        of line: Substring, hasSemicolons: Bool
    ) -> (String, Substring?) {
        let separator: Character = hasSemicolons ? ";" : line.contains("\t") ? "\t" : ","
        let end = behindQuotes(line).firstIndex(of: separator)
        return (
            unquoted(line[..<(end ?? line.endIndex)]), end.map { line[line.index(after: $0)...] }
        )
    }

    /// The first of the characters that may separate the fields of a line; nil without any.
    private static func firstSeparator(of line: Substring) -> Character? {
        behindQuotes(line).first { character in [",", ";", "\t"].contains(character) }
    }

    /// The part of a line that begins where quotation marks around its first field end; the whole
    /// line without them.
    private static func behindQuotes(_ line: Substring) -> Substring {
        let trimmed = line.drop(while: \.isWhitespace)
        guard trimmed.hasPrefix("\"") else { return line }
        // A quotation mark in quotation marks is written twice.
        var place = trimmed.index(after: trimmed.startIndex)
        while place < trimmed.endIndex {
            guard trimmed[place] == "\"" else {
                place = trimmed.index(after: place)
                continue
            }
            let next = trimmed.index(after: place)
            guard next < trimmed.endIndex, trimmed[next] == "\"" else { break }
            place = trimmed.index(after: next)
        }
        return trimmed[place...]
    }

    private static func unquoted(_ field: Substring) -> String {
        let text = field.trimmingCharacters(in: .whitespaces)
        guard text.count >= 2, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        return String(text.dropFirst().dropLast()).replacing("\"\"", with: "\"")
    }

    /// Whether a line reads like the titles of its columns.
    private static func isTitles(_ entry: Entry) -> Bool {
        let first: Set = [
            "folder", "directory", "dir", "class", "class_id", "classid", "label", "id", "wnid",
            "synset", "class_folder",
        ]
        let second: Set = [
            "name", "class", "class_name", "classname", "label", "label_name", "description",
            "index", "number", "id", "class_index", "title",
        ]
        return first.contains(entry.folder.lowercased())
            && second.contains(entry.name.lowercased())
            && entry.folder.lowercased() != entry.name.lowercased()
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
        // A decoder keeps one value of a key that is there twice.
        let written = keyCount(ofJSON: source.bytes)
        guard written == values.count else {
            throw source.error(
                .inconsistent,
                "the class map has \(written) folders, of which \(values.count) are different; "
                    + "name each once")
        }
        let folders = values.keys.sorted(by: precedes)
        let numbers = values.values.compactMap(\.number)
        if numbers.isEmpty {
            return folders.map { Entry(folder: $0, name: values[$0]?.name ?? $0) }
        }
        // Of numbers and names together, the numbers are too few.
        try check(
            numbers + Array(repeating: -1, count: folders.count - numbers.count), source)
        return folders.sorted { (values[$0]?.number ?? 0) < (values[$1]?.number ?? 0) }
            .map { Entry(folder: $0, name: $0) }
    }

    /// The keys of a valid JSON object without arrays and objects in it: its colons outside
    /// strings.
    private static func keyCount(ofJSON bytes: ArraySlice<UInt8>) -> Int {
        var (count, isString, isEscaped) = (0, false, false)
        for byte in bytes {
            if isEscaped {
                isEscaped = false
            } else if isString {
                isEscaped = byte == UInt8(ascii: "\\")
                isString = byte != UInt8(ascii: "\"")
            } else {
                isString = byte == UInt8(ascii: "\"")
                if byte == UInt8(ascii: ":") { count += 1 }
            }
        }
        return count
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
