// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The runs below a directory, each of them once.
///
/// Links are followed after everything else, so that a run that several paths lead to is found by
/// the one with the fewest links, and a link to a directory above finds nothing again.
private struct RunSearch {
    /// The identity of a directory, the same for all paths that lead to it.
    private struct Identity: Hashable {
        let device: UInt64
        let number: UInt64

        /// Nil when there is nothing at the path.
        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            device = UInt64(truncatingIfNeeded: status.st_dev)
            number = UInt64(truncatingIfNeeded: status.st_ino)
        }
    }

    /// The path of each run.
    private var runs: [Identity: String] = [:]
    /// The levels below each visited directory that were searched.
    private var depths: [Identity: Int] = [:]
    /// The links to directories that are still to be followed, and the levels below them.
    private var links: [(path: String, depth: Int)] = []

    /// The paths of the runs, sorted.
    var paths: [String] { runs.values.sorted() }

    /// Searches a directory and `depth` levels below it.
    init(_ path: String, depth: Int) {
        visit(path, depth: depth)
        while !links.isEmpty {
            let next = links
            links = []
            for link in next { visit(link.path, depth: link.depth) }
        }
    }

    private mutating func visit(_ path: String, depth: Int) {
        // What was reached before by a longer path was not searched as far down.
        guard let identity = Identity(path), depths[identity].map({ $0 < depth }) ?? true else {
            return
        }
        depths[identity] = depth
        if RunDirectory.exists(RunDirectory.join(path, RunDirectory.Name.configuration)) {
            add(path)
            for inner in RunRecord.directories(inside: path, depth: depth, hidden: false) {
                add(inner)
            }
            return
        }
        guard depth > 0 else { return }
        for name in RunRecord.names(in: path, hidden: false) {
            let inner = RunDirectory.join(path, name)
            guard RunDirectory.isDirectory(inner) else { continue }
            if RunRecord.isLink(inner) {
                links.append((inner, depth - 1))
            } else {
                visit(inner, depth: depth - 1)
            }
        }
    }

    private mutating func add(_ run: String) {
        guard let identity = Identity(run), runs[identity] == nil else { return }
        runs[identity] = run
    }
}

extension RunRecord {
    /// The directories with a `config.json` at `path` or below it, sorted, and the runs inside of
    /// these.
    ///
    /// Links are followed, but not those inside of runs, and each run is found once.
    ///
    /// - Parameter depth: The number of levels below `path` that are searched.
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
        return RunSearch(path, depth: depth).paths
    }

    /// The runs in the directories of another run, sorted; its checkpoints are not searched, no
    /// link is followed, and a `config.json` alone is no run, as other programs write one beside
    /// weights, too.
    ///
    /// - Parameters:
    ///   - depth: The number of levels below `path` that are searched.
    ///   - hidden: Whether directories are searched whose names begin with a full stop.
    static func directories(inside path: String, depth: Int = 3, hidden: Bool) -> [String] {
        guard depth > 0 else { return [] }
        return names(in: path, hidden: hidden).filter { $0 != RunDirectory.Name.checkpoints }
            .map { RunDirectory.join(path, $0) }
            .filter { RunDirectory.isDirectory($0) && !isLink($0) }
            .flatMap { inner in
                (hasFiles(inner) ? [inner] : [])
                    + directories(inside: inner, depth: depth - 1, hidden: hidden)
            }
    }

    /// Whether a directory has files that only runs have, damaged or not.
    static func hasFiles(_ path: String) -> Bool {
        RunDirectory.exists(RunDirectory.join(path, RunDirectory.Name.configuration))
            && [RunDirectory.Name.checkpoints, RunDirectory.Name.metrics].contains {
                RunDirectory.exists(RunDirectory.join(path, $0))
            }
    }

    /// The names in a directory, sorted; a directory that may not be read is treated as one without
    /// runs.
    fileprivate static func names(in path: String, hidden: Bool) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? [])
            .filter { hidden || !$0.hasPrefix(".") }.sorted()
    }

    fileprivate static func isLink(_ path: String) -> Bool {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil
    }
}
