// SPDX-License-Identifier: Apache-2.0

import ArgumentParser

/// The size of images on the command line: `3x32x32`.
struct InputShape: Equatable {
    let channels: Int
    let height: Int
    let width: Int

    init(channels: Int, height: Int, width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// Reads `CxHxW`.
    ///
    /// - Throws: A `ValidationError` when it is none.
    init(argument: String) throws {
        let numbers = argument.lowercased().split(separator: "x", omittingEmptySubsequences: false)
            .map { $0.allSatisfy { "0123456789".contains($0) } ? Int($0) : nil }
        guard numbers.count == 3, let channels = numbers[0], let height = numbers[1],
            let width = numbers[2]
        else {
            throw ValidationError("expected CxHxW, for example 3x32x32 or 1x28x28")
        }
        self.init(channels: channels, height: height, width: width)
    }
}
