// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNFiles
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("The checkpoints of a run")
struct CheckpointFilesTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    /// The names of the files in the checkpoints of `run`.
    private func names(_ run: String) -> [String] {
        let prefix = run + "/checkpoints/"
        return temporary.stableContents.filter { $0.hasPrefix(prefix) }.map {
            String($0.dropFirst(prefix.count))
        }
    }

    @Test("Are named by their step, and nothing else is taken for one")
    func names() {
        #expect(CheckpointFiles.name(step: 1234) == "step-000001234.safetensors")
        #expect(CheckpointFiles.name(step: 12_345_678_901) == "step-12345678901.safetensors")
        for step in [0, 7, 999_999_999, 1_000_000_000] {
            #expect(CheckpointFiles.step(ofName: CheckpointFiles.name(step: step)) == step)
        }
        for name in [
            "step-12.safetensors", "step-0000000012.safetensors", "step--00000012.safetensors",
            "step-+00000012.safetensors", "step-000000012.safetensors.sha256",
            "step-000000012.safetensors.damaged", "latest.safetensors", "step-.safetensors", "",
        ] {
            #expect(CheckpointFiles.step(ofName: name) == nil, "\(name)")
        }
    }

    @Test("Are as many as wanted, each with what sha256sum says of it", arguments: [1, 2, 4])
    func keeps(count: Int) throws {
        let run = try RunDirectory.create(at: path("a"), tiny.configuration())
        let policy = CheckpointPolicy(interval: .steps(1), count: count)
        try tiny.trainer(run, checkpoints: policy).train { event in
            guard case .saved(let step) = event else { return }
            #expect(names("a").count == 2 * min(step, count))
        }
        let files = (16 - count...15).map(CheckpointFiles.name)
        #expect(names("a") == files.flatMap { [$0, $0 + ".sha256"] })
        for name in files {
            var computation = FileDigest.Computation(like: .sha256(""))
            computation.update(Array(try temporary.bytes("a/checkpoints/" + name)))
            #expect(
                try temporary.bytes("a/checkpoints/\(name).sha256")
                    == Data("\(computation.digest.digits)  \(name)\n".utf8))
        }
    }

    @Test("Are written after every step when the time between them is short, without a change")
    func time() throws {
        try tiny.finish(at: path("whole"))
        let run = try RunDirectory.create(at: path("a"), tiny.configuration())
        var saved: [Int] = []
        let policy = CheckpointPolicy(interval: .time(.nanoseconds(1)))
        try tiny.trainer(run, checkpoints: policy).train { event in
            if case .saved(let step) = event { saved.append(step) }
        }
        // Also before an evaluation, which may take longer than the interval.
        #expect(saved == Array(1...15))
        for name in ["model.safetensors", "best.safetensors", TinyRun.lastCheckpoint] {
            #expect(try temporary.bytes("a/" + name) == temporary.bytes("whole/" + name), "\(name)")
        }
    }

    @Test("Refuse intervals and numbers that cannot be")
    func policy() {
        for policy in [
            CheckpointPolicy(interval: .steps(0)), CheckpointPolicy(interval: .time(.zero)),
            CheckpointPolicy(count: 0),
        ] {
            #expect(throws: TrainingError.self) { try policy.check() }
        }
        let timed = CheckpointPolicy(interval: .time(.seconds(60)))
        #expect(!timed.isDue(step: 4, elapsed: .seconds(59)))
        #expect(timed.isDue(step: 5, elapsed: .seconds(60)))
        #expect(!CheckpointPolicy().isDue(step: 1, elapsed: .seconds(1_000_000)))
    }

    @Test("Are found in every state in which a killed process leaves them, without a problem")
    func killedStates() throws {
        try tiny.finish(at: path("whole"))
        let policy = CheckpointPolicy(interval: .steps(1))
        let run = try RunDirectory.create(at: path("all"), tiny.configuration())
        try tiny.trainer(run, checkpoints: policy).train { event in
            guard case .saved(let step) = event, step == 8 || step == 9 else { return }
            #expect(throws: Never.self) { try temporary.copy("all", to: "at\(step)") }
        }
        let (seventh, eighth, ninth) = (
            CheckpointFiles.name(step: 7), CheckpointFiles.name(step: 8),
            CheckpointFiles.name(step: 9)
        )
        // The digest of the next one is there, its file is not.
        try temporary.copy("at8", to: "digest")
        try temporary.copy(
            "at9/checkpoints/\(ninth).sha256", to: "digest/checkpoints/\(ninth).sha256")
        // The file is replaced by one of the same step, and its digests are both there.
        try temporary.copy("at8", to: "both")
        let other = String(repeating: "0", count: 64) + "  \(eighth)\n"
        let own = String(
            decoding: try temporary.bytes("at8/checkpoints/\(eighth).sha256"), as: UTF8.self)
        try temporary.write(own + other, to: "both/checkpoints/\(eighth).sha256")
        // The new one is there, those that are no longer kept are there too, or a part of them.
        try temporary.copy("at9", to: "more")
        for name in [seventh, seventh + ".sha256"] {
            try temporary.copy("at8/checkpoints/" + name, to: "more/checkpoints/" + name)
        }
        try temporary.copy("at9", to: "part")
        try temporary.copy(
            "at8/checkpoints/\(seventh).sha256", to: "part/checkpoints/\(seventh).sha256")
        for (state, step) in [("digest", 8), ("both", 8), ("more", 9), ("part", 9)] {
            let run = try RunDirectory.open(at: path(state))
            let trainer = try tiny.trainer(run)
            #expect(trainer.position.step == step, "\(state)")
            #expect(run.unusableCheckpoints.isEmpty, "\(state)")
            // What sha256sum would stumble over is gone, also where no step is left to do.
            let files = names(state).filter { $0.hasSuffix(".safetensors") }
            #expect(names(state) == files.flatMap { [$0, $0 + ".sha256"] }, "\(state)")
            let digest = "/checkpoints/\(CheckpointFiles.name(step: step)).sha256"
            #expect(
                try temporary.bytes(state + digest) == temporary.bytes("at\(step)" + digest),
                "\(state)")
            try trainer.train()
            #expect(names(state) == names("whole"), "\(state)")
            #expect(
                try temporary.bytes(state + "/model.safetensors")
                    == temporary.bytes("whole/model.safetensors"), "\(state)")
        }
    }
}
