// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNRuns
import WRNTestSupport
import WRNTraining

@Suite("A run that pauses after epochs")
struct PausedRunTests {
    @Test("is resumed to the bytes of one that does not, whatever its schedule", arguments: 1...2)
    func sameBytes(pause: Int) throws {
        let temporary = try TemporaryDirectory()
        let tiny = try TinyRun()
        let (whole, paused) = (temporary.path + "/whole", temporary.path + "/paused")
        try tiny.finish(at: whole)
        do {
            let run = try RunDirectory.create(at: paused, tiny.configuration())
            let outcome = try tiny.trainer(run).train(pausingAfterEpoch: pause)
            #expect(outcome == .stopped(step: 5 * pause))
            #expect(try run.records().map(\.epoch) == Array(1...pause))
        }
        do {
            // Where it has the epochs already, no step is taken.
            let run = try RunDirectory.open(at: paused)
            let before = try run.records()
            #expect(
                try tiny.trainer(run).train(pausingAfterEpoch: pause)
                    == .stopped(step: 5 * pause))
            #expect(try run.records() == before)
        }
        do {
            let outcome = try tiny.trainer(RunDirectory.open(at: paused))
                .train(pausingAfterEpoch: 3)
            #expect(outcome == .finished)
        }
        for file in ["model.safetensors", "best.safetensors", TinyRun.lastCheckpoint] {
            let files = try [whole, paused].map {
                try Data(contentsOf: URL(fileURLWithPath: $0 + "/" + file))
            }
            #expect(files[0] == files[1], "\(file)")
        }
    }
}
