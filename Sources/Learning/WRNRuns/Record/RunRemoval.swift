// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFiles

/// The removal of a run: its directory with all that is in it.
///
/// The directory is locked, so that no process trains in it meanwhile. Links in it are removed, and
/// what they lead to stays.
package final class RunRemoval {
    /// The directory.
    package let path: String
    /// The number of files, links included.
    package let fileCount: Int
    /// The bytes that are freed.
    package let byteCount: Int
    /// The names of files and directories in it that no run has, sorted.
    package let otherNames: [String]
    /// The run; nil for a damaged one.
    package let record: RunRecord?

    private let lock: DirectoryLock

    private init(
        path: String, size: DirectoryTree<FileError>.Size, otherNames: [String],
        record: RunRecord?, lock: DirectoryLock
    ) {
        self.path = path
        fileCount = size.files
        byteCount = size.byteCount
        self.otherNames = otherNames
        self.record = record
        self.lock = lock
    }

    /// Locks the run in a directory, and counts its files.
    ///
    /// - Throws: A ``TrainingError`` for a link in the directory's place, a directory that holds no
    ///   run, or others inside of its run, and one in which a process trains; a `FileError` for one
    ///   that cannot be read.
    package static func prepare(_ directory: String) throws -> RunRemoval {
        let path = trimmed(directory)
        try check(path)
        let record = try? RunRecord(readingFrom: path)
        guard record != nil || isDamagedRun(path) else {
            let runs = (try? RunRecord.directories(in: path)) ?? []
            let advice =
                runs.first.map { "; it holds \(runs.count) runs, such as \($0), to name" }
                ?? "; nothing is removed"
            throw TrainingError(
                .noRun,
                "\(path): expected the directory of a run, found one without a run's "
                    + "\(RunDirectory.Name.configuration)\(advice)")
        }
        let lock = try lock(path)
        try checkInside(path)
        let size = try DirectoryTree<FileError>(path).size()
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return RunRemoval(
            path: path, size: size, otherNames: names.filter { !isOfRuns($0) }.sorted(),
            record: record, lock: lock)
    }

    /// Refuses what is no directory, a link to one, and one without its own name, which the system
    /// would empty and then not remove.
    private static func check(_ path: String) throws(TrainingError) {
        if let last = path.split(separator: "/").last, [".", ".."].contains(last) {
            throw TrainingError(
                .noRun,
                "\(path): expected the directory of a run by its own name, found a path that ends "
                    + "in \(last); name the directory from outside of it")
        }
        guard RunDirectory.exists(path) else {
            throw TrainingError(
                .noRun,
                "\(path): expected the directory of a run, found nothing; "
                    + NearestPath.advice(path))
        }
        if let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
            throw TrainingError(
                .noRun,
                "\(path): expected the directory of a run, found a link to \(target); name the "
                    + "directory itself, or remove the link")
        }
        guard RunDirectory.isDirectory(path) else {
            throw TrainingError(
                .noRun, "\(path): expected the directory of a run, found a file; check the path")
        }
    }

    /// Refuses a run with others inside of it, which have locks of their own.
    private static func checkInside(_ path: String) throws(TrainingError) {
        let others = RunRecord.directories(inside: path, hidden: true)
        guard let first = others.first else { return }
        throw TrainingError(
            .directoryTaken,
            "\(path): expected a run without others inside, found "
                + (others.count == 1 ? "the run \(first)" : "\(others.count), such as \(first)")
                + "; remove or move what is inside first")
    }

    private static func lock(_ path: String) throws(TrainingError) -> DirectoryLock {
        do throws(TrainingError) {
            return try DirectoryLock(path)
        } catch {
            guard error.code == .directoryLocked else { throw error }
            throw TrainingError(
                .directoryLocked,
                "\(path): a process trains in this directory; stop it first, then remove the run")
        }
    }

    /// Removes it.
    ///
    /// - Returns: The bytes that are freed.
    /// - Throws: A ``TrainingError`` when another run has been begun inside of it meanwhile; a
    ///   `FileError` when the system refuses; the rest is still a run, which can be removed later.
    package func remove() throws -> Int {
        try Self.checkInside(path)
        return try DirectoryTree<FileError>(path).remove(
            last: [RunDirectory.Name.metrics, RunDirectory.Name.configuration]
        ).byteCount
    }

    /// Whether a directory that cannot be read as a run has files that only runs have.
    private static func isDamagedRun(_ path: String) -> Bool {
        RunRecord.hasFiles(path)
    }

    /// Whether a file of this name belongs to runs.
    private static func isOfRuns(_ name: String) -> Bool {
        RunDirectory.Name.all.contains(name) || name == RunTags.fileName || name == "report.html"
            || name.hasPrefix("events.out.tfevents.") || name.hasPrefix(".wrn-")
    }

    private static func trimmed(_ path: String) -> String {
        var path = path
        while path.count > 1, path.hasSuffix("/") { path.removeLast() }
        return path
    }
}
