// SPDX-License-Identifier: Apache-2.0

import WRNData

extension ImageList {
    /// Adds what an argument names: a file, a folder, an archive, or, for `-`, the image on the standard input.
    mutating func append(argument: String) throws {
        guard argument == "-" else { return try append(argument) }
        let bytes = try StandardInput.read(limit: ImageFiles.maximumFileByteCount)
        append(bytes, title: "standard input")
    }
}
