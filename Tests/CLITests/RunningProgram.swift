// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The program while it runs: what it says can be waited for, and it can be sent signals.
///
/// It writes to a file and not to a pipe: a program that another test starts at the same moment inherits a pipe's other end, and a
/// reader would wait for that one too.
final class RunningProgram {
    /// Far more than any test needs on a busy machine: it ends a test that would wait for ever.
    private static let patience = 120.0

    private let process = Process()
    private let file: URL

    init(_ arguments: [String], in directory: String) throws {
        file = FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-test-\(UUID().uuidString)")
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        process.executableURL = try Program.executable
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = Program.bareEnvironment(home: directory)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = handle
        process.standardError = handle
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: file)
    }

    /// What it has said so far.
    var output: String {
        get throws { String(decoding: try Data(contentsOf: file), as: UTF8.self) }
    }

    /// Waits until the output holds `text`; false when the program ended before, or never says it.
    func waitFor(_ text: String) throws -> Bool {
        let deadline = Date(timeIntervalSinceNow: Self.patience)
        while Date() < deadline {
            let isRunning = process.isRunning
            if try output.contains(text) { return true }
            if !isRunning { return false }
            Thread.sleep(forTimeInterval: 0.01)
        }
        return false
    }

    /// Sends a signal and waits for the end; the exit code, or nil when the signal itself ended the program.
    func end(with signal: Int32) -> Int32? {
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }
}
