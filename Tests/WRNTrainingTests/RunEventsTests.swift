// SPDX-License-Identifier: Apache-2.0

import Foundation
import SwiftProtobuf
import Testing
import WRNTestSupport

@testable import WRNEventMessages
@testable import WRNRuns
@testable import WRNTensorBoard
@testable import WRNTraining

@Suite("The event file of a run")
struct RunEventsTests {
    let temporary: TemporaryDirectory
    let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func events(_ run: String) throws -> (name: String, points: [ScalarPoint]) {
        let names = temporary.contents.filter { $0.hasPrefix(run + "/events.out.tfevents.") }
        let name = try #require(names.first)
        #expect(names.count == 1)
        return (name, try Self.points([UInt8](temporary.bytes(name))))
    }

    /// The points of a file; what follows the first event's.
    private static func points(_ bytes: [UInt8]) throws -> [ScalarPoint] {
        var points: [ScalarPoint] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let length = Int(rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
            let event = try Event(serializedBytes: Array(rest.dropFirst(12).prefix(length)))
            rest = rest.dropFirst(length + 16)
            let values = event.summary.value.filter { $0.value != nil }
                .map { ($0.tag, Double($0.simpleValue)) }
            // Settings and pictures are values of other kinds.
            guard event.fileVersion.isEmpty, !values.isEmpty else { continue }
            points.append(
                ScalarPoint(
                    step: Int(event.step), time: event.wallTime,
                    values: Dictionary(uniqueKeysWithValues: values)))
        }
        return points
    }

    private func expect(_ points: [ScalarPoint], show records: [EpochRecord]) {
        #expect(points.map(\.step) == records.map(\.step))
        for (point, record) in zip(points, records) {
            let values: [String: Double?] = [
                "loss/train": record.trainLoss, "loss/validation": record.validationLoss,
                "accuracy/train": record.trainAccuracy,
                "accuracy/validation": record.validationAccuracy,
                "learning_rate": record.learningRate, "images_per_second": record.imagesPerSecond,
            ]
            #expect(point.values == values.compactMapValues { $0.map { Double(Float($0)) } })
        }
    }

    @Test("Shows each epoch of metrics.jsonl at its step")
    func shows() throws {
        let records = try tiny.finish(at: temporary.path + "/a")
        #expect(records.count == 3)
        expect(try events("a").points, show: records)
    }

    @Test("Has no point of a speed that was not measured")
    func unmeasuredSpeed() {
        func record(_ epoch: Int, speed: Double) -> EpochRecord {
            EpochRecord(
                epoch: epoch, step: 5 * epoch, learningRate: 0.1, trainLoss: 0.3,
                trainAccuracy: 0.9, validationLoss: 0.4, validationAccuracy: 0.8,
                imagesPerSecond: speed, seconds: 1.5, waitSeconds: nil,
                loaderImagesPerSecond: nil, brokenFiles: nil)
        }
        let points = RunEvents.points([record(1, speed: 0), record(2, speed: 80)], end: 100)
        #expect(points.map { $0.values["images_per_second"] } == [nil, 80])
        #expect(points.map { $0.values["loss/train"] } == [0.3, 0.3])
    }

    /// In a scope of its own, which gives the lock back.
    private func trainSevenSteps(at path: String) throws {
        let run = try RunDirectory.create(at: path, tiny.configuration())
        var steps = 0
        try tiny.trainer(run).train(
            report: { if case .step = $0 { steps += 1 } }, until: { steps == 7 })
    }

    @Test("Shows the same when the run is stopped and resumed, under a later name")
    func resumes() throws {
        let path = temporary.path + "/a"
        try trainSevenSteps(at: path)
        let before = try events("a")
        #expect(before.points.map(\.step) == [5])
        try tiny.resume(at: path)
        let after = try events("a")
        #expect(after.name > before.name)
        expect(after.points, show: try RunRecord(readingFrom: path).records)
        #expect(after.points.count == 3)
    }

    /// A value that is no point of a curve.
    private struct OtherValue: Equatable {
        let tag: String
        let step: Int
        let byteCount: Int
    }

    /// The values that are no points of curves, in their order.
    private func others(_ run: String) throws -> [OtherValue] {
        var others: [OtherValue] = []
        var rest = [UInt8](try temporary.bytes(events(run).name))[...]
        while !rest.isEmpty {
            let length = Int(rest.prefix(8).reversed().reduce(0) { $0 << 8 | UInt64($1) })
            let event = try Event(serializedBytes: Array(rest.dropFirst(12).prefix(length)))
            rest = rest.dropFirst(length + 16)
            for value in event.summary.value where value.value == nil {
                others.append(
                    OtherValue(
                        tag: value.tag, step: Int(event.step),
                        byteCount: value.unknownFields.data.count))
            }
        }
        return others
    }

    @Test("Begins with settings and a picture, the same after a resume, and ends when the run does")
    func settings() throws {
        try tiny.finish(at: temporary.path + "/whole")
        let path = temporary.path + "/a"
        try trainSevenSteps(at: path)
        let begun = try others("a")
        #expect(begun.map(\.tag) == ["_hparams_/session_start_info", "examples/augmented"])
        // Four images of 9 x 9 pixels, each beside five others.
        #expect(begun[1].byteCount > 1000)
        try tiny.resume(at: path)
        let whole = try others("whole")
        #expect(try others("a") == whole)
        #expect(Array(whole.prefix(2)) == begun)
        #expect(whole.last?.tag == "_hparams_/session_end_info")
        #expect(whole.count == 3)
        // Opened again, it stays finished.
        _ = try tiny.trainer(RunDirectory.open(at: path))
        #expect(try others("a") == whole)
        let settings = RunEvents.hyperparameters(try tiny.configuration())
        #expect(settings["learning_rate"] == .number(0.05) && settings["flip"] == .flag(true))
        #expect(settings["schedule"] == .text("cosine") && settings["epochs"] == .number(3))
        #expect(settings["network"] == .text("wrn-10-0.25") && settings["dropout"] == .number(0.2))
        #expect(settings["class_names"] == nil && settings["data"] == nil)
    }

    @Test("Loses the epochs that a run takes back, as metrics.jsonl does")
    func takesBack() throws {
        let path = temporary.path + "/a"
        let records = try tiny.finish(at: path)
        // The checkpoint of two epochs, with the record of three.
        let short = try RunDirectory.create(
            at: temporary.path + "/b", tiny.configuration(epochs: 3))
        var epochs = 0
        try tiny.trainer(short).train(
            report: { if case .epoch = $0 { epochs += 1 } }, until: { epochs == 2 })
        try temporary.copy("b/checkpoints", to: "a/checkpoints")
        _ = try tiny.trainer(RunDirectory.open(at: path))
        expect(try events("a").points, show: Array(records.prefix(2)))
    }

    @Test("Lays epochs without a time end to end")
    func times() {
        func record(_ epoch: Int) -> EpochRecord {
            EpochRecord(
                epoch: epoch, step: epoch, learningRate: 1, trainLoss: 1, trainAccuracy: 1,
                validationLoss: 1, validationAccuracy: 1, imagesPerSecond: 1,
                seconds: Double(10 * epoch),
                waitSeconds: nil, loaderImagesPerSecond: nil, brokenFiles: nil)
        }
        let points = RunEvents.points([record(1), record(2), record(3)], end: 1000)
        #expect(points.map(\.time) == [950, 970, 1000])
    }
}
