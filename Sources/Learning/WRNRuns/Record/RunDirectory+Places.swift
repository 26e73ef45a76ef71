// SPDX-License-Identifier: Apache-2.0

extension RunDirectory {
    /// Whether a process trains in a directory now; false when that cannot be determined.
    package static func isBeingTrained(_ path: String) -> Bool { DirectoryLock.isHeld(path) }

    /// Whether a path is that of a file that a run has and needs: its configuration, records, tags,
    /// models with their digests, and checkpoints; not the report, which can be written again.
    package static func needsFile(at path: String) -> Bool {
        guard let slash = path.lastIndex(of: "/"), exists(path) else { return false }
        let (directory, name) = (String(path[..<slash]), String(path[path.index(after: slash)...]))
        if directory.hasSuffix("/" + Name.checkpoints) {
            return holdsRun(String(directory.dropLast(Name.checkpoints.count + 1)))
        }
        return holdsRun(directory)
            && (Name.all.contains(name) || name == RunTags.fileName
                || name.hasPrefix("events.out.tfevents"))
    }
}
