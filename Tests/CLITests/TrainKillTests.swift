// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// A run that is saved after each step, and whose process is killed in chosen states of its
/// directory: as it begins, after a save, and while a checkpoint or a model is half written.
@Suite("wrn train, killed at random moments")
struct TrainKillTests {
    /// When a process is killed: after so many saves of its own, in a state of the run's directory.
    struct Moment: CustomStringConvertible {
        enum State: String, CaseIterable {
            /// The process exists.
            case started
            /// The process has added its line to `processes.jsonl`.
            case begun
            /// A save is complete.
            case saved
            /// A checkpoint is half written.
            case writingCheckpoint
            /// A model is half written.
            case writingModel
        }

        let saves: Int
        let state: State

        var description: String { "save \(saves), \(state)" }
    }

    private static let kills = 20

    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    private static func moments(seed: UInt64) -> [Moment] {
        var generator = SeededGenerator(seed: seed)
        return (0..<kills).map { number in
            // Every fifth comes before the first save: while the process begins, reads and tidies
            // up.
            guard number % 5 < 4 else {
                return Moment(saves: 0, state: number % 2 == 0 ? .started : .begun)
            }
            return Moment(
                saves: Int.random(in: 1...5, using: &generator),
                state: [.saved, .writingCheckpoint, .writingModel][
                    Int.random(in: 0..<3, using: &generator)])
        }
    }

    /// Whether the directory of the run is in a state.
    ///
    /// - Parameter processes: The lines of `processes.jsonl` before the process began.
    private func isReached(_ state: Moment.State, processes: Int) -> Bool {
        switch state {
        case .started, .saved: true
        case .begun: processCount > processes
        case .writingCheckpoint: hasTemporaryFile("run/checkpoints")
        case .writingModel: hasTemporaryFile("run")
        }
    }

    private var processCount: Int {
        (try? place.bytes("run/processes.jsonl").count { $0 == UInt8(ascii: "\n") }) ?? 0
    }

    private func hasTemporaryFile(_ directory: String) -> Bool {
        let names = try? FileManager.default.contentsOfDirectory(
            atPath: place.path + "/" + directory)
        return names?.contains { $0.hasSuffix(".tmp") } ?? false
    }

    private func train(
        _ run: String, epochs: Int = 1_000_000, in precision: String = "float32"
    ) -> [String] {
        TrainingPlace.train(
            run: run, epochs: epochs,
            options: [
                "--schedule", "constant", "--json", "--dropout", "0.2", "--precision", precision,
            ])
    }

