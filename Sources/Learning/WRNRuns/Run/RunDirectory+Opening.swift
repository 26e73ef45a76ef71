// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFiles
import WRNModel
import WRNTensorFiles

extension RunDirectory {
    /// Begins a run in a new directory; missing directories above it are created too.
    ///
    /// A run without any saved step is replaced (``hasReplacedRun``), because it has no results.
    ///
    /// - Throws: A ``TrainingError`` when the configuration is invalid, the directory holds a run
    ///   or cannot be written to, or another process trains in it; a `FileError` when `config.json`
    ///   cannot be written. Then nothing is left behind.
    public static func create(
        at path: String, _ configuration: TrainingConfiguration
    ) throws -> RunDirectory {
        try configuration.validate()
        try checkAvailable(path)
        let made = try NewDirectories(path)
        do {
            let lock = try DirectoryLock(path)
            // Checked again, because another process may have created it meanwhile.
            try checkAvailable(path)
            let replaces = holdsRun(path)
            // A process that was killed while it began a run here may have left one.
            AtomicFile<FileError>.removeAbandonedFiles(in: path)
            AtomicFile<FileError>.removeAbandonedFiles(in: join(path, Name.checkpoints))
            if replaces {
                unlink(join(path, Name.processes))
                unlink(join(path, RunTags.fileName))
                unlink(join(path, Name.steps))
            }
            let checkpoints = try NewDirectories(join(path, Name.checkpoints))
            do {
                // Written last, because this file marks the directory as a run.
                try write(configuration, in: path)
            } catch {
                checkpoints.remove()
                throw error
            }
            let run = RunDirectory(
                path: path, configuration: configuration, lock: lock, made: [checkpoints, made])
            run.hasReplacedRun = replaces
            return run
        } catch {
            made.remove()
            throw error
        }
    }

    /// Removes a run that this process has begun and that has not saved anything yet; no other run
    /// is touched.
    public func discardIfUnused() {
        guard let made, !hasCheckpoint, !Self.exists(path(of: Name.metrics)) else {
            return
        }
        unlink(path(of: Name.configuration))
        for directories in made { directories.remove() }
    }

    /// Refuses a directory in which no run can begin; meant to be called before a long download.
    ///
    /// - Throws: A ``TrainingError`` with the code `directoryTaken` or `unwritable`.
    public static func checkAvailable(_ path: String) throws(TrainingError) {
        guard !path.isEmpty, !path.utf8.contains(0) else {
            throw TrainingError(.unwritable, "\"\": expected the path of a directory for the run")
        }
        let isUnstarted = holdsUnstartedRun(path)
        if holdsRun(path), !isUnstarted {
            throw TrainingError(
                .directoryTaken,
                "\(path): the directory holds a run already; go on with it, or name another "
                    + "directory",
                advice: .resume(path))
        }
        for name in Name.all where !isUnstarted && exists(join(path, name)) {
            // A process that was killed while it began a run leaves no more than this.
            if name == Name.checkpoints, isEmptyDirectory(join(path, name)) { continue }
            throw TrainingError(
                .directoryTaken,
                "\(path): the directory holds \(name), which a run would replace; "
                    + "name an empty or a new directory")
        }
        let place = nearestExisting(path)
        guard isDirectory(place) else {
            throw TrainingError(
                .unwritable,
                "\(path): expected \(place) to be a directory, found a file; "
                    + "name a directory for the run")
        }
        guard access(place, W_OK | X_OK) == 0 else {
            throw TrainingError(
                .unwritable,
                "\(path): cannot write to \(place): \(SystemError.last.sentence); "
                    + "choose a directory that you may write to")
        }
    }

    /// Whether a directory holds a run that could be resumed.
    public static func holdsRun(_ path: String) -> Bool {
        exists(join(path, Name.configuration)) && exists(join(path, Name.checkpoints))
    }

    /// Whether a directory holds a run without any saved step: without checkpoint, model and record
    /// of an epoch.
    public static func holdsUnstartedRun(_ path: String) -> Bool {
        let metrics = join(path, Name.metrics)
        return holdsRun(path)
            && [Name.model, Name.best].allSatisfy { !exists(join(path, $0)) }
            && (!exists(metrics) || isEmptyFile(metrics))
            && holdsNoCheckpoint(join(path, Name.checkpoints))
    }

    /// Whether a directory of checkpoints has none, not even a damaged one; files of processes that
    /// were killed are none.
    private static func holdsNoCheckpoint(_ directory: String) -> Bool {
        let names = try? FileManager.default.contentsOfDirectory(atPath: directory)
        return names.map { $0.allSatisfy { !$0.hasPrefix("step-") } } ?? false
    }

