// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNInference
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("A run whose disk refuses a file")
struct FullDiskTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    @Test("Can go on in the same process and in another, with one line for each epoch")
    func goesOn() throws {
        try tiny.finish(at: path("whole"))
        let run = try RunDirectory.create(at: path("a"), tiny.configuration())
        let trainer = try tiny.trainer(run)
        // A directory of that name stands for whatever keeps the checkpoint from being written.
        let obstacle = path("a/checkpoints/" + CheckpointFiles.name(step: 10))
        try FileManager.default.createDirectory(
            atPath: obstacle, withIntermediateDirectories: false)
        #expect(throws: (any Error).self) { try trainer.train() }
        #expect(trainer.position.epoch == 1)
        try FileManager.default.removeItem(atPath: obstacle)
        try temporary.copy("a", to: "b")
        try trainer.train()
        try tiny.resume(at: path("b"))
        for name in ["a", "b"] {
            #expect(
                try temporary.bytes(name + "/model.safetensors")
                    == temporary.bytes("whole/model.safetensors"))
            let records = try JSONLines<EpochRecord>(path: path(name + "/metrics.jsonl")).records()
            #expect(records.map(\.epoch) == [1, 2, 3], "\(name)")
        }
    }

    @Test("Keeps a digest for the file that is there, whichever it is")
    func keepsDigests() throws {
        let file = path("a.safetensors")
        try ChecksummedFile.write([], metadata: ["a": "1"], to: file)
        let first = try temporary.bytes("a.safetensors.sha256")
        try ChecksummedFile.write([], metadata: ["a": "2"], to: file)
        let second = try temporary.bytes("a.safetensors.sha256")
        #expect(first != second && first.count == second.count)
        #expect(ChecksummedFile.problem(of: file) == nil)
        try temporary.write(
            String(decoding: first + second, as: UTF8.self), to: "a.safetensors.sha256")
        #expect(ChecksummedFile.problem(of: file) == nil)
        try ChecksummedFile.settle(file)
        #expect(try temporary.bytes("a.safetensors.sha256") == second)
        try temporary.write(String(decoding: first, as: UTF8.self), to: "a.safetensors.sha256")
        #expect(ChecksummedFile.problem(of: file)?.hasPrefix("is damaged") == true)
    }
}