    /// Kills a process that trains, and resumes, once for each moment; the output of them all.
    private func killAtAll(
        _ moments: [Moment], options: [String], in precision: String = "float32",
        afterEach: (Int) throws -> Void = { _ in }
    ) throws -> String {
        var output = ""
        for (number, moment) in moments.enumerated() {
            let begins = !FileManager.default.fileExists(atPath: place.path + "/run/config.json")
            let arguments =
                begins
                ? train("run", in: precision) : ["train", "--resume", "run", "--json"]
            let processes = processCount
            let program = try RunningProgram(arguments + options, in: place.path)
            let hasSaved = try program.waitFor(#""event":"saved""#, count: moment.saves)
            let hasReached = try program.waitUntil {
                isReached(moment.state, processes: processes)
            }
            let said = try program.output
            try #require(hasSaved && hasReached, "kill \(number), \(moment): \(said)")
            #expect(program.end(with: SIGKILL) == nil, "kill \(number), \(moment)")
            output += try program.output
            try afterEach(number)
        }
        return output
    }

    /// The record of a run without what differs between two runs of the same configuration: times
    /// and speeds.
    private func lasting(_ run: String) throws -> [[String: NSObject]] {
        let text = String(decoding: try place.bytes(run + "/metrics.jsonl"), as: UTF8.self)
        return try text.split(separator: "\n").map { line in
            let object = try JSONSerialization.jsonObject(with: Data(line.utf8))
            let fields = try #require(object as? [String: NSObject])
            return fields.filter { key, _ in
                !["seconds", "time"].contains { key.contains($0) } && !key.contains("per_second")
            }
        }
    }

    /// The last step of which there was a checkpoint, damaged or not.
    private func furthestStep() throws -> Int {
        try place.contents().compactMap { name in
            name.firstRange(of: "checkpoints/step-").flatMap {
                Int(name[$0.upperBound...].prefix(9))
            }
        }.max() ?? 0
    }

    /// Finishes the run after two more epochs, and compares it with an uninterrupted one.
    private func finishAndCompare(_ comment: Comment, in precision: String = "float32") throws {
        let recorded = try place.bytes("run/metrics.jsonl").count { $0 == UInt8(ascii: "\n") }
        // Damaged checkpoints go when the run is past them, and on a busy machine it may have been
        // far before it was killed.
        let epochs = max(recorded + 2, try furthestStep() / 3 + 1)
        let rest = try place.run([
            "train", "--resume", "run", "--epochs", "\(epochs)", "--threads", "1",
        ])
        #expect(rest.code == 0, "\(rest.problem)")
        let whole = try place.run(
            train("whole", epochs: epochs, in: precision) + ["--threads", "2"])
        #expect(whole.code == 0, "\(whole.problem)")
        let steps = [3 * epochs - 3, 3 * epochs]
        let files =
            ["model.safetensors", "best.safetensors"]
            + steps.map(TrainingPlace.checkpoint)
        for file in files {
            #expect(try place.bytes("run/" + file) == place.bytes("whole/" + file), comment)
        }
        #expect(
            try place.contents().filter { $0.hasPrefix("run/") }
                == TrainingPlace.files(of: "run", steps: steps), comment)
        let records = try lasting("run")
        #expect(records.count == epochs, comment)
        #expect(records.allSatisfy { $0["weights_sha256"] is NSString }, comment)
        #expect(try records == lasting("whole"), comment)
    }

