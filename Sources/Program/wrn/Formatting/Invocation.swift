// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How the program was called, for commands that it proposes.
enum Invocation {
    /// `wrn`, or the path by which it was called, relative to the working directory where that is shorter.
    static let program = shellWord(
        shortened(
            CommandLine.arguments.first ?? "wrn",
            from: FileManager.default.currentDirectoryPath))

    static func shortened(_ path: String, from directory: String) -> String {
        let prefix = directory.hasSuffix("/") ? directory : directory + "/"
        guard path.hasPrefix(prefix), path.count > prefix.count else { return path }
        let rest = String(path.dropFirst(prefix.count))
        // Without a slash a shell would look for the program elsewhere.
        return rest.contains("/") ? rest : "./" + rest
    }
}
