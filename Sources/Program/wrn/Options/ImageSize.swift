// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The size of images on the command line: `64` or, rows first, `48x64`.
struct ImageSize: Equatable {
    let height: Int
    let width: Int

    /// Reads `N` or `HxW`.
    ///
    /// - Throws: A `ValidationError` when it is neither, or a side is not in 1...8192.
    init(argument: String) throws {
        let sides = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
            .map { $0.allSatisfy { "0123456789".contains($0) } ? Int($0) : nil }
        guard let height = sides[0], let width = sides[sides.count - 1], sides.count <= 2,
            (1...8192).contains(height), (1...8192).contains(width)
        else {
            throw ValidationError(
                "expected N or HxW with sides of 1 to 8192 pixels, for example 64 or 48x64")
        }
        self.height = height
        self.width = width
    }
}
