// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages

/// Programs whose output is not read, so that they cannot continue: the signal's handler writes
/// their last words.
@Suite("Ctrl-C, when a command cannot stop at once")
struct InterruptionTests {
    private static let notice =
        "wrn: stopping: what is under way is finished first; a second Ctrl-C ends at once\n"

    /// Waits until a program has written something into a pipe; false when it ends before.
    private func hasSpoken(_ program: RunningProgram, _ pipe: Pipe) -> Bool {
        var place = pollfd(
            fd: pipe.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0)
        return poll(&place, 1, 120_000) == 1 && place.revents & Int16(POLLIN) != 0
    }

    @Test(
        "is answered at once, and a second one ends the process",
        arguments: [
            ["predict", "--weights", "model", "photos"],
            ["predict", "--weights", "model", "photos", "--pictures"],
        ], [SIGINT, SIGTERM])
    func answered(_ arguments: [String], _ signal: Int32) throws {
        let workplace = try Workplace()
        try FileManager.default.createDirectory(
            atPath: workplace.path + "/photos", withIntermediateDirectories: false)
        for index in 0..<200 {
            let pixels = (0..<9216).map { UInt8(truncatingIfNeeded: $0 &* 3 &+ index) }
            // So large that the answers of the first few fill the pipe, before a signal counts.
            let picture = PixelImage(height: 96, width: 96, channels: 1, pixels: pixels)
            try workplace.write(try picture.png(), to: "photos/\(index).png")
        }
        let pipe = Pipe()
        #if os(Linux)
            // F_SETPIPE_SZ, which Swift does not see.
            _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, 1031, 4096)
        #endif
        let program = try RunningProgram(
            arguments, in: workplace.path, output: pipe.fileHandleForWriting)
        #expect(hasSpoken(program, pipe))
        program.send(signal)
        #expect(try program.waitFor(Self.notice))
        #expect(program.end(with: signal) == nil)
        #expect(try program.output == Self.notice)
        withExtendedLifetime(pipe) {}
    }
}
