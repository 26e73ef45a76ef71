// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A limit on the size of files stands in for a full disk: it needs no disk of its own and strikes
/// at an exact byte.
@Suite("wrn train, when the disk takes no more")
struct TrainFullDiskTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    /// Runs the program where no file may be longer than `blocks` of 512 bytes.
    private func run(_ arguments: [String], blocks: Int) throws -> Program.Result {
        try Program.run(
            ["-c", "ulimit -f \(blocks); exec \"$0\" \"$@\"", Program.executable.path] + arguments,
            in: place.path, as: URL(fileURLWithPath: "/bin/sh"))
    }

    /// Goes on without a limit, and compares with a run that never had one.
    private func finishAndCompare(
        _ network: String = "wrn-10-0.25", epochs: Int, options: [String] = []
    ) throws {
        let rest = try place.run(["train", "--resume", "run", "--epochs", "\(epochs)"])
        #expect(rest.code == 0, "\(rest.problem)")
        let whole = try place.run(
            TrainingPlace.train(network, run: "whole", epochs: epochs, options: options))
        #expect(whole.code == 0, "\(whole.problem)")
        for file in ["model.safetensors", "best.safetensors", "config.json"] {
            #expect(try place.bytes("run/" + file) == place.bytes("whole/" + file), "\(file)")
        }
        let lines = String(decoding: try place.bytes("run/metrics.jsonl"), as: UTF8.self)
            .split(separator: "\n")
        #expect(lines.count == epochs)
    }

    @Test(
        "ends with a sentence when a checkpoint does not fit, leaves no part of it, and goes on later"
    )
    func checkpoint() throws {
        // Enough for the configuration, not for the weights.
        let result = try run(TrainingPlace.train(), blocks: 16)
        #expect(result.code == 1)
        #expect(
            result.problem
                == "wrn: error: run/checkpoints/step-000000003.safetensors: cannot write to the file: "
                + "file too large; free some space or choose another directory\n")
        #expect(
            try place.contents().filter { $0.hasPrefix("run/") } == [
                "run/checkpoints", "run/config.json", "run/metrics.jsonl", "run/processes.jsonl",
            ])
        #expect(try place.bytes("run/metrics.jsonl").last == UInt8(ascii: "\n"))
        try finishAndCompare(epochs: 2)
    }

    @Test("ends with a sentence when a line of the record does not fit, and keeps no half of it")
    func line() throws {
        let options = ["--limit", "16", "--schedule", "constant"]
        // The smallest network, so that the record soon outgrows a checkpoint.
        let network = "wrn-10-0.0625"
        let first = try place.run(TrainingPlace.train(network, epochs: 1, options: options))
        #expect(first.code == 0, "\(first.problem)")
        let size = try place.bytes("run/" + TrainingPlace.checkpoint(1)).count
        // Checkpoints of so long a run do not hold the record, too, and stay small.
        let result = try run(
            ["train", "--resume", "run", "--epochs", "20000"], blocks: size / 512 + 4)
        #expect(result.code == 1)
        #expect(
            result.problem
                == "wrn: error: run/metrics.jsonl: cannot write to the file: file too large; "
                + "free some space or choose another directory\n")
        let record = try place.bytes("run/metrics.jsonl")
        #expect(record.last == UInt8(ascii: "\n"))
        #expect(record.count > size - 4096)
        let epochs = record.count { $0 == UInt8(ascii: "\n") } + 1
        try finishAndCompare(network, epochs: epochs, options: options)
    }

    @Test("ends with a sentence when its directory is taken away")
    func removed() throws {
        let program = try RunningProgram(TrainingPlace.train(epochs: 1_000_000), in: place.path)
        #expect(try program.waitFor("epoch 2/"))
        try FileManager.default.moveItem(
            atPath: place.path + "/run", toPath: place.path + "/moved")
        #expect(program.wait() == 1)
        let output = try program.output
        #expect(
            output.hasSuffix(
                "wrn: error: run: expected the run's directory, found nothing; it was removed or renamed while the "
                    + "run was trained: put it back and resume, or begin a new run\n"), "\(output)")
        #expect(try !place.contents().contains("run"))
        let epochs = try place.bytes("moved/metrics.jsonl").count { $0 == UInt8(ascii: "\n") } + 1
        let rest = try place.run(["train", "--resume", "moved", "--epochs", "\(epochs)"])
        #expect(rest.code == 0, "\(rest.problem)")
    }
}
