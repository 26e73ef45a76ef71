// SPDX-License-Identifier: Apache-2.0

import WRNData

extension ImageList {
    /// Adds what an argument names: a file, a folder, an archive, or, for `-`, the image on the standard input.
    ///
    /// One of several arguments that cannot be read does not stop the others: its error is its answer.
    mutating func append(argument: String, isOnly: Bool) throws {
        guard argument == "-" else {
            do throws(DataError) {
                return try append(argument)
            } catch {
                guard !isOnly else { throw error }
                return append(error, title: argument)
            }
        }
        let bytes = try StandardInput.read(limit: ImageFiles.maximumFileByteCount)
        append(bytes, title: "standard input")
    }
}
