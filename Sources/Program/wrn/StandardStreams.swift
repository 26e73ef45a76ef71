// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The standard output, for results only.
enum StandardOutput {
    /// The output's reader has closed it, as after `| head -1`.
    struct Closed: Error {}

    /// The output could not be written.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Writes all of `text` unbuffered.
    ///
    /// - Throws: ``Closed`` if the reader has closed the pipe, ``Failure`` for other errors of the
    ///   system.
    static func write(_ text: DisplayText) throws {
        let error = writeAll(text.description, to: STDOUT_FILENO)
        if error == EPIPE { throw Closed() }
        if error != 0 {
            throw Failure(
                description: "standard output: cannot write: \(String(cString: strerror(error)))")
        }
    }
}

/// The standard error, for problems and progress.
enum StandardError {
    /// Writes as much as the system takes; a failure cannot be reported anywhere.
    static func write(_ text: DisplayText) {
        _ = writeAll(text.description, to: STDERR_FILENO)
    }
}

/// The standard input: an image, for commands that read one from `-`.
enum StandardInput {
    /// The input is empty or could not be read.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Reads all bytes to the end.
    ///
    /// - Throws: ``Failure`` for no bytes, more than `limit`, or an error of the system.
    static func read(limit: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Foundation.read(STDIN_FILENO, &chunk, chunk.count)
            if count == 0 { break }
            if count < 0 {
                if errno == EINTR { continue }
                throw Failure(
                    description: "standard input: cannot read: \(String(cString: strerror(errno)))")
            }
            bytes += chunk.prefix(count)
            guard bytes.count <= limit else {
                throw Failure(
                    description:
                        "standard input: more than \(limit) bytes, the most that an image may have")
            }
        }
        guard !bytes.isEmpty else {
            throw Failure(description: "standard input: expected an image, found nothing")
        }
        return bytes
    }
}

/// Writes all bytes; the system's error number, or 0.
private func writeAll(_ text: String, to descriptor: Int32) -> Int32 {
    var text = text
    return text.withUTF8 { bytes in
        var rest = UnsafeRawBufferPointer(bytes)
        while !rest.isEmpty {
            let count = write(descriptor, rest.baseAddress, rest.count)
            if count >= 0 {
                rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
            } else if errno != EINTR {
                return errno
            }
        }
        return 0
    }
}
