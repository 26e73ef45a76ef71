// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Additions to the end of files that other programs may be reading.
package enum AppendOnlyFile<Failure: FileFailure> {
    /// Appends bytes to the file at `path`, which is made where it is missing, and forces them to
    /// the disk.
    ///
    /// A process that is killed meanwhile leaves a beginning of the bytes.
    ///
    /// - Throws: `Failure` when the system refuses, of the code `cannotWrite` or `diskFull`.
    package static func append(_ bytes: [UInt8], to path: String) throws(Failure) {
        // Without waiting, should a pipe be in the file's place.
        let flags = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK
        let descriptor = retryingInterrupts { open(path, flags, 0o666) }
        guard descriptor >= 0 else { throw failure(path) }
        defer { close(descriptor) }
        var done = 0
        while done < bytes.count {
            let count = bytes[done...].withUnsafeBytes { rest in
                retryingInterrupts { write(descriptor, rest.baseAddress, rest.count) }
            }
            guard count > 0 else { throw failure(path) }
            done += count
        }
        guard retryingInterrupts({ fsync(descriptor) }) == 0 else { throw failure(path) }
    }

    private static func failure(_ path: String) -> Failure {
        Failure(FileFault(writing: path, "cannot write to the file", .last))
    }
}
