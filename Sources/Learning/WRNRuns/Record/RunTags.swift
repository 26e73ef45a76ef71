// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNText

/// The tags of a run: words that a person gives it, in the file `tags.txt` of its directory, one a
/// line.
package enum RunTags {
    /// The name of the file.
    package static let fileName = "tags.txt"
    /// The most tags of a run.
    package static let maximumCount = 100
    /// The most characters of a tag.
    package static let maximumLength = 64
    private static let maximumByteCount = 1 << 16

    /// The tags of the run in a directory, sorted; none where there is no such file, or it holds
    /// something else.
    package static func read(from directory: String) -> [String] {
        let file = RunDirectory.join(directory, fileName)
        guard let bytes = try? RunDirectory.readFile(file, limit: maximumByteCount) else {
            return []
        }
        let words = String(decoding: bytes, as: UTF8.self)
            .split(whereSeparator: \.isNewline).map(String.init)
        return Set(words.filter { problem($0) == nil }.prefix(maximumCount)).sorted()
    }

    /// The tags of the run in a directory, sorted, of a file that holds nothing else.
    ///
    /// - Throws: A ``TrainingError`` for a file that cannot be read or holds something else, which
    ///   would be lost with a change.
    private static func readAll(from directory: String) throws(TrainingError) -> [String] {
        let file = RunDirectory.join(directory, fileName)
        guard RunDirectory.exists(file) else { return [] }
        let bytes = try RunDirectory.readFile(file, limit: maximumByteCount)
        let text = String(decoding: bytes, as: UTF8.self)
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let other = lines.firstIndex { !$0.isEmpty && problem(String($0)) != nil }
        // Bytes that are no text are decoded as others.
        guard other == nil, text.utf8.elementsEqual(bytes) else {
            let place = other.map { " in line \($0 + 1)" } ?? ""
            throw TrainingError(
                .damagedRun,
                "\(file): expected a tag a line, found something else\(place), which a change would "
                    + "remove; mend the file, or move it away")
        }
        let tags = Set(lines.filter { !$0.isEmpty }.map(String.init)).sorted()
        guard tags.count <= maximumCount else {
            throw TrainingError(
                .damagedRun,
                "\(file): expected at most \(maximumCount) tags, found \(tags.count); remove some "
                    + "lines")
        }
        return tags
    }

    /// Keeps other processes from changing the tags meanwhile; nil where nothing can be locked.
    ///
    /// The lock on the run is the training's, so that of its checkpoints is taken, which has no
    /// other use.
    private static func lock(_ directory: String) throws(TrainingError) -> DirectoryLock? {
        let place = RunDirectory.join(directory, RunDirectory.Name.checkpoints)
        guard RunDirectory.isDirectory(place) else { return nil }
        for _ in 0..<500 {
            do throws(TrainingError) {
                return try DirectoryLock(place)
            } catch {
                guard error.code == .directoryLocked else { return nil }
            }
        }
        throw TrainingError(
            .directoryLocked,
            "\(directory): another process changes the tags of this run; try again")
    }

    /// Changes the tags of a run.
    ///
    /// The run may be in training: its other files are not touched.
    ///
    /// - Parameters:
    ///   - added: Tags that it has from now on.
    ///   - removed: Tags that it has no longer.
    /// - Returns: Its tags, sorted.
    /// - Throws: A ``TrainingError`` when the directory holds no run, for a word that is no tag,
    ///   and where the file holds something else than tags; a `FileError` when it cannot be
    ///   written.
    @discardableResult
    package static func change(
        in directory: String, adding added: [String] = [], removing removed: [String] = []
    ) throws -> [String] {
        _ = try RunRecord(readingFrom: directory)
        if let problem = added.lazy.compactMap(problem).first {
            throw TrainingError(.invalidConfiguration, problem)
        }
        // To look at the tags, those are enough that can be read.
        if added.isEmpty, removed.isEmpty { return read(from: directory) }
        let lock = try lock(directory)
        defer { withExtendedLifetime(lock) {} }
        let before = try readAll(from: directory)
        let after = Set(before).union(added).subtracting(removed).sorted()
        guard after.count <= maximumCount else {
            throw TrainingError(
                .invalidConfiguration,
                "\(directory): expected at most \(maximumCount) tags, found \(after.count); remove "
                    + "some first")
        }
        if after != before {
            try AtomicFile<FileError>.write(
                after.map { $0 + "\n" }.joined(),
                to: RunDirectory.join(directory, fileName))
        }
        return after
    }

    /// The sentence about a word that is no tag; nil for a tag.
    package static func problem(_ word: String) -> String? {
        let isPlain = word.unicodeScalars.allSatisfy {
            !$0.properties.isWhitespace && $0 != "," && printable(String($0)) == String($0)
        }
        guard word.isEmpty || !isPlain || word.hasPrefix("-") || word.count > maximumLength else {
            return nil
        }
        return "'\(word)' is no tag: expected 1 to \(maximumLength) characters without spaces and "
            + "commas that do not begin with a hyphen"
    }
}
