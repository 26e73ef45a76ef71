// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Runs that would take hours are ended after a moment, so that the end always comes in the middle.
@Suite("wrn train, when it is ended")
struct TrainSignalTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    private func train(run: String = "run", epochs: Int = 1_000_000) -> [String] {
        TrainingPlace.train(run: run, epochs: epochs, options: ["--schedule", "constant"])
    }

    private func recordedEpochs() throws -> Int {
        try place.bytes("run/metrics.jsonl").count { $0 == UInt8(ascii: "\n") }
    }

    /// Finishes the run after two more epochs, and compares it with an uninterrupted one.
    private func finishAndCompare() throws {
        let epochs = try recordedEpochs() + 2
        let rest = try place.run(["train", "--resume", "run", "--epochs", "\(epochs)"])
        #expect(rest.code == 0, "\(rest.problem)")
        let whole = try place.run(train(run: "whole", epochs: epochs))
        #expect(whole.code == 0, "\(whole.problem)")
        let steps = [3 * epochs - 3, 3 * epochs]
        let files =
            ["model.safetensors", "best.safetensors", "config.json"]
            + steps.map(TrainingPlace.checkpoint)
        for file in files {
            #expect(try place.bytes("run/" + file) == place.bytes("whole/" + file), "\(file)")
        }
        #expect(
            try place.contents().filter { $0.hasPrefix("run/") }
                == TrainingPlace.files(of: "run", steps: steps))
        let records = String(decoding: try place.bytes("run/metrics.jsonl"), as: UTF8.self)
            .split(separator: "\n")
        #expect(records.count == epochs)
        for (index, record) in records.enumerated() {
            #expect(record.hasPrefix("{\"epoch\":\(index + 1),"))
        }
    }

    @Test("by SIGKILL, twice, loses no checkpoint and ends with the same bytes")
    func killed() throws {
        let first = try RunningProgram(train(), in: place.path)
        #expect(try first.waitFor("epoch 2/"))
        #expect(first.end(with: SIGKILL) == nil)
        let second = try RunningProgram(["train", "--resume", "run"], in: place.path)
        #expect(try second.waitFor("/1000000  train"))
        #expect(second.end(with: SIGKILL) == nil)
        try finishAndCompare()
    }

    @Test(
        "by Ctrl-C, by the system or by the end of its terminal, saves, says how to go on, and ends with the same bytes",
        arguments: [SIGINT, SIGTERM, SIGHUP])
    func interrupted(signal: Int32) throws {
        let program = try RunningProgram(train(), in: place.path)
        #expect(try program.waitFor("epoch 2/"))
        #expect(program.end(with: signal) == 130)
        #expect(try program.output.ranges(of: "wrn: stopping: this step is finished").count == 1)
        #expect(try program.output.contains("all of it is saved. Go on with:\n"))
        #expect(try program.output.hasSuffix(" train --resume run\n"))
        try finishAndCompare()
    }

    @Test(
        "in the middle of several runs, says that the same command goes on with them",
        arguments: ["--seeds", "--folds"])
    func interruptedAmongSeveral(option: String) throws {
        let program = try RunningProgram(train() + [option, "2"], in: place.path)
        #expect(try program.waitFor("epoch 2/"))
        #expect(program.end(with: SIGINT) == 130)
        let output = try program.output.replacing("\n", with: " ")
        #expect(
            output.contains("is saved. The same command again goes on with all runs."), "\(output)")
        #expect(!output.contains("--resume"), "\(output)")
    }

    @Test("by a second signal, ends at once, in the middle of whatever it does")
    func secondSignal() throws {
        // Its output is not read, so that it soon waits in the middle of a write.
        let pipe = Pipe()
        #if os(Linux)
            // F_SETPIPE_SZ, which Swift does not see.
            _ = fcntl(pipe.fileHandleForWriting.fileDescriptor, 1031, 4096)
        #endif
        let program = try RunningProgram(
            train(), in: place.path, output: pipe.fileHandleForWriting)
        var (epochs, quietRounds) = (0, 0)
        while quietRounds < 100 {
            Thread.sleep(forTimeInterval: 0.01)
            let now = (try? recordedEpochs()) ?? 0
            quietRounds = now > 0 && now == epochs ? quietRounds + 1 : 0
            epochs = now
        }
        program.send(SIGINT)
        // Said at once by the handler, while the program itself cannot go on.
        #expect(
            try program.waitFor(
                "wrn: stopping: this step is finished first, then everything is saved; a second "
                    + "Ctrl-C ends at once and loses the steps since the last checkpoint\n"))
        #expect(program.end(with: SIGTERM) == nil)
        #expect(try recordedEpochs() == epochs)
        withExtendedLifetime(pipe) {}
        try finishAndCompare()
    }

    @Test("keeps others from training in its directory until then, but not from reading its model")
    func locked() throws {
        let program = try RunningProgram(train(), in: place.path)
        #expect(try program.waitFor("epoch 2/"))
        let reader = try place.run(["evaluate", "--weights", "run", "--data", "data"])
        #expect(reader.code == 0, "\(reader.problem)")
        let result = try place.run(["train", "--resume", "run"])
        #expect(result.code == 1)
        #expect(
            result.problem
                == "wrn: error: run: another process trains in this directory; "
                + "wait for it or stop it, or name another directory\n")
        #expect(program.end(with: SIGKILL) == nil)
    }
}
