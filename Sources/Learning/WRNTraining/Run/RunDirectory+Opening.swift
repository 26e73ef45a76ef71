// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNArchive
import WRNTensorFiles
import WRNModel

extension RunDirectory {
    /// The largest `config.json` that is read, in bytes.
    static let maximumConfigurationByteCount = 1 << 24

    /// Opens the directory of a run, to go on with it.
    ///
    /// Temporary files of a process that was killed are removed.
    ///
    /// - Throws: A ``TrainingError`` when there is no run, it is damaged, or another process trains in it.
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
        guard access(path, W_OK | X_OK) == 0 else {
            throw TrainingError(
                .unwritable,
                "\(path): cannot write to the directory: \(SystemError.last.sentence); "
                    + "make it writable, or copy the run to another place")
        }
        _ = try NewDirectories(join(path, Name.checkpoints))
        AtomicFile.removeAbandonedFiles(in: path)
        AtomicFile.removeAbandonedFiles(in: join(path, Name.checkpoints))
        return RunDirectory(path: path, configuration: configuration, lock: lock, made: nil)
    }

    static func readConfiguration(_ file: String) throws -> TrainingConfiguration {
        let bytes = try readFile(file, limit: maximumConfigurationByteCount)
        let format = try RunJSON.value(FormatVersion.self, from: bytes, file: file)
        guard format.version == TrainingConfiguration.currentVersion else {
            throw TrainingError(
                .damagedRun,
                "\(file): expected the format's version \(TrainingConfiguration.currentVersion), found "
                    + "\(format.version); resume with the program that began the run")
        }
        let configuration = try RunJSON.value(TrainingConfiguration.self, from: bytes, file: file)
        do {
            try configuration.validate()
        } catch {
            throw TrainingError(
                error.code,
                "\(file): \(error.message): the file was changed or damaged; restore it, or begin a new run in "
                    + "another directory")
        }
        return configuration
    }

    private struct FormatVersion: Decodable {
        let version: Int
    }
}
