// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A failed system call's `errno`, in words.
package struct SystemError {
    package let number: Int32

    /// The meaning of a number of `errno`, in words.
    package init(number: Int32) {
        self.number = number
    }

    /// The `errno` that the last failed call left.
    package static var last: SystemError { SystemError(number: errno) }

    /// The system's own sentence, without capital and full stop.
    package var sentence: String {
        guard let text = strerror(number) else { return "system error \(number)" }
        let words = String(cString: text)
        return words.prefix(1).lowercased() + words.dropFirst()
    }

    /// The advice for a file that could not be read.
    package var readingAdvice: String {
        switch number {
        case ENOENT, ENOTDIR: "check the path"
        case EACCES, EPERM: "make the file readable or name another"
        case EMFILE, ENFILE: "let the program open more files (ulimit -n)"
        default: "check the disk and try again"
        }
    }

    /// The advice for a file that could not be written.
    package var writingAdvice: String {
        switch number {
        case ENOENT: "create its directory first"
        case ENOTDIR, EISDIR, ENAMETOOLONG: "name another path"
        case EACCES, EPERM, EROFS: "choose a directory that you may write to"
        case ENOSPC, EDQUOT, EFBIG: "free some space or choose another directory"
        case EMFILE, ENFILE: "let the program open more files (ulimit -n)"
        default: "check the disk and try again"
        }
    }

    /// Whether there is no space left for what should be written.
    var isDiskFull: Bool { number == ENOSPC || number == EDQUOT }
}

/// Repeats a system call while signals interrupt it.
package func retryingInterrupts<Result: SignedInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        guard result == -1, errno == EINTR else { return result }
    }
}
