// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("Checkpoints that are damaged")
struct DamagedCheckpointTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun
    private static let newest = CheckpointFiles.name(step: 10)
    private static let older = CheckpointFiles.name(step: 5)

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    /// A finished run `whole`, and `a`, a copy of it as it was when two of its three epochs were
    /// complete.
    private func makeRuns() throws {
        let run = try RunDirectory.create(at: path("whole"), tiny.configuration())
        try tiny.trainer(run).train { event in
            guard case .epoch(let record) = event, record.epoch == 2 else { return }
            #expect(throws: Never.self) { try temporary.copy("whole", to: "a") }
        }
    }

    private func damage(_ name: String, _ change: (inout Data) -> Void) throws {
        let file = "a/checkpoints/" + name
        var bytes = try temporary.bytes(file)
        change(&bytes)
        try bytes.write(to: URL(fileURLWithPath: path(file)))
    }

    /// Ends the run and compares it, its record and its directory with those of the whole one.
    private func finishAndCompare(_ trainer: Trainer) throws {
        try trainer.train()
        for name in ["model.safetensors", "best.safetensors", TinyRun.lastCheckpoint] {
            #expect(try temporary.bytes("a/" + name) == temporary.bytes("whole/" + name), "\(name)")
        }
        let digests = try trainer.run.records().map(\.weightsSHA256)
        let whole = JSONLines<EpochRecord>(path: path("whole/metrics.jsonl"))
        #expect(try digests == whole.records().map(\.weightsSHA256))
        #expect(!digests.contains(nil))
        #expect(contents("a") == contents("whole"))
    }

    private func contents(_ run: String) -> [String] {
        temporary.stableContents.filter { $0.hasPrefix(run + "/") }.map {
            String($0.dropFirst(run.count + 1))
        }
    }

    enum Damage: CaseIterable {
        case cut, bit, empty, noDigest, emptyDigest, otherDigest, directory
    }

    @Test("Are named, and the one before is used, to the same end", arguments: Damage.allCases)
    func fallsBack(damage kind: Damage) throws {
        try makeRuns()
        let newest = Self.newest
        let problem: String
        switch kind {
        case .cut:
            try damage(newest) { $0.removeLast(100) }
            problem = "is damaged (expected the SHA-256 "
        case .bit:
            try damage(newest) { $0[$0.count / 2] ^= 4 }
            problem = "is damaged (expected the SHA-256 "
        case .empty:
            try damage(newest) { $0 = Data() }
            problem = "is damaged (expected the SHA-256 "
        case .noDigest:
            try temporary.remove("a/checkpoints/\(newest).sha256")
            problem = "has no digest (expected it in \(newest).sha256)"
        case .emptyDigest:
            try damage(newest + ".sha256") { $0 = Data() }
            problem =
                "has no digest that can be read (expected a line of sha256sum in \(newest).sha256)"
        case .otherDigest:
            try damage(newest + ".sha256") { $0 = Data("\($0.prefix(64))  other\n".utf8) }
            problem =
                "has no digest that can be read (expected a line of sha256sum in \(newest).sha256)"
        case .directory:
            try temporary.remove("a/checkpoints/\(newest)")
            try FileManager.default.createDirectory(
                atPath: path("a/checkpoints/\(newest)"), withIntermediateDirectories: false)
            problem = "cannot be read (is a directory)"
        }
        let run = try RunDirectory.open(at: path("a"))
        let trainer = try tiny.trainer(run, threads: 2)
        #expect(trainer.position.step == 5)
        let message = try #require(run.unusableCheckpoints.first?.message)
        #expect(message.hasPrefix("\(path("a"))/checkpoints/\(newest) \(problem)"), "\(message)")
        #expect(message.hasSuffix("; the run goes on from \(Self.older)"), "\(message)")
        #expect(run.unusableCheckpoints.count == 1)
        // Its bytes are kept until the run is past them, and are not taken for a checkpoint.
        #expect(contents("a").contains("checkpoints/\(newest).damaged"))
        #expect(!contents("a").contains("checkpoints/\(newest)"))
        #expect(try run.records().map(\.epoch) == [1])
        if kind == .directory { try temporary.remove("a/checkpoints/\(newest).damaged") }
        try finishAndCompare(trainer)
    }

    @Test(
        "Are told apart from those that the system refuses to read, of which none is set aside",
        arguments: ["", ".sha256"])
    func refused(suffix: String) throws {
        try makeRuns()
        let name = "a/checkpoints/\(Self.newest)\(suffix)"
        let bytes = try temporary.bytes(name)
        // A link to itself is refused also for those who may read everything.
        try temporary.remove(name)
        try FileManager.default.createSymbolicLink(
            atPath: path(name), withDestinationPath: path(name))
        let before = contents("a")
        let error = #expect(throws: TrainingError.self) {
            try tiny.trainer(RunDirectory.open(at: path("a")))
        }
        #expect(error?.code == .damagedRun)
        let message = error?.message ?? ""
        #expect(message.hasPrefix("\(path(name)): cannot be read ("), "\(message)")
        #expect(message.contains("); make it readable, or move the checkpoint away"), "\(message)")
        #expect(contents("a") == before)
        try temporary.remove(name)
        try bytes.write(to: URL(fileURLWithPath: path(name)))
        let run = try RunDirectory.open(at: path("a"))
        let trainer = try tiny.trainer(run)
        #expect(trainer.position.step == 10 && run.unusableCheckpoints.isEmpty)
        try finishAndCompare(trainer)
    }

    @Test("Lead to the beginning when none is whole, and to the same end")
    func beginsAgain() throws {
        try makeRuns()
        try damage(Self.newest) { $0.removeLast() }
        try damage(Self.older) { $0[100] ^= 1 }
        let run = try RunDirectory.open(at: path("a"))
        let trainer = try tiny.trainer(run)
        #expect(trainer.position.step == 0)
        #expect(
            run.unusableCheckpoints.map(\.file) == [
                path("a/checkpoints/" + Self.newest), path("a/checkpoints/" + Self.older),
            ])
        for checkpoint in run.unusableCheckpoints {
            #expect(
                checkpoint.message.hasSuffix(
                    "; the run begins again at step 0, which leads to the same weights"))
        }
        #expect(!contents("a").contains("best.safetensors"))
        try finishAndCompare(trainer)
    }

    @Test("Lead to the beginning of another run when the number of epochs is changed with them")
    func beginsAgainLonger() throws {
        try makeRuns()
        try damage(Self.newest) { $0.removeLast() }
        try damage(Self.older) { $0[100] ^= 1 }
        let run = try RunDirectory.open(at: path("a"))
        try run.setEpochs(4)
        let trainer = try tiny.trainer(run)
        #expect(trainer.position.step == 0)
        let wanted =
            "; the run begins again at step 0, as one of 4 epochs and not of 3 as before, which "
            + "need not lead to the same weights"
        #expect(run.unusableCheckpoints.map { $0.message.hasSuffix(wanted) } == [true, true])
        try trainer.train()
        // What it has been before is over: it is a run of four epochs.
        let record = try RunRecord(readingFrom: path("a"))
        #expect(try record.earlierLengths(of: record.trainingConfiguration()).isEmpty)
        let whole = try RunDirectory.create(at: path("four"), tiny.configuration(epochs: 4))
        try tiny.trainer(whole).train()
        #expect(
            try temporary.bytes("a/model.safetensors")
                == temporary.bytes("four/model.safetensors"))
    }

    @Test("Are passed over, too, when the number of epochs is changed")
    func setsEpochs() throws {
        try makeRuns()
        try damage(Self.newest) { $0.removeLast() }
        let run = try RunDirectory.open(at: path("a"))
        let error = #expect(throws: TrainingError.self) { try run.setEpochs(0) }
        #expect(error?.code == .invalidConfiguration)
        try run.setEpochs(1)
        #expect(try tiny.trainer(run).train() == .finished)
    }

    @Test("Are forgotten once they are set aside")
    func settles() throws {
        try makeRuns()
        try damage(Self.newest) { $0.removeLast() }
        _ = try tiny.trainer(RunDirectory.open(at: path("a")))
        let run = try RunDirectory.open(at: path("a"))
        #expect(try tiny.trainer(run).position.step == 5)
        #expect(run.unusableCheckpoints.isEmpty)
    }
}
