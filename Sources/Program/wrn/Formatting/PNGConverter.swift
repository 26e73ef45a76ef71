// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Converts SVG to PNG with librsvg's program.
struct PNGConverter {
    /// The error of a conversion to PNG.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    private static let program = "rsvg-convert"

    private let path: String

    /// Searches `PATH` for the program.
    ///
    /// - Throws: A ``Failure`` with the package to install.
    static func find(
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws -> PNGConverter {
        for directory in (environment["PATH"] ?? "").split(separator: ":") {
            let path = "\(directory)/\(program)"
            if FileManager.default.isExecutableFile(atPath: path) {
                return PNGConverter(path: path)
            }
        }
        throw Failure(
            description:
                "PNG needs the program \(program), which is not installed; install librsvg2-bin "
                + "(Debian, Ubuntu) or librsvg (Homebrew), or write to a file that ends in .svg")
    }

    /// The picture, two pixels for each unit.
    ///
    /// - Throws: A ``Failure`` with the program's own message.
    func convert(_ svg: String) throws -> [UInt8] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = ["--format", "png", "--zoom", "2"]
        let (input, output, problem) = (Pipe(), Pipe(), Pipe())
        process.standardInput = input
        process.standardOutput = output
        process.standardError = problem
        try process.run()
        // The program reads all input before it writes, so that neither pipe fills up while the
        // other waits.
        try? input.fileHandleForWriting.write(contentsOf: Data(svg.utf8))
        try? input.fileHandleForWriting.close()
        let png = try output.fileHandleForReading.readToEnd() ?? Data()
        let words = try problem.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        guard process.terminationStatus == 0, !png.isEmpty else {
            throw Failure(
                description: "\(path) failed with code \(process.terminationStatus): "
                    + String(decoding: words, as: UTF8.self))
        }
        return Array(png)
    }
}
