// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNTensorFiles

/// The directories that were made for a run, so that a failure can take them away again.
struct NewDirectories {
    private var made: [String] = []

    /// Makes the directory at `path` and those missing above it; none when one cannot be made.
    init(_ path: String) throws(TrainingError) {
        var missing: [String] = []
        var rest = path
        while rest.hasSuffix("/"), rest != "/" { rest.removeLast() }
        while !rest.isEmpty, !RunDirectory.exists(rest) {
            missing.append(rest)
            guard let slash = rest.lastIndex(of: "/") else { break }
            rest = String(rest[..<slash])
            while rest.hasSuffix("/") { rest.removeLast() }
        }
        for directory in missing.reversed() {
            if mkdir(directory, 0o777) == 0 {
                made.append(directory)
            } else if errno != EEXIST {
                let error = SystemError.last
                remove()
                throw TrainingError(
                    .unwritable,
                    "\(path): cannot make the directory \(directory): \(error.sentence); "
                        + "choose a place that you may write to")
            }
        }
    }

    /// Removes them, as far as they are empty.
    func remove() {
        for directory in made.reversed() { rmdir(directory) }
    }
}