    @Test("20 times, also while it saves, ends with the same bytes and finds no damage")
    func anywhere() throws {
        let seed: UInt64 = 1
        let moments = Self.moments(seed: seed)
        let output = try killAtAll(moments, options: ["--checkpoint-every", "1"])
        let comment: Comment = "seed \(seed): \(moments)"
        #expect(!output.contains("unusable_checkpoint"), comment)
        try finishAndCompare(comment)
        // One line for each process that came to train, and none is broken.
        let text = String(decoding: try place.bytes("run/processes.jsonl"), as: UTF8.self)
        let processes = try text.split(separator: "\n").map {
            try decoded(TrainingProcess.self, from: String($0))
        }
        #expect(processes.map(\.step) == processes.map(\.step).sorted(), comment)
        // Only a process that was killed as it started may have left none; the last one finished
        // the run.
        let started = moments.count { $0.state == .started }
        #expect(
            (moments.count - started + 1...moments.count + 1).contains(processes.count), comment)
        #expect(processes.allSatisfy { $0.environment.threads >= 1 }, comment)
    }

    @Test("six times in bfloat16, ends with the same bytes and finds no damage")
    func inBFloat16() throws {
        let seed: UInt64 = 5
        let moments = Array(Self.moments(seed: seed).prefix(6))
        let output = try killAtAll(
            moments, options: ["--checkpoint-every", "1"], in: "bfloat16")
        let comment: Comment = "seed \(seed): \(moments)"
        #expect(!output.contains("unusable_checkpoint"), comment)
        try finishAndCompare(comment, in: "bfloat16")
        let config = String(decoding: try place.bytes("run/config.json"), as: UTF8.self)
        #expect(config.contains("\"precision\" : \"bfloat16\""), comment)
    }

    @Test(
        "and its newest checkpoint damaged each time, ends with the same bytes and names the damage"
    )
    func withDamage() throws {
        let seed: UInt64 = 2
        let moments = Array(Self.moments(seed: seed).prefix(5))
        let output = try killAtAll(moments, options: ["--checkpoint-every", "2"]) { number in
            try damage(number, keeping: 1)
        }
        let comment: Comment = "seed \(seed): \(moments)"
        #expect(output.contains(#""event":"unusable_checkpoint""#), comment)
        #expect(output.contains("; the run goes on from step-"), comment)
        try finishAndCompare(comment)
    }

    @Test("and all its checkpoints damaged, begins again, says so, and ends with the same bytes")
    func withoutCheckpoints() throws {
        let seed: UInt64 = 3
        let moments = Array(Self.moments(seed: seed).prefix(3))
        _ = try killAtAll(moments, options: ["--checkpoint-every", "1"])
        try damage(0, keeping: 0)
        let program = try RunningProgram(["train", "--resume", "run"], in: place.path)
        #expect(try program.waitFor("epoch 2/"))
        #expect(program.end(with: SIGKILL) == nil)
        let comment: Comment = "seed \(seed): \(moments)"
        #expect(try program.output.contains("; the run begins again at step 0"), comment)
        try finishAndCompare(comment)
    }

    @Test("and some of its files broken and left out, goes on at any step, to the same bytes")
    func withBrokenFiles() throws {
        let photographs = try PhotographPlace()
        for (label, index) in [(0, 0), (0, 5), (0, 11), (1, 2), (1, 3)] {
            let name = PhotographPlace.classes[label]
            try photographs.write(
                Array("no image".utf8), to: "photos/\(name)/사진 \(index).png")
        }
        func arguments(_ run: String) -> [String] {
            [
                "train", "wrn-10-0.25", "--data", "photos", "--run", run, "--image-size", "16",
                "--epochs", "4", "--batch", "4", "--lr", "0.05", "--validation-fraction", "0.25",
                "--skip-broken", "--no-report", "--checkpoint-every", "1", "--json",
            ]
        }
        let whole = try photographs.run(arguments("whole"))
        #expect(whole.code == 0, "\(whole.problem)")
        var generator = SeededGenerator(seed: 4)
        for number in 0..<6 {
            let begins = !FileManager.default.fileExists(
                atPath: photographs.path + "/run/config.json")
            let command =
                begins
                ? arguments("run")
                : ["train", "--resume", "run", "--no-report", "--checkpoint-every", "1", "--json"]
            let program = try RunningProgram(command, in: photographs.path)
            // Near its end it may finish before it is killed.
            _ = try program.waitFor(
                #""event":"saved""#, count: Int.random(in: 1...3, using: &generator))
            let code = program.end(with: SIGKILL)
            let said = try program.output
            #expect(code == nil || code == 0, "kill \(number): \(said)")
            #expect(!said.contains("wrn: error"), "kill \(number): \(said)")
        }
        let rest = try photographs.run([
            "train", "--resume", "run", "--no-report", "--threads", "1",
        ])
        #expect(rest.code == 0, "\(rest.problem)")
        for file in ["model.safetensors", "best.safetensors", "config.json"] {
            let (one, other) = (
                try photographs.bytes("run/" + file), try photographs.bytes("whole/" + file)
            )
            #expect(one == other, "\(file)")
        }
    }

    private struct TrainingProcess: Decodable {
        struct Environment: Decodable {
            let threads: Int
        }

        let step: Int
        let environment: Environment
    }

    /// Cuts or changes all checkpoints but the oldest `count`.
    private func damage(_ number: Int, keeping count: Int) throws {
        let files = try place.contents().filter {
            $0.hasPrefix("run/checkpoints/step-") && $0.hasSuffix(".safetensors")
        }
        for file in files.dropFirst(count) {
            var bytes = Array(try place.bytes(file))
            if number.isMultiple(of: 2) {
                bytes.removeLast(bytes.count / 3)
            } else {
                bytes[bytes.count / 2] ^= 1
            }
            try place.write(bytes, to: file)
        }
    }
}
