// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTestSupport

@testable import WRNRuns

@Suite("The record of epochs")
struct MetricsTests {
    let temporary: TemporaryDirectory
    let log: MetricsLog

    init() throws {
        temporary = try TemporaryDirectory()
        log = MetricsLog(path: temporary.path + "/metrics.jsonl")
    }

    private func record(_ epoch: Int) -> EpochRecord {
        EpochRecord(
            epoch: epoch, step: 10 * epoch, learningRate: 0.1, trainLoss: 0.3, trainAccuracy: 0.9,
            validationLoss: 0.4, validationAccuracy: 0.8, imagesPerSecond: 100, seconds: 1.5,
            waitSeconds: 0.25, loaderImagesPerSecond: 2000, brokenFiles: nil)
    }

    @Test("Is one line of JSON for each epoch")
    func appends() throws {
        try log.append(record(1))
        try log.append(record(2))
        #expect(try log.records() == [record(1), record(2)])
        let text = String(decoding: try temporary.bytes("metrics.jsonl"), as: UTF8.self)
        #expect(
            text.split(separator: "\n").first
                == #"{"epoch":1,"images_per_second":100,"learning_rate":0.1,"loader_images_per_second":2000,"seconds":1.5,"step":10,"train_accuracy":0.9,"train_loss":0.3,"validation_accuracy":0.8,"validation_loss":0.4,"wait_seconds":0.25}"#
        )
    }

    @Test("Reads the lines of earlier versions, which call the validation images test images")
    func earlier() throws {
        try temporary.write(
            #"{"epoch":1,"images_per_second":100,"learning_rate":0.1,"loader_images_per_second":2000,"seconds":1.5,"step":10,"test_accuracy":0.8,"test_loss":0.4,"train_accuracy":0.9,"train_loss":0.3,"wait_seconds":0.25}"#
                + "\n", to: "metrics.jsonl")
        #expect(try log.records() == [record(1)])
        try temporary.write(
            #"{"epoch":1,"images_per_second":100,"learning_rate":0.1,"seconds":1.5,"step":10,"train_accuracy":0.9}"#
                + "\n", to: "metrics.jsonl")
        let error = #expect(throws: TrainingError.self) { try log.records() }
        #expect(error?.message.contains("the field train_loss, found none") == true)
    }

    @Test("An epoch without validation has neither its loss nor its accuracy")
    func withoutValidation() throws {
        let fields =
            #""epoch":1,"images_per_second":100,"learning_rate":0.1,"seconds":1.5,"step":10,"train_accuracy":0.9,"train_loss":0.3"#
        try temporary.write("{\(fields)}\n", to: "metrics.jsonl")
        let records = try log.records()
        #expect(records.map(\.isValidated) == [false])
        for metric in TrainingConfiguration.EarlyStopping.Metric.allCases {
            #expect(EpochRecord.best(of: records, by: metric) == nil)
            #expect(EpochRecord.best(of: records + [record(2), record(3)], by: metric)?.epoch == 2)
        }
        for (given, missing) in [
            ("validation_loss", "validation_accuracy"), ("validation_accuracy", "validation_loss"),
        ] {
            try temporary.write("{\(fields),\"\(given)\":0.5}\n", to: "metrics.jsonl")
            let error = #expect(throws: TrainingError.self) { try log.records() }
            #expect(
                error?.message.contains("expected \(missing) beside the other one, found none")
                    == true)
        }
    }

    @Test("Loses the lines behind the checkpoint, and half a line at the end")
    func truncates() throws {
        for epoch in 1...3 { try log.append(record(epoch)) }
        let whole = String(decoding: try temporary.bytes("metrics.jsonl"), as: UTF8.self)
        try temporary.write(whole + #"{"epoch":4,"imag"#, to: "metrics.jsonl")
        #expect(try log.records().count == 3)
        try log.truncate(toEpochs: 2)
        #expect(try log.records() == [record(1), record(2)])
        let lines = whole.split(separator: "\n").prefix(2).map { $0 + "\n" }.joined()
        #expect(try temporary.bytes("metrics.jsonl") == Data(lines.utf8))
        #expect(temporary.contents == ["metrics.jsonl"])
    }

    @Test("Is nothing to complain about before the first epoch")
    func absent() throws {
        #expect(try log.records().isEmpty)
        try log.truncate(toEpochs: 0)
        #expect(temporary.contents.isEmpty)
    }

    @Test("Names the line that is no record")
    func refusesDamage() throws {
        try log.append(record(1))
        let whole = String(decoding: try temporary.bytes("metrics.jsonl"), as: UTF8.self)
        try temporary.write(whole + "nonsense\n", to: "metrics.jsonl")
        let error = #expect(throws: TrainingError.self) { try log.records() }
        #expect(error?.message.contains("metrics.jsonl: line 2: expected JSON") == true)
    }
}
