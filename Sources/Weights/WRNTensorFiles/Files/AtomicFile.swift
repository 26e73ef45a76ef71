// SPDX-License-Identifier: Apache-2.0

/// Writes files that are, for every observer and at every instant, either the old one or the new one.
///
/// The bytes go to a temporary file in the same directory, which is synchronised, renamed over the target, and made durable by
/// synchronising the directory. A failure before the renaming removes the temporary file and leaves the old one untouched.
/// A process that is killed leaves at most a file whose name begins with ``temporaryPrefix``, never half of the target;
/// ``removeAbandonedFiles(in:)`` removes it.
/// Where the path is a symbolic link, the link itself is replaced.
public enum AtomicFile {
    /// What the names of temporary files begin with; no reader takes such a file for a checkpoint.
    public static let temporaryPrefix = ".wrn-"

    static let temporarySuffix = ".tmp"

    /// Writes `bytes` to the file at `path`, in place of what is there.
    ///
    /// - Throws: A ``CheckpointError`` with the code `cannotWrite` or `diskFull`, in one sentence.
    public static func write(_ bytes: [UInt8], to path: String) throws(CheckpointError) {
        try write(to: path) { (file) throws(CheckpointError) in try file.write(bytes) }
    }

    /// Writes the UTF-8 bytes of `text` to the file at `path`, in place of what is there.
    ///
    /// - Throws: A ``CheckpointError`` with the code `cannotWrite` or `diskFull`, in one sentence.
    public static func write(_ text: String, to path: String) throws(CheckpointError) {
        try write(Array(text.utf8), to: path)
    }

    /// Writes what `body` appends to the file at `path`; when `body` throws, nothing changes.
    package static func write(
        to path: String, _ body: (TemporaryFile) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        let file = try TemporaryFile(beside: path)
        do throws(CheckpointError) {
            try body(file)
            try file.replaceTarget()
        } catch {
            file.remove()
            throw error
        }
        try file.finish()
    }
}
