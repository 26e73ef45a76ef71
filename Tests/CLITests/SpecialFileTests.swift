// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Pipes, devices and directories where files are expected: an error at once, where opening them
/// might wait for ever.
@Suite("Files that are none")
struct SpecialFileTests {
    /// Runs `wrn`, and ends it by a signal if it still waits after half a minute.
    private func run(_ arguments: [String], in place: Workplace, _ environment: [String: String])
        throws -> Program.Result
    {
        try Program.run(
            ["-e", "alarm 30; exec @ARGV or die", try Program.executable.path] + arguments,
            in: place.path, environment: environment, as: URL(fileURLWithPath: "/usr/bin/perl"))
    }

    private static let uses: [([String], [String: String])] = [
        (["identify", "FILE"], [:]),
        (["summary", "FILE"], [:]),
        (["convert", "FILE", "made.pth"], [:]),
        (["predict", "FILE"], [:]),
        (["predict", "--weights", "FILE", "photos"], [:]),
        (["evaluate", "--weights", "model", "--data", "FILE"], [:]),
        (["data", "inspect", "FILE"], [:]),
        (["evaluate", "--weights", "model", "--data", "photos", "--class-map", "FILE"], [:]),
        (["train", "wrn-10-1", "--data", "photos", "--run", "run", "--class-map", "FILE"], [:]),
        (["finetune", "--weights", "FILE", "--data", "data", "--run", "run"], [:]),
        (["features", "--weights", "FILE", "--layers", "pool", "photos", "-o", "f.csv"], [:]),
        // The cache has no such file, and the token is read before any request.
        (
            ["weights", "get", "hf:somebody/nothing"],
            ["HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN_PATH": "FILE"]
        ),
    ]

    @Test("are not replaced by a command's results")
    func notReplaced() throws {
        let place = try Workplace()
        for (name, arguments) in [
            ("drawn.svg", ["diagram", "wrn-10-1", "-o"]), ("made.pth", ["convert", "model"]),
        ] {
            try #require(mkfifo(place.path + "/" + name, 0o600) == 0)
            let result = try run(arguments + [name], in: place, [:])
            #expect(result.code == 1, "\(result.problem)")
            #expect(
                result.problem
                    == "wrn: error: \(name): expected a file to replace, found a pipe; name a file "
                    + "or a path where nothing is\n")
            var status = stat()
            #expect(lstat(place.path + "/" + name, &status) == 0)
            #expect(status.st_mode & S_IFMT == S_IFIFO)
        }
    }

    @Test("end a command with one sentence and the exit code 1", arguments: uses)
    func refused(_ arguments: [String], _ environment: [String: String]) throws {
        let place = try Workplace()
        let photographs = try PhotographPlace()
        try FileManager.default.copyItem(
            atPath: photographs.path + "/photos", toPath: place.path + "/photos")
        try #require(mkfifo(place.path + "/pipe", 0o600) == 0)
        for file in ["pipe", "/dev/zero"] {
            let result = try run(
                arguments.map { $0 == "FILE" ? file : $0 }, in: place,
                environment.mapValues { $0 == "FILE" ? file : $0 })
            #expect(result.code == 1, "\(file): \(result.code) \(result.problem)")
            let sentences = result.problem.split(separator: "\n")
            #expect(sentences.count == 1 && sentences[0].hasPrefix("wrn: error: "), "\(sentences)")
            #expect(result.problem.contains(file), "\(sentences)")
        }
    }
}
