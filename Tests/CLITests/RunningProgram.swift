// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The running program, whose output can be awaited and to which signals can be sent.
///
/// It writes to a file and not to a pipe: a program that another test starts at the same moment
/// inherits a pipe's other end, and a reader would wait for that one too.
final class RunningProgram {
    /// Far more than any test needs on a busy machine: it ends a test that would wait for ever.
    private static let patience = 120.0

    private let process = Process()
    private let file: URL

    /// Starts the program.
    ///
    /// - Parameter output: Where it writes what it has to say, instead of where ``output`` reads
    ///   it.
    init(_ arguments: [String], in directory: String, output: FileHandle? = nil) throws {
        file = FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-test-\(UUID().uuidString)")
        try Data().write(to: file)
        let handle = try FileHandle(forWritingTo: file)
        process.executableURL = try Program.executable
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = Program.bareEnvironment(home: directory)
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = output ?? handle
        process.standardError = handle
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: file)
    }

    /// The output so far.
    var output: String {
        get throws { String(decoding: try Data(contentsOf: file), as: UTF8.self) }
    }

    /// Waits until the output holds `text`, `count` times; false when the program ended before, or
    /// never writes it.
    func waitFor(_ text: String, count: Int = 1) throws -> Bool {
        let deadline = Date(timeIntervalSinceNow: Self.patience)
        while Date() < deadline {
            let isRunning = process.isRunning
            if try output.ranges(of: text).count >= count { return true }
            if !isRunning { return false }
            Thread.sleep(forTimeInterval: 0.002)
        }
        return false
    }

    /// Waits until a condition holds, without pausing, as it may hold for an instant only; false
    /// when the program ended before, or it never holds.
    func waitUntil(_ condition: () throws -> Bool) throws -> Bool {
        let deadline = Date(timeIntervalSinceNow: Self.patience)
        while Date() < deadline {
            let isRunning = process.isRunning
            if try condition() { return true }
            if !isRunning { return false }
        }
        return false
    }

    /// Waits until the program has a handler for a signal; false when it ended before, or never
    /// has one.
    ///
    /// Where the system does not show handlers, it waits for a second.
    func waitForSignalHandler(_ signal: Int32) throws -> Bool {
        let status = "/proc/\(process.processIdentifier)/status"
        guard FileManager.default.fileExists(atPath: status) else {
            Thread.sleep(forTimeInterval: 1)
            return process.isRunning
        }
        return try waitUntil {
            let text = try String(contentsOfFile: status, encoding: .utf8)
            guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix("SigCgt:") }),
                let mask = UInt64(line.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16)
            else { return false }
            return mask & 1 << UInt64(signal - 1) != 0
        }
    }

    /// Sends a signal and waits for the end; the exit code, or nil when the signal itself ended the
    /// program.
    func end(with signal: Int32) -> Int32? {
        send(signal)
        return wait()
    }

    /// Sends a signal.
    func send(_ signal: Int32) { kill(process.processIdentifier, signal) }

    /// Waits for the end; the exit code, or nil when a signal ended the program.
    func wait() -> Int32? {
        process.waitUntilExit()
        return process.terminationReason == .exit ? process.terminationStatus : nil
    }
}
