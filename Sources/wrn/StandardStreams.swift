// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The standard output: results, and nothing else.
enum StandardOutput {
    /// Nobody reads the output any more, as after `| head -1`.
    struct Closed: Error {}

    /// The output could not be written.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Writes all of `text` at once, so that nothing is lost in a buffer.
    ///
    /// - Throws: ``Closed`` when the reader is gone, ``Failure`` when the system refuses.
    static func write(_ text: String) throws {
        let error = writeAll(text, to: STDOUT_FILENO)
        if error == EPIPE { throw Closed() }
        if error != 0 {
            throw Failure(
                description: "standard output: cannot write: \(String(cString: strerror(error)))")
        }
    }
}

/// The standard error: complaints and progress.
enum StandardError {
    /// Writes as much as the system takes; there is nowhere left to complain.
    static func write(_ text: String) {
        _ = writeAll(text, to: STDERR_FILENO)
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
