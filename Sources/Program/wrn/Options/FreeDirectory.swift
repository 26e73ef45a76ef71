// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNRuns

/// The directory of a new run where the command line names none: `runs/NAME`, or the first free one
/// of `runs/NAME-2` and so on.
struct FreeDirectory {
    /// The directory.
    let path: String
    /// Whether `runs/NAME` holds an earlier run, or one that another process trains.
    let isNumbered: Bool

    init(named name: String) {
        var (directory, number) = ("runs/\(name)", 1)
        while Self.isTaken(directory) {
            number += 1
            directory = "runs/\(name)-\(number)"
        }
        path = directory
        isNumbered = number > 1
    }

    /// The directory of a run of a network, or of another kind of run, on a data set.
    init(_ kind: String, data: String) {
        self.init(named: "\(kind.lowercased())-\(Self.name(of: data))")
    }

    /// The last part of a data set's path without the ending of an archive, in letters, digits and
    /// `-`, `_` and `.`.
    static func name(of data: String) -> String {
        var name = URL(fileURLWithPath: data).standardizedFileURL.lastPathComponent
        for ending in [".tar.gz", ".tgz", ".tar", ".zip"] where name.hasSuffix(ending) {
            name.removeLast(ending.count)
            break
        }
        let kept = name.map { character in
            character.isLetter || character.isNumber || "-_.".contains(character) ? character : "-"
        }
        // A hidden directory, or one that is no name at all, would be a surprise.
        let text = String(kept.drop { ".-".contains($0) })
        return text.isEmpty ? "data" : text
    }

    private static func isTaken(_ directory: String) -> Bool {
        do {
            try RunDirectory.checkAvailable(directory)
            // Before its first save a run is replaced, but not while it is trained.
            return RunDirectory.isBeingTrained(directory)
        } catch {
            // Any other problem is the same for all numbers, and is reported when the run begins.
            return error.code == .directoryTaken
        }
    }
}