    private static func isEmptyFile(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
            && status.st_size == 0
    }

    static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    static func isDirectory(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func isEmptyDirectory(_ path: String) -> Bool {
        (try? FileManager.default.contentsOfDirectory(atPath: path).isEmpty) ?? false
    }

    /// The path itself, or else the nearest directory above it that exists.
    static func nearestExisting(_ path: String) -> String {
        var path = path
        while !exists(path) {
            while path.hasSuffix("/"), path != "/" { path.removeLast() }
            guard let slash = path.lastIndex(of: "/") else { return "." }
            path = slash == path.startIndex ? "/" : String(path[..<slash])
        }
        return path
    }
}

extension RunDirectory {
    /// The largest `config.json` that is read, in bytes.
    static let maximumConfigurationByteCount = 1 << 24

    /// Opens the directory of a run, to resume it.
    ///
    /// Temporary files of a process that was killed are removed.
    ///
    /// - Throws: A ``TrainingError`` when there is no run, it is damaged, or another process trains
    ///   in it.
    public static func open(at path: String) throws -> RunDirectory {
        guard isDirectory(path) else {
            throw TrainingError(
                .noRun,
                "\(path): expected the directory of a run, found "
                    + (exists(path)
                        ? "a file; check the path" : "nothing; " + NearestPath.advice(path)))
        }
        guard exists(join(path, Name.configuration)) else {
            throw TrainingError(
                .noRun,
                "\(path): expected the file \(Name.configuration) of a run, found none; "
                    + "check the path, or begin a run there")
        }
        let lock = try DirectoryLock(path)
        let configuration = try readConfiguration(join(path, Name.configuration))
        // Before anything is written that the version which began the run does not read.
        try configuration.stepRules.checkTrainable(run: path)
        guard access(path, W_OK | X_OK) == 0 else {
            throw TrainingError(
                .unwritable,
                "\(path): cannot write to the directory: \(SystemError.last.sentence); "
                    + "make it writable, or copy the run to another place")
        }
        _ = try NewDirectories(join(path, Name.checkpoints))
        AtomicFile<FileError>.removeAbandonedFiles(in: path)
        AtomicFile<FileError>.removeAbandonedFiles(in: join(path, Name.checkpoints))
        return RunDirectory(path: path, configuration: configuration, lock: lock, made: nil)
    }

    static func readConfiguration(_ file: String) throws -> TrainingConfiguration {
        let bytes = try readFile(file, limit: maximumConfigurationByteCount)
        let format = try RunJSON.value(FormatVersion.self, from: bytes, file: file)
        let versions = TrainingConfiguration.readableVersions
        guard versions.contains(format.version) else {
            throw TrainingError(
                .damagedRun,
                "\(file): expected the format's version \(versions.lowerBound) to "
                    + "\(versions.upperBound), found \(format.version); resume with the program "
                    + "that began the run")
        }
        let configuration = try RunJSON.value(TrainingConfiguration.self, from: bytes, file: file)
        do {
            try configuration.validate()
        } catch {
            throw TrainingError(
                error.code,
                "\(file): \(error.message): the file was changed or damaged; restore it, or begin "
                    + "a new run in another directory")
        }
        return configuration
    }

    private struct FormatVersion: Decodable {
        let version: Int
    }
}

/// The directories that were created for a run, which are removed again after a failure.
struct NewDirectories {
    private var made: [String] = []

    /// Creates the directory at `path` and those missing above it; none when one cannot be created.
    init(_ path: String) throws(TrainingError) {
        var missing: [String] = []
        var rest = path
        while rest.hasSuffix("/"), rest != "/" { rest.removeLast() }
        while !rest.isEmpty, !RunDirectory.exists(rest) {
            missing.append(rest)
            guard let slash = rest.lastIndex(of: "/") else { break }
            rest = String(rest[..<slash])
            while rest.hasSuffix("/") { rest.removeLast() }
        }
        for directory in missing.reversed() {
            if mkdir(directory, 0o777) == 0 {
                made.append(directory)
            } else if errno != EEXIST {
                let error = SystemError.last
                remove()
                throw TrainingError(
                    .unwritable,
                    "\(path): cannot make the directory \(directory): \(error.sentence); "
                        + "choose a place that you may write to")
            }
        }
    }

    /// Removes them, as far as they are empty.
    func remove() {
        for directory in made.reversed() { rmdir(directory) }
    }
}
