// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNCheckpoint
import WRNData

/// A safetensors file with its SHA-256 in a file beside it, as `sha256sum` writes and checks it.
///
/// The digest is on the disk before the file takes its name. Where a file of that name is replaced, the digest's file names both,
/// the old one and the new, until the new one is in place. So a process that is killed anywhere leaves a file with a digest that is
/// its own, and a digest that is missing or wrong always means damage.
enum SealedFile {
    /// What the name of the digest's file adds to the file's.
    static let suffix = ".sha256"
    /// The largest file of a digest that is read, in bytes.
    static let maximumDigestByteCount = 1 << 16

    /// Writes tensors and their digest, in place of what is there.
    static func write(
        _ tensors: [NamedTensor], metadata: [String: String], to path: String
    ) throws(CheckpointError) {
        var computation = FileDigest.Computation(like: .sha256(""))
        let old = RunDirectory.exists(path) ? digests(of: path) ?? [] : []
        var digest = ""
        do throws(CheckpointError) {
            try Safetensors.write(
                tensors, metadata: metadata, to: path,
                observing: { computation.update($0) },
                beforeReplacing: { () throws(CheckpointError) in
                    digest = computation.digest.digits
                    try writeDigests(old.filter { $0 != digest } + [digest], of: path)
                })
        } catch {
            if !RunDirectory.exists(path) { unlink(path + suffix) }
            throw error
        }
        // The file is in place: a digest too many is no failure, and goes when the run is opened again.
        if !old.isEmpty, old != [digest] { try? writeDigests([digest], of: path) }
    }

    /// What is wrong with the file at `path`, in the words that follow its name; nil when it is whole.
    static func problem(of path: String) -> String? {
        let computed: String
        switch digest(ofFileAt: path) {
        case .success(let digits): computed = digits
        case .failure(let error): return "cannot be read (\(error.sentence))"
        }
        let name = (path as NSString).lastPathComponent + suffix
        guard RunDirectory.exists(path + suffix) else {
            return "has no digest (expected it in \(name))"
        }
        guard let expected = digests(of: path), let last = expected.last else {
            return "has no digest that can be read (expected a line of sha256sum in \(name))"
        }
        guard !expected.contains(computed) else { return nil }
        return "is damaged (expected the SHA-256 \(last), found \(computed))"
    }

    /// Drops the digest of the file that was replaced, where a process was killed before it could.
    static func settle(_ path: String) throws(CheckpointError) {
        guard let digests = digests(of: path), digests.count > 1,
            case .success(let own) = digest(ofFileAt: path), digests.contains(own)
        else { return }
        try writeDigests([own], of: path)
    }

    private static func writeDigests(
        _ digests: [String], of path: String
    ) throws(CheckpointError) {
        let name = (path as NSString).lastPathComponent
        try AtomicFile.write(
            digests.map { "\($0)  \(name)\n" }.joined(), to: path + suffix)
    }

    /// The digests that the file beside `path` gives it, the last written last; nil when there is none or it says something else.
    private static func digests(of path: String) -> [String]? {
        let name = (path as NSString).lastPathComponent
        guard
            let bytes = try? RunDirectory.readFile(path + suffix, limit: maximumDigestByteCount)
        else { return nil }
        var digests: [String] = []
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let digits = line.prefix(64)
            // Two spaces, or a space and a star where sha256sum was told to read binary.
            guard digits.utf8.count == 64, digits.allSatisfy(\.isHexDigit),
                ["  " + name, " *" + name].contains(line.dropFirst(64))
            else { return nil }
            digests.append(digits.lowercased())
        }
        return digests
    }

    private static func digest(ofFileAt path: String) -> Result<String, SystemFailure> {
        // Whoever put a pipe here must not make the program wait.
        let descriptor = retryingInterrupts { open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC) }
        guard descriptor >= 0 else { return .failure(SystemFailure(error: .last)) }
        defer { close(descriptor) }
        var computation = FileDigest.Computation(like: .sha256(""))
        var chunk = [UInt8](repeating: 0, count: 1 << 20)
        while true {
            let count = chunk.withUnsafeMutableBytes { buffer in
                retryingInterrupts { read(descriptor, buffer.baseAddress, buffer.count) }
            }
            guard count >= 0 else { return .failure(SystemFailure(error: .last)) }
            guard count > 0 else { return .success(computation.digest.digits) }
            chunk.withUnsafeBytes {
                computation.update(UnsafeRawBufferPointer(rebasing: $0[..<count]))
            }
        }
    }

    private struct SystemFailure: Error {
        let error: SystemError

        var sentence: String { error.sentence }
    }
}
