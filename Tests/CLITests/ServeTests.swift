// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import wrn

@Suite("wrn serve")
struct ServeTests {
    /// A directory with a copy of the program, and an empty one beside it to run in.
    private static func place() throws -> (directory: String, program: URL) {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn serve \(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
        let program = directory.appendingPathComponent("wrn")
        let built = try Program.executable
        do {
            // A copy would be a hundred megabytes.
            try FileManager.default.linkItem(at: built, to: program)
        } catch {
            try FileManager.default.copyItem(at: built, to: program)
        }
        return (directory.path, program)
    }

    @Test("all words go to wrn-serve beside wrn, and its exit code comes back")
    func handsOver() throws {
        let (directory, program) = try Self.place()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let script = "#!/bin/sh\nfor word in \"$@\"; do echo \"[$word]\"; done\nexit 7\n"
        let other = directory + "/wrn-serve"
        try Data(script.utf8).write(to: URL(fileURLWithPath: other))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: other)
        let result = try Program.run(
            ["serve", "--weights", "a=my run", "--help", "--port", "0"], in: directory, as: program)
        #expect(result.output == "[--weights]\n[a=my run]\n[--help]\n[--port]\n[0]\n")
        #expect(result.problem == "")
        #expect(result.code == 7)
    }

    @Test("without wrn-serve one sentence says how to build it")
    func isMissing() throws {
        let (directory, program) = try Self.place()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let result = try Program.run(["serve", "--port", "0"], in: directory, as: program)
        #expect(result.code == 1)
        #expect(result.output == "")
        #expect(result.problem.hasPrefix("wrn: error: "))
        #expect(
            result.problem.hasSuffix(
                "/wrn-serve: there is no such program; build it with 'swift build -c release "
                    + "--product wrn-serve', or put it there\n"))
    }
}
