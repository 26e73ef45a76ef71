// SPDX-License-Identifier: Apache-2.0

import Foundation

/// The built program, run as a user runs it.
enum Program {
    /// What a run left.
    struct Result {
        let code: Int32
        let output: String
        let problem: String
    }

    struct NotFound: Error, CustomStringConvertible {
        let description: String
    }

    /// Runs `wrn` in `directory`, with a bare environment.
    ///
    /// - Parameters:
    ///   - closesOutput: Whether the standard output is closed, as when `head` has ended.
    ///   - input: What the standard input holds; nil for nothing.
    ///   - other: Another program to run instead, for example a shell that runs `wrn`.
    static func run(
        _ arguments: [String], in directory: String, environment: [String: String] = [:],
        closesOutput: Bool = false, input: [UInt8]? = nil, as other: URL? = nil
    ) throws -> Result {
        let process = Process()
        process.executableURL = try other ?? executable
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: directory)
        process.environment = environment.merging(
            bareEnvironment(home: directory), uniquingKeysWith: { given, _ in given })
        // Files take any amount of text without anybody reading along.
        let (outputFile, problemFile) = (try scratchFile(), try scratchFile())
        defer {
            try? FileManager.default.removeItem(at: outputFile)
            try? FileManager.default.removeItem(at: problemFile)
        }
        let pipe = Pipe()
        if closesOutput { try pipe.fileHandleForReading.close() }
        process.standardOutput =
            closesOutput
            ? pipe.fileHandleForWriting : try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: problemFile)
        let inputFile = try scratchFile(input ?? [])
        defer { try? FileManager.default.removeItem(at: inputFile) }
        process.standardInput = try FileHandle(forReadingFrom: inputFile)
        try process.run()
        process.waitUntilExit()
        return Result(
            code: process.terminationReason == .exit ? process.terminationStatus : -1,
            output: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
            problem: String(decoding: try Data(contentsOf: problemFile), as: UTF8.self))
    }

    /// An environment that inherits only the options of sanitizers.
    static func bareEnvironment(home: String) -> [String: String] {
        var environment = ["HOME": home, "PATH": "/usr/bin:/bin"]
        for name in ["ASAN_OPTIONS", "TSAN_OPTIONS"] {
            environment[name] = ProcessInfo.processInfo.environment[name]
        }
        return environment
    }

    private static func scratchFile(_ bytes: [UInt8] = []) throws -> URL {
        let url = FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-test-\(UUID().uuidString)")
        try Data(bytes).write(to: url)
        return url
    }

    /// The program beside the tests' own bundle, whatever the build's configuration and folder.
    static var executable: URL {
        get throws {
            let start = try testImage()
            var directory = start.deletingLastPathComponent()
            while directory.path != "/" {
                let candidate = directory.appendingPathComponent("wrn")
                var isDirectory: ObjCBool = false
                if FileManager.default.fileExists(
                    atPath: candidate.path, isDirectory: &isDirectory), !isDirectory.boolValue
                {
                    return candidate
                }
                directory.deleteLastPathComponent()
            }
            throw NotFound(description: "no program wrn beside \(start.path); build it first")
        }
    }

    /// The file that holds the code of these tests.
    private static func testImage() throws -> URL {
        #if canImport(Darwin)
            var info = Dl_info()
            guard dladdr(#dsohandle, &info) != 0, let name = info.dli_fname else {
                throw NotFound(description: "the tests' own file is unknown")
            }
            return URL(fileURLWithPath: String(cString: name))
        #else
            return URL(
                fileURLWithPath: try FileManager.default.destinationOfSymbolicLink(
                    atPath: "/proc/self/exe"))
        #endif
    }
}

/// A value from the program's JSON.
func decoded<Value: Decodable>(_ type: Value.Type, from text: String) throws -> Value {
    let decoder = JSONDecoder()
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    return try decoder.decode(type, from: Data(text.utf8))
}
