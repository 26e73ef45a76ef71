// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNText

/// Advice for a missing path: its nearest existing one.
package enum NearestPath {
    /// More names than this are not compared.
    private static let maximumCount = 10_000
    private static let listedCount = 4

    /// The end of a sentence about a missing path: `the nearest is runs/first`, or the contents of
    /// its directory.
    package static func advice(_ path: String) -> String {
        guard !path.isEmpty else { return "the path is empty; name a file or a directory" }
        let missing = Missing(path)
        if let nearest = missing.nearest { return "the nearest is \(printable(nearest))" }
        let place = missing.directory
        let shown =
            place.isEmpty
            ? "the working directory"
            : printable(place == "/" ? place : String(place.trimmingSuffix("/")))
        guard let names = missing.names else {
            return "\(shown) is no directory whose contents can be listed"
        }
        guard !names.isEmpty else { return "\(shown) is empty" }
        let listed = names.prefix(listedCount).map { printable($0) }.joined(separator: ", ")
        let rest = names.count - listedCount
        return rest > 0
            ? "\(shown) holds \(listed) and \(rest) more" : "\(shown) holds \(listed)"
    }

    /// The existing part of a path, and the names beside its first missing part.
    private struct Missing {
        /// The existing directory, as the path writes it, with a slash at its end; empty for the
        /// working directory.
        private(set) var directory = ""
        /// The names in that directory, without hidden ones, sorted; nil where it cannot be listed,
        /// or is a file.
        private(set) var names: [String]? = []
        /// The path with its missing parts replaced by the most similar names; nil if none is
        /// similar to the first of them.
        private(set) var nearest: String?

        init(_ path: String) {
            if path.hasPrefix("~/") {
                // A shell leaves ~ alone in quotes and behind some signs.
                let home = NSString(string: path).expandingTildeInPath
                if Self.exists(home) {
                    nearest = home
                    return
                }
            }
            var found = path.hasPrefix("/") ? "/" : ""
            var isExact = true
            let parts = path.split(separator: "/").map(String.init)
            for (index, part) in parts.enumerated() {
                if Self.exists(found + part) {
                    found += part
                    if !isExact { nearest = found }
                    if index + 1 < parts.count { found += "/" }
                    continue
                }
                let names = Self.contents(of: found)
                if isExact { (directory, self.names) = (found, names) }
                isExact = false
                guard let name = NameSuggestions.likely(for: part, among: names ?? []) else {
                    return
                }
                found += name
                nearest = found
                if index + 1 < parts.count { found += "/" }
            }
        }

        private static func exists(_ path: String) -> Bool {
            FileManager.default.fileExists(atPath: path)
        }

        private static func contents(of directory: String) -> [String]? {
            let path = directory.isEmpty ? "." : directory
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
                return nil
            }
            return Array(names.filter { !$0.hasPrefix(".") }.sorted().prefix(maximumCount))
        }
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> Substring {
        hasSuffix(suffix) ? dropLast(suffix.count) : self[...]
    }
}
