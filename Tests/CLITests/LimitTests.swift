// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Numbers beyond all sense and systems that give next to nothing: a sentence and an exit code,
/// never a trap.
@Suite("Limits of numbers and of the system")
struct LimitTests {
    private static let huge = "9223372036854775807"

    private static let commands: [[String]] =
        [
            ["summary", "wrn-10-1", "--batch", huge],
            ["summary", "wrn-10-1", "--batch", "-" + huge],
            ["summary", "wrn-10-\(huge)"], ["summary", "wrn-\(huge)-1"],
            ["summary", "resnet-\(huge)"],
            ["summary", "wrn-10-1", "--classes", huge],
            ["summary", "wrn-10-1", "--input", "\(huge)x3x3"],
            ["summary", "wrn-10-1024", "--input", "1024x65536x65536"],
            ["summary", "wrn-10-1", "--dropout", "nan"], ["summary", "wrn-10-1", "--depth", huge],
            ["plan", "wrn-10-1", "--threads", huge], ["bench", "wrn-10-1", "--batch", huge],
            ["compare", "wrn-10-1", "wrn-16-\(huge)"],
            ["diagram", "wrn-\(huge)-1", "-o", "x.svg"],
            ["predict", "--weights", "model", "--data", "data", huge + "0"],
            ["data", "bench", "data", "--batch", huge],
            ["data", "preview", "data", "--epochs", huge, "-o", "x.png"],
            ["find-lr", "wrn-10-1", "--data", "data", "--steps", huge],
        ]
        + [
            ["--epochs", huge], ["--epochs", "9e18"], ["--lr", "1e400"], ["--lr", "nan"],
            ["--seeds", huge], ["--seed", "18446744073709551615", "--seeds", "5"],
            ["--checkpoint-every", huge + "h"], ["--checkpoint-every", "1e308h"],
            ["--keep-checkpoints", huge], ["--batch", huge], ["--image-size", huge],
            ["--validation-fraction", "1e308"], ["--limit", huge], ["--set", "cutout=" + huge],
        ].map { ["train", "wrn-10-0.25", "--data", "data", "--run", "run"] + $0 }

    @Test("A senseless number is a senseless command", arguments: commands)
    func numbers(_ arguments: [String]) throws {
        let workplace = try Workplace()
        let result = try Program.run(arguments, in: workplace.path)
        #expect(result.code == 2, "\(result.code) \(result.problem)")
        #expect(result.problem.split(separator: "\n").count == 1, "\(result.problem)")
        #expect(result.problem.hasPrefix("wrn: error: "))
        #expect(!FileManager.default.fileExists(atPath: workplace.path + "/run"))
    }

    @Test("Where any number has a sense, it has one")
    func largestNumbers() throws {
        let workplace = try Workplace()
        for arguments in [
            ["predict", "--weights", "model", "--data", "data", "0", "--top", Self.huge],
            ["evaluate", "--weights", "model", "--data", "data", "--limit", Self.huge],
        ] {
            let result = try Program.run(arguments, in: workplace.path)
            #expect(result.code == 0, "\(arguments) \(result.problem)")
        }
        let result = try workplace.run(
            "predict", "--weights", "model", "--data", "data", Self.huge)
        #expect(result.code == 1 && result.problem.contains("choose an index in 0...11"))
    }

    @Test(
        "With few file descriptors a command says so, and with a few more it works",
        arguments: [4, 8, 16])
    func descriptors(_ count: Int) throws {
        let place = try TrainingPlace()
        let photographs = try PhotographPlace()
        try FileManager.default.copyItem(
            atPath: photographs.path + "/photos", toPath: place.path + "/photos")
        let trained = try place.run(
            TrainingPlace.train(
                "wrn-10-0.25", data: "photos", run: "model", epochs: 1,
                options: ["--image-size", "16"]))
        #expect(trained.code == 0, "\(trained.problem)")
        for arguments in [
            TrainingPlace.train(epochs: 1),
            TrainingPlace.train(
                data: "photos", run: "other", epochs: 1, options: ["--image-size", "16"]),
            ["train", "--resume", "run"], ["runs", "list", "."], ["identify", "model"],
            ["summary", "model"],
            ["predict", "--weights", "model", "photos"],
            ["evaluate", "--weights", "model", "--data", "photos"],
            ["evaluate", "--weights", "model", "--data", "photos", "--csv", "a.csv"],
            ["features", "--weights", "model", "--layers", "pool", "photos", "-o", "f.csv"],
            ["data", "inspect", "photos"], ["data", "inspect", "data"],
            ["convert", "model", "made.pth"], ["diagram", "wrn-10-1", "-o", "x.svg"],
            ["weights", "list"], ["weights", "get", "http://127.0.0.1:9/x.safetensors"],
        ] {
            // A command that would wait for ever is ended by a signal.
            let words =
                ["-e", "alarm 60; exec @ARGV or die", try Program.executable.path] + arguments
            let result = try Program.run(
                ["-c", "ulimit -n \(count); exec /usr/bin/perl \"$@\"", "sh"] + words,
                in: place.path, as: URL(fileURLWithPath: "/bin/sh"))
            if arguments.first == "weights", arguments.last != "list" {
                // Nobody listens there.
                #expect(result.code == 1, "\(arguments): \(result.problem)")
            } else {
                #expect(
                    result.code == (count < 16 ? 1 : 0), "\(arguments): \(result.problem)")
            }
            guard count < 16 else { continue }
            #expect(
                result.problem.hasPrefix(
                    "wrn: error: expected room for 12 open files, found it for ")
                    && result.problem.split(separator: "\n").count == 1,
                "\(arguments): \(result.problem)")
        }
    }
}
