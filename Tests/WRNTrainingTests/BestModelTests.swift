// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNInference
import WRNModel
import WRNTensor
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("The best model, and the digest of weights")
struct BestModelTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func path(_ name: String) -> String { temporary.path + "/" + name }

    private func record(_ epoch: Int, _ accuracy: Double) -> EpochRecord {
        EpochRecord(
            epoch: epoch, step: epoch, learningRate: 1, trainLoss: 1, trainAccuracy: 0,
            validationLoss: 1,
            validationAccuracy: accuracy, imagesPerSecond: 1, seconds: 1, waitSeconds: nil,
            loaderImagesPerSecond: nil, brokenFiles: nil)
    }

    @Test("Is of the epoch with the highest accuracy, the first of equal ones")
    func rule() {
        let records = [0.2, 0.5, 0.4, 0.5].enumerated().map { record($0 + 1, $1) }
        #expect(EpochRecord.best(of: records, by: .accuracy)?.epoch == 2)
        #expect(EpochRecord.best(of: [], by: .accuracy) == nil)
    }

    /// Trains 6 epochs in `whole`, and copies the run after each epoch to `after1` and so on.
    private func trainWithCopies() throws -> [EpochRecord] {
        let run = try RunDirectory.create(at: path("whole"), tiny.configuration(epochs: 6))
        try tiny.trainer(run).train { event in
            guard case .epoch(let record) = event else { return }
            #expect(throws: Never.self) { try temporary.copy("whole", to: "after\(record.epoch)") }
        }
        return try run.records()
    }

    @Test("Is the model of that epoch after each, with the digest that its record gives")
    func follows() throws {
        let records = try trainWithCopies()
        for count in 1...6 {
            let best = try #require(
                EpochRecord.best(of: Array(records.prefix(count)), by: .accuracy))
            #expect(
                try temporary.bytes("after\(count)/best.safetensors")
                    == temporary.bytes("after\(best.epoch)/model.safetensors"), "\(count)")
        }
        for record in records {
            let model = try Model(readingFrom: path("after\(record.epoch)/model.safetensors")) {
                try $0.graph()
            }
            #expect(record.weightsSHA256 == model.weightsSHA256)
        }
        #expect(Set(records.map(\.weightsSHA256)).count == 6)
        let times = records.compactMap(\.time)
        #expect(times.count == 6 && times == times.sorted())
    }

    @Test("Is written by the next process when one was killed before it could")
    func makesGood() throws {
        let records = try trainWithCopies()
        let best = try #require(EpochRecord.best(of: records, by: .accuracy)).epoch
        try temporary.remove("after\(best)/best.safetensors")
        _ = try tiny.trainer(RunDirectory.open(at: path("after\(best)")))
        #expect(
            try temporary.bytes("after\(best)/best.safetensors")
                == temporary.bytes("whole/best.safetensors"))
    }

    @Test("Never is the model of an epoch that the run has lost")
    func forgets() throws {
        let records = try trainWithCopies()
        let best = try #require(EpochRecord.best(of: records, by: .accuracy)).epoch
        try #require(best > 1)
        // The run is back in its second epoch: neither its first model nor the one in the file can
        // be had from the checkpoint.
        try temporary.copy("after1", to: "middle")
        let middle = try RunDirectory.open(at: path("middle"))
        let stopped = try tiny.trainer(middle)
        try stopped.train(until: { stopped.position.step >= 7 })
        try temporary.copy("middle", to: "lost")
        try temporary.copy("after\(best)/best.safetensors", to: "lost/best.safetensors")
        let rest = try tiny.trainer(RunDirectory.open(at: path("lost")))
        #expect(!temporary.stableContents.contains("lost/best.safetensors"))
        try rest.train()
        #expect(
            try temporary.bytes("lost/best.safetensors")
                == temporary.bytes("whole/best.safetensors"))
        // The run is back after its first epoch, whose model is not the one in the file.
        try temporary.copy("after\(best)/best.safetensors", to: "after1/best.safetensors")
        let run = try RunDirectory.open(at: path("after1"))
        let trainer = try tiny.trainer(run)
        #expect(
            try temporary.bytes("after1/best.safetensors")
                == temporary.bytes("after1/model.safetensors"))
        try trainer.train()
        #expect(
            try temporary.bytes("after1/best.safetensors")
                == temporary.bytes("whole/best.safetensors"))
    }

    @Test("The digest is the one of the bytes that are documented")
    func knownDigest() throws {
        let tensors = [
            "b": Tensor(shape: TensorShape([2, 1]), elements: [1, -0.0]),
            "a.weight": Tensor(
                shape: TensorShape([3]), elements: [0.5, .infinity, .leastNonzeroMagnitude]),
            "ä": Tensor(shape: TensorShape([]), elements: [7]),
        ]
        #expect(
            WeightsDigest.sha256(of: tensors)
                == "95a07f34a78d2ab3ac9983cd4e9cf2c06332b28150a91fc92c1995d0863f37d1")
    }
}
