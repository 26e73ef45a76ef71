// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Whether the system lets the program open as many files as it needs.
///
/// The system's libraries need some, too: libdispatch ends a process by an illegal instruction when it gets none for its events.
enum OpenFileLimit {
    /// How many a command needs at most at once, those of the system's libraries included.
    private static let neededCount = 12

    /// There is too little room.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    /// Opens as many, and closes them again.
    ///
    /// - Throws: ``Failure`` when the system refuses.
    static func check() throws(Failure) {
        var descriptors: [Int32] = []
        defer { for descriptor in descriptors { close(descriptor) } }
        while descriptors.count < neededCount {
            var ends: [Int32] = [0, 0]
            guard pipe(&ends) == 0 else {
                throw Failure(
                    description:
                        "expected room for \(neededCount) open files, found it for \(descriptors.count) "
                        + "(\(String(cString: strerror(errno)).lowercased())); raise the limit, "
                        + "for example with 'ulimit -n 1024'")
            }
            descriptors += ends
        }
    }
}
