// SPDX-License-Identifier: Apache-2.0

import Foundation

extension RunRecord {
    /// The directories with a `config.json` at `path` or below it, sorted; nothing is looked for inside of one.
    ///
    /// - Parameter depth: How many levels below `path` are looked at.
    /// - Throws: A ``TrainingError`` with the code `noRun` when `path` is no directory.
    public static func directories(
        in path: String, depth: Int = 3
    ) throws(TrainingError) -> [String] {
        guard RunDirectory.isDirectory(path) else {
            throw TrainingError(
                .noRun,
                "\(path): expected a directory of runs, found "
                    + (RunDirectory.exists(path) ? "a file" : "nothing") + "; check the path")
        }
        return search(path, depth: depth)
    }

    private static func search(_ path: String, depth: Int) -> [String] {
        if RunDirectory.exists(RunDirectory.join(path, RunDirectory.Name.configuration)) {
            return [path]
        }
        guard depth > 0 else { return [] }
        // A directory that may not be read holds no run for this reader.
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted()
            .map { RunDirectory.join(path, $0) }
            .filter(RunDirectory.isDirectory)
            .flatMap { search($0, depth: depth - 1) }
    }
}
