// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// An open regular file that is read at offsets, from any thread.
///
/// Files are read, not mapped: when another process truncates a mapped file, the next access kills this one with SIGBUS, whereas
/// a short read is an error that can be reported. It also means that looking at a header costs no more than the header.
final class ReadableFile: Sendable {
    let path: String
    let byteCount: Int
    private let descriptor: Int32

    init(path: String) throws(CheckpointError) {
        // Non-blocking, since opening a named pipe would otherwise wait for a writer; regular files ignore it.
        let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else {
            throw Self.cannotOpen(path, SystemError.last)
        }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let error = SystemError.last
            close(descriptor)
            throw Self.cannotOpen(path, error)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a device or pipe"
            throw CheckpointError(
                .cannotOpen, file: path, "expected a file, found \(kind)",
                advice: "name the file itself")
        }
        self.path = path
        self.byteCount = Int(status.st_size)
        self.descriptor = descriptor
    }

    deinit {
        close(descriptor)
    }

    /// Fills `buffer` with the bytes from `offset`.
    func read(at offset: Int, into buffer: UnsafeMutableRawBufferPointer) throws(CheckpointError) {
        var done = 0
        while done < buffer.count {
            // Darwin refuses calls of 2 GiB and more.
            let wanted = min(buffer.count - done, 1 << 30)
            let rest = buffer.baseAddress?.advanced(by: done)
            let count = retryingInterrupts {
                pread(descriptor, rest, wanted, off_t(offset + done))
            }
            guard count >= 0 else {
                let error = SystemError.last
                throw CheckpointError(
                    .cannotRead, file: path,
                    "cannot read byte \(offset + done): \(error.sentence)",
                    advice: error.readingAdvice, byteOffset: offset + done)
            }
            guard count > 0 else {
                throw CheckpointError(
                    .cannotRead, file: path,
                    "expected \(byteCount) bytes, found the end at byte \(offset + done)",
                    advice: "something shortened the file while it was read: try again",
                    byteOffset: offset + done)
            }
            done += count
        }
    }

    private static func cannotOpen(_ path: String, _ error: SystemError) -> CheckpointError {
        CheckpointError(
            .cannotOpen, file: path, "cannot open the file: \(error.sentence)",
            advice: error.readingAdvice)
    }
}
