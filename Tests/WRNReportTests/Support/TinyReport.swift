// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNPlan
import WRNRandom
import WRNRuns
import WRNTraining

@testable import WRNReport

/// A run of seconds in a directory of its own, and its test images, which differ in which part of
/// the rows is bright.
final class TinyReport {
    static let side = 9

    let path: String
    let directory: String
    let classNames: [String]
    let test: LabelledImages

    /// Begins the run, and trains it for `epochs` epochs of `wanted`.
    init(
        classNames: [String] = ["low", "middle", "high"], epochs: Int = 2, of wanted: Int = 2,
        schedule: LearningRateSchedule? = nil
    ) throws {
        self.classNames = classNames
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-report-\(UUID().uuidString)").path
        directory = path + "/run"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        let train = try Self.images(32, seed: 1, classNames)
        test = try Self.images(30, seed: 2, classNames)
        let run = try RunDirectory.create(
            at: directory,
            TrainingConfiguration(
                network: "wrn-10-0.25", source: "bands", train: train, validation: test,
                epochs: wanted,
                batch: 16, seed: 7, schedule: schedule, augmentation: Augmentation.none))
        guard epochs > 0 else { return }
        var done = 0
        try Trainer(run, train: train, validation: test, device: .cpu(threads: 1))
            .train(
                report: { if case .epoch = $0 { done += 1 } }, until: { done == epochs })
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Goes on with the run up to another number of epochs.
    func lengthen(to epochs: Int) throws {
        let run = try RunDirectory.open(at: directory)
        try run.setEpochs(epochs)
        try Trainer(
            run, train: Self.images(32, seed: 1, classNames), validation: test,
            device: .cpu(threads: 1)
        ).train()
    }

    func record() throws -> RunRecord { try RunRecord(readingFrom: directory) }

    func findings() throws -> RunFindings {
        try RunFindings(of: record(), images: test, device: .cpu(threads: 1))
    }

    func page() throws -> String {
        try RunReport(record(), findings: findings()).html
    }

    static func images(_ count: Int, seed: UInt64, _ names: [String]) throws -> LabelledImages {
        let labels = (0..<count).map { $0 % names.count }
        var pixels: [UInt8] = []
        for (image, label) in labels.enumerated() {
            let random = RandomStream(seed: seed, purpose: .shuffling, item: image)
            for pixel in 0..<side * side {
                let isBright = pixel / side * names.count / side == label
                let noise = random.integer(at: pixel, below: 100)
                pixels.append(UInt8(isBright ? 120 + noise : noise))
            }
        }
        return try LabelledImages(
            name: "bands", channels: 1, height: side, width: side, pixels: pixels, labels: labels,
            classNames: names)
    }
}
