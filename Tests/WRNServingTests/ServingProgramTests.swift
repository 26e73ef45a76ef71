// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages
import WRNInference
import WRNModel

/// A program of the package that runs for a test.
private final class ServingProgram {
    struct NotFound: Error {}

    let process = Process()
    private let log = FileManager.default.temporaryDirectory
        .appendingPathComponent("wrn-test-\(UUID().uuidString)")

    /// Starts a program that stands where the tests' own bundle does.
    init(_ name: String, _ arguments: [String] = [], environment: [String: String] = [:]) throws {
        try Data().write(to: log)
        let output = try FileHandle(forWritingTo: log)
        process.executableURL = try Self.url(of: name)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(
            environment, uniquingKeysWith: { $1 })
        process.standardOutput = output
        process.standardError = output
        try process.run()
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        try? FileManager.default.removeItem(at: log)
    }

    /// What it has written.
    var output: String {
        get throws { String(decoding: try Data(contentsOf: log), as: UTF8.self) }
    }

    /// The port that it writes; nil when it ends before.
    func port() async throws -> Int? {
        while true {
            let isRunning = process.isRunning
            if let found = try output.firstMatch(of: /127\.0\.0\.1:(\d+)/) {
                return Int(found.output.1)
            }
            guard isRunning else { return nil }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Waits for its end; the exit code.
    func end(with signal: Int32? = nil) async throws -> Int32 {
        if let signal { kill(process.processIdentifier, signal) }
        while process.isRunning { try await Task.sleep(for: .milliseconds(10)) }
        return process.terminationStatus
    }

    private static func url(of name: String) throws -> URL {
        #if canImport(Darwin)
            var info = Dl_info()
            guard dladdr(#dsohandle, &info) != 0, let file = info.dli_fname else {
                throw NotFound()
            }
            let tests = String(cString: file)
        #else
            let tests = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        #endif
        var directory = URL(fileURLWithPath: tests).deletingLastPathComponent()
        while directory.path != "/" {
            let candidate = directory.appendingPathComponent(name)
            var isDirectory: ObjCBool = false
            if FileManager.default.fileExists(atPath: candidate.path, isDirectory: &isDirectory),
                !isDirectory.boolValue
            {
                return candidate
            }
            directory.deleteLastPathComponent()
        }
        throw NotFound()
    }
}

@Suite("The programs that serve")
struct ServingProgramTests {
    private static let image = PixelImage(
        height: 40, width: 40, channels: 3,
        pixels: (0..<4800).map { UInt8(truncatingIfNeeded: $0 * 7) })

    @Test("wrn-serve names its models and its port, reloads after SIGHUP, and ends after SIGTERM")
    func signals() async throws {
        let program = try ServingProgram(
            "wrn-serve",
            ["--port", "0", "--quiet", "--weights", "one=bundled", "--weights=bundled"]
        )
        let port = try #require(try await program.port())
        #expect(try program.output == "wrn-serve: one, wrn-16-2 at http://127.0.0.1:\(port)\n")
        kill(program.process.processIdentifier, SIGHUP)
        let connection = try RawConnection(port: port)
        var metrics = ""
        while !metrics.contains("wrn_reloads_total{result=\"done\"} 1\n") {
            let answer = try #require(await connection.answer(to: "GET /metrics"))
            metrics = String(decoding: answer.body, as: UTF8.self)
        }
        let answer = await connection.answer(
            to: "POST /classify?model=one", body: try Self.image.png())
        #expect(answer?.status == 200)
        #expect(try await program.end(with: SIGTERM) == 0)
    }

    @Test(
        "a command line that wrn-serve does not take ends it with 2, other errors with 1",
        arguments: [
            (["--port", "65536"], 2, "--port: expected 0 to 65535, not 65536"),
            (["--drain", "-1"], 2, "--drain"), (["--tls-cert", "a.pem"], 2, "give both"),
            (["--normalization", "b=imagenet"], 2, "there is no model b; name one of --weights"),
            (["--normalization", "imagnet"], 2, "did you mean imagenet?"),
            (["--prot", "1"], 2, "--prot"),
            (["--weights", "no/such/run"], 1, "no/such/run"),
            (
                ["--weights", "a=bundled", "--weights", "a=bundled"], 1,
                "two models are called \"a\""
            ),
            (["--weights", "bundeld"], 1, "did you mean bundled"),
            (["--normalization", "imagenet"], 1, "normalisation"),
            (["--token-file", "no-such-file"], 1, "no-such-file"),
            (["--tls-cert", "no.pem", "--tls-key", "/dev/null"], 1, ": no.pem: cannot be read"),
            (["--tls-cert", "/dev/null", "--tls-key", "no.pem"], 1, ": no.pem: cannot be read"),
        ])
    func errors(arguments: [String], code: Int32, part: String) async throws {
        let program = try ServingProgram("wrn-serve", ["--port", "0"] + arguments)
        #expect(try await program.end() == code)
        let output = try program.output
        #expect(output.hasPrefix("wrn-serve: error: "), "\(output)")
        #expect(output.contains(part), "\(output)")
        #expect(output.filter(\.isNewline).count == 1, "\(output)")
    }

    /// Writes a network's weights as a program that describes no model does.
    private static func writeBareWeights(to url: URL) throws {
        let description = ModelDescription(
            architecture: "wrn-10-1", classes: 2, inputChannels: 3, inputHeight: 8, inputWidth: 8,
            classNames: [], mean: [0.5, 0.5, 0.5], standardDeviation: [0.2, 0.2, 0.2])
        let tensors = Model.initialTensors(for: try description.graph(), seed: 3)
        try Model(description: description, tensors: tensors).write(to: url.path)
        let bytes = [UInt8](try Data(contentsOf: url))
        let count = bytes[..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
        var header = try #require(
            JSONSerialization.jsonObject(with: Data(bytes[8..<8 + count])) as? [String: Any])
        header["__metadata__"] = nil
        var text = [UInt8](try JSONSerialization.data(withJSONObject: header))
        while !text.count.isMultiple(of: 8) { text.append(UInt8(ascii: " ")) }
        let length = withUnsafeBytes(of: UInt64(text.count).littleEndian) { Array($0) }
        try Data(length + text + bytes[(8 + count)...]).write(to: url)
    }

    @Test("a normalisation for another number of channels ends wrn-serve before it listens")
    func otherNormalization() async throws {
        let file = FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-test-\(UUID().uuidString).safetensors")
        defer { try? FileManager.default.removeItem(at: file) }
        try Self.writeBareWeights(to: file)
        let arguments = ["--port", "0", "--quiet", "--weights", file.path, "--normalization"]
        let refused = try ServingProgram("wrn-serve", arguments + ["mnist"])
        #expect(try await refused.end() == 1)
        #expect(
            try refused.output
                == "wrn-serve: error: \(file.path): expected a normalisation of 3 channels, as "
                + "many as the network reads, found one of 1; give a mean and a deviation for "
                + "each channel (--normalization)\n")
        let accepted = try ServingProgram("wrn-serve", arguments + ["cifar"])
        #expect(try await accepted.port() != nil)
        #expect(try await accepted.end(with: SIGTERM) == 0)
    }

    @Test("the example of an application with a service of its own answers as a classifier does")
    func embeddedService() async throws {
        let program = try ServingProgram(
            "EmbeddedService", environment: ["PORT": "0", "LOG_LEVEL": "info"])
        let port = try #require(try await program.port())
        let expected = try Classifier(contentsOf: .bundled).classify([Self.image])[0]
        let connection = try RawConnection(port: port)
        let answer = await connection.answer(to: "POST /classify", body: try Self.image.png())
        #expect(
            answer.map { String(decoding: $0.body, as: UTF8.self) }
                == expected.prefix(3).map { "\($0.className) \($0.probability)\n" }.joined())
        let refusal = await connection.answer(to: "POST /classify", body: [1, 2, 3])
        #expect(refusal?.status == 400)
    }
}
