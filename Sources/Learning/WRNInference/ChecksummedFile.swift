// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNFiles
package import WRNTensorFiles

/// A safetensors file with its SHA-256 in a file beside it, as `sha256sum` writes and checks it.
///
/// The digest is on the disk before the file takes its name. Where a file of that name is replaced,
/// the digest's file names both, the old one and the new, until the new one is in place. So a
/// process that is killed anywhere leaves a file with a digest that is its own, and a digest that
/// is missing or wrong always means damage.
package enum ChecksummedFile {
    /// The ending that the digest's file adds to the file's name.
    package static let suffix = ".sha256"
    /// The largest file of a digest that is read, in bytes.
    static let maximumDigestByteCount = 1 << 16

    /// Writes tensors and their digest, in place of what is there.
    package static func write(
        _ tensors: [NamedTensor], metadata: [String: String], to path: String
    ) throws(CheckpointError) {
        try replace(path) { (observe, prepare) throws(CheckpointError) in
            try Safetensors.write(
                tensors, metadata: metadata, to: path, observing: observe,
                beforeReplacing: prepare)
        }
    }

    /// Writes the file of an archive again with other metadata, and its digest, in place of what is
    /// there.
    package static func write(
        _ archive: TensorArchive, metadata: [String: String], to path: String
    ) throws(CheckpointError) {
        try replace(path) { (observe, prepare) throws(CheckpointError) in
            try Safetensors.write(
                archive, metadata: metadata, to: path, observing: observe,
                beforeReplacing: prepare)
        }
    }

    /// Replaces a file by the bytes that `write` passes to its first argument; its second one is
    /// called before the new file takes its name.
    private static func replace(
        _ path: String,
        _ write: (
            _ observe: (UnsafeRawBufferPointer) -> Void,
            _ prepare: () throws(CheckpointError) -> Void
        ) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        var computation = FileDigest.Computation(like: .sha256(""))
        let old = exists(path) ? ownDigests(of: path) : []
        var digest = ""
        do throws(CheckpointError) {
            try write(
                { computation.update($0) },
                { () throws(CheckpointError) in
                    digest = computation.digest.digits
                    try writeDigests(old.filter { $0 != digest } + [digest], of: path)
                })
        } catch {
            if !exists(path) { unlink(path + suffix) }
            throw error
        }
        // The file is in place: a surplus digest is no failure, and is removed when the run is
        // opened again.
        if !old.isEmpty, old != [digest] { try? writeDigests([digest], of: path) }
    }

    /// Whether a file has a digest beside it.
    package static func hasDigest(_ path: String) -> Bool { exists(path + suffix) }

    /// A file that the system refuses to read, which says nothing about its content.
    package struct Refusal: Error {
        /// The file, or that of its digest.
        package let file: String
        /// The refusal in the system's words: `permission denied`.
        package let sentence: String
    }

    /// The fault of the file at `path`, in the words that follow its name; nil when it is whole.
    package static func problem(of path: String) -> String? {
        do {
            return try inspect(path)
        } catch {
            return "cannot be read (\(error.sentence))"
        }
    }

    /// The fault of the content of the file at `path`, in the words that follow its name; nil when
    /// it is whole.
    ///
    /// - Throws: A ``Refusal`` when the system refuses to read the file or its digest, as for want
    ///   of permission or of a disk: it may be whole.
    package static func inspect(_ path: String) throws(Refusal) -> String? {
        let name = (path as NSString).lastPathComponent + suffix
        var text = ""
        // A run in progress may replace the file meanwhile: its digest is the one before or after.
        for _ in 0..<3 {
            let before = try readDigests(of: path) ?? []
            let computed: String
            do throws(Unreadable) {
                computed = try digest(ofFileAt: path)
            } catch {
                if error.isRefusal { throw Refusal(file: path, sentence: error.sentence) }
                return "cannot be read (\(error.sentence))"
            }
            guard exists(path + suffix) else {
                return "has no digest (expected it in \(name))"
            }
            guard let after = try readDigests(of: path), let last = after.last else {
                return "has no digest that can be read (expected a line of sha256sum in \(name))"
            }
            if after.contains(computed) || before.contains(computed) { return nil }
            text = "is damaged (expected the SHA-256 \(last), found \(computed))"
        }
        return text
    }

    /// The fault of the file at `path` by the digest beside it, in the words that follow its name;
    /// nil when it is whole or has no readable digest.
    package static func contradiction(of path: String) -> String? {
        exists(path) && digests(of: path) != nil ? problem(of: path) : nil
    }

    /// Drops the digest of the file that was replaced, where a process was killed before it could.
    package static func settle(_ path: String) throws(CheckpointError) {
        guard let digests = digests(of: path), digests.count > 1,
            let own = try? digest(ofFileAt: path), digests.contains(own)
        else { return }
        try writeDigests([own], of: path)
    }

    /// Removes a file, and then its digest.
    package static func remove(_ path: String) {
        unlink(path)
        unlink(path + suffix)
    }

    /// The digests that are known of a file that is to be replaced; of one that earlier versions
    /// wrote without any, its own.
    private static func ownDigests(of path: String) -> [String] {
        if exists(path + suffix) { return digests(of: path) ?? [] }
        return (try? digest(ofFileAt: path)).map { [$0] } ?? []
    }

    private static func writeDigests(
        _ digests: [String], of path: String
    ) throws(CheckpointError) {
        let name = (path as NSString).lastPathComponent
        try AtomicFile<CheckpointError>.write(
            digests.map { "\($0)  \(name)\n" }.joined(), to: path + suffix)
    }

    /// The digests in the file beside `path`, the last written last; nil when there is none or its
    /// lines are others, and when it cannot be read.
    private static func digests(of path: String) -> [String]? {
        do {
            return try readDigests(of: path)
        } catch {
            return nil
        }
    }

    /// The digests in the file beside `path`, likewise.
    ///
    /// - Throws: A ``Refusal`` when the system refuses to read them.
    private static func readDigests(of path: String) throws(Refusal) -> [String]? {
        let name = (path as NSString).lastPathComponent
        let bytes: [UInt8]
        do throws(Unreadable) {
            let file = try OpenFile<Unreadable>(path + suffix)
            guard file.count <= maximumDigestByteCount else { return nil }
            bytes = try file.bytes(at: 0, file.count, "the digest")
        } catch {
            if error.isRefusal { throw Refusal(file: path + suffix, sentence: error.sentence) }
            return nil
        }
        var digests: [String] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let digits = line.prefix(64)
            // Two spaces, or a space and a star after `sha256sum --binary`.
            guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit),
                ["  " + name, " *" + name].contains(line.dropFirst(64))
            else { return nil }
            digests.append(digits.lowercased())
        }
        return digests.isEmpty ? nil : digests
    }

    /// Why a file cannot be read, in a few words.
    private struct Unreadable: FileFailure {
        let sentence: String
        /// Whether the system refused to read a file that is there.
        let isRefusal: Bool

        init(_ fault: FileFault) {
            switch fault.code {
            case .system(let number):
                sentence = SystemError(number: number).sentence
                // With these there is no file of the name, or none that can be read at all.
                isRefusal = ![ENOENT, ENOTDIR, ENXIO].contains(number)
            case .notRegular(let kind):
                sentence = "is \(kind)"
                isRefusal = false
            default:
                sentence = fault.sentence
                isRefusal = false
            }
        }
    }

    private static func digest(ofFileAt path: String) throws(Unreadable) -> String {
        // Only regular files are read, so that the program never waits for a pipe.
        try FileDigest.sha256(of: OpenFile<Unreadable>(path))
    }

    private static func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }
}
