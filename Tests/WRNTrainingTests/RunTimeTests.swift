// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets
import WRNEngine
import WRNImages
import WRNPlan
import WRNRuns
import WRNTestSupport

@testable import WRNTraining

@Suite("The expected time of a run")
struct RunTimeTests {
    @Test("A run of a moment is not measured, a long one is by some of its steps")
    func measures() throws {
        let tiny = try TinyRun()
        /// The time of the last epochs of a run of a million.
        func expected(
            epochs: Int, isCancelled: () -> Bool = { false }
        ) throws -> RunTime {
            var configuration = try tiny.configuration()
            configuration.epochs = 1_000_000
            return try RunTime.expected(
                configuration, after: 1_000_000 - epochs, train: tiny.train, validation: tiny.test,
                device: .cpu(threads: 1), isCancelled: isCancelled)
        }
        #expect(try expected(epochs: 3, isCancelled: { true }) == .short)
        #expect(try expected(epochs: 0) == .short)
        #expect(RunTime.short.text == "less than a minute" && RunTime.short.seconds == nil)
        let long = try expected(epochs: 1_000_000)
        let seconds = try #require(long.seconds)
        // The files of an epoch alone are assumed to take a tenth of a second.
        #expect(seconds > 100_000)
        #expect(long.text.hasPrefix("about "))
        #expect(throws: CancellationError.self) {
            try expected(epochs: 1_000_000, isCancelled: { true })
        }
        #expect(RunTime.measured(seconds: 360).text == "about 6 minutes")
    }

    @Test("Image files are counted, because the prediction leaves decoding out")
    func countsImages() throws {
        let temporary = try TemporaryDirectory()
        let picture = PixelImage(
            height: 4, width: 4, channels: 3, pixels: Array(repeating: 90, count: 48))
        for name in ["a/1", "a/2", "b/1", "b/2"] {
            try temporary.write("photos/\(name).png", try picture.png())
        }
        let source = DataSource(
            temporary.path + "/photos", options: ImageFileOptions(height: 8, width: 8))
        let (train, validation) = (try source.load(.train), try source.load(.validation))
        let configuration = try TrainingConfiguration(
            network: "wrn-10-0.25", source: "photos", train: train, validation: validation,
            epochs: 1, batch: 2)
        func isMeasured(_ epochs: Int) throws -> Bool {
            try RunTime.isWorthMeasuring(configuration, epochs: epochs, train, threads: 1)
        }
        #expect(train.count == 2)
        #expect(try !isMeasured(149))
        #expect(try isMeasured(150))
    }
}
