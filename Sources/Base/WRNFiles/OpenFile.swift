// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A file whose parts are read where they are needed, by several threads at once; or bytes that are
/// in memory already.
///
/// Files are read, not mapped: when another process truncates a mapped file, the next access kills
/// this one with SIGBUS, whereas a short read is an error that can be reported. It also means that
/// looking at a header costs no more than the header. Each read has an offset of its own, so that
/// threads share no position.
package final class OpenFile<Failure: FileFailure>: Sendable {
    /// The name in messages.
    package let name: String
    /// The number of bytes when it was opened.
    package let count: Int

    private enum Storage {
        case descriptor(Int32)
        case memory(ArraySlice<UInt8>)
    }

    private let storage: Storage

    /// Opens a regular file.
    ///
    /// - Throws: `Failure` when it is not there, not a regular file, or unreadable.
    package init(_ path: String) throws(Failure) {
        // Non-blocking, because opening a named pipe would otherwise wait for a writer; regular
        // files ignore it.
        let descriptor = retryingInterrupts { open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard descriptor >= 0 else { throw Self.refusal(path, errno) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            let number = errno
            close(descriptor)
            throw Self.refusal(path, number)
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            let kind = status.st_mode & S_IFMT == S_IFDIR ? "a directory" : "a device or pipe"
            throw Failure(
                FileFault(
                    code: .notRegular(kind), file: path, byteOffset: nil,
                    sentence: "expected a file, found \(kind); name the file itself"))
        }
        name = path
        count = Int(status.st_size)
        storage = .descriptor(descriptor)
    }

    /// Takes bytes that are in memory for a file.
    package init(_ source: NamedBytes<Failure>) {
        name = source.name
        count = source.count
        storage = .memory(source.bytes)
    }

    deinit {
        if case .descriptor(let descriptor) = storage { close(descriptor) }
    }

    /// An error about this file.
    package func error(
        _ code: FileFault.Code, at offset: Int? = nil, _ sentence: String
    ) -> Failure {
        Failure(FileFault(code: code, file: name, byteOffset: offset, sentence: sentence))
    }

    /// The `size` bytes from `offset` on; `what` names them in the message when they are not there.
    package func bytes(at offset: Int, _ size: Int, _ what: String) throws(Failure) -> [UInt8] {
        guard offset >= 0, size >= 0, offset <= count, size <= count - offset else {
            throw error(
                .truncated, at: max(offset, 0),
                "\(what) needs \(size) bytes, but only \(max(count - offset, 0)) are left; "
                    + "the file was cut off")
        }
        return try elements(of: UInt8.self, in: offset..<offset + size)
    }

    /// The elements that the bytes of `range` hold, as the machine's own byte order reads them; the
    /// range lies within the file.
    package func elements<Element: BitwiseCopyable>(
        of type: Element.Type, in range: Range<Int>
    ) throws(Failure) -> [Element] {
        let count = range.count / MemoryLayout<Element>.stride
        // All empty arrays share one storage, and the initializer writes the count into what it
        // gets: a race between threads.
        guard count > 0 else { return [] }
        var failure: Failure?
        let elements = [Element](unsafeUninitializedCapacity: count) { buffer, initialized in
            do throws(Failure) {
                try read(at: range.lowerBound, into: UnsafeMutableRawBufferPointer(buffer))
                initialized = count
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return elements
    }

    /// Fills `buffer` with the bytes from `offset`; the caller has checked that they lie within
    /// ``count``.
    package func read(
        at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Failure) {
        switch storage {
        case .memory(let bytes):
            bytes.withUnsafeBytes { source in
                buffer.copyMemory(
                    from: UnsafeRawBufferPointer(rebasing: source[offset...].prefix(buffer.count)))
            }
        case .descriptor(let descriptor):
            try read(descriptor, at: offset, into: buffer)
        }
    }

    private func read(
        _ descriptor: Int32, at offset: Int, into buffer: UnsafeMutableRawBufferPointer
    ) throws(Failure) {
        var done = 0
        while done < buffer.count {
            // Darwin refuses calls of 2 GiB and more.
            let wanted = min(buffer.count - done, 1 << 30)
            let rest = buffer.baseAddress?.advanced(by: done)
            let got = retryingInterrupts { pread(descriptor, rest, wanted, off_t(offset + done)) }
            guard got >= 0 else { throw Self.refusal(name, errno, at: offset + done) }
            guard got > 0 else {
                throw error(
                    .shortened, at: offset + done,
                    "expected \(count) bytes, found the end at byte \(offset + done); "
                        + "something shortened the file while it was read: try again")
            }
            done += got
        }
    }

    private static func refusal(_ path: String, _ number: Int32, at offset: Int? = nil) -> Failure {
        Failure(
            FileFault(code: .system(number), file: path, byteOffset: offset, sentence: ""))
    }
}
