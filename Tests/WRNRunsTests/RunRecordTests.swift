// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNImages
import WRNTestSupport

@testable import WRNRuns

@Suite("The record of a run")
struct RunRecordTests {
    let temporary: TemporaryDirectory
    let path: String

    init() throws {
        temporary = try TemporaryDirectory()
        path = temporary.path + "/run"
    }

    @Test(
        "A rule for early stopping that is out of range is a damaged run, in one sentence",
        arguments: [
            ("\"patience\" : 4", "\"patience\" : 0", "4"),
            ("\"patience\" : 4", "\"patience\" : 1000001", "4"),
            ("\"minimum_change\" : 0.5", "\"minimum_change\" : -0.5", "0.5"),
        ])
    func refusesRule(_ old: String, _ new: String, _ value: String) throws {
        let tiny = try TinyRun()
        let configuration = try tiny.configuration(
            earlyStopping: TrainingConfiguration.EarlyStopping(
                .loss, patience: 4, minimumChange: 0.5))
        _ = try RunDirectory.create(at: path, configuration)
        #expect(try RunRecord(readingFrom: path).earlyStopping == configuration.earlyStopping)
        let file = URL(fileURLWithPath: path + "/config.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        try #require(text.contains(old))
        try text.replacing(old, with: new).write(to: file, atomically: true, encoding: .utf8)
        let error = #expect(throws: TrainingError.self) { try RunRecord(readingFrom: path) }
        #expect(error?.code == .damagedRun)
        #expect(
            error?.message.contains(
                "expected a rule for early stopping within its ranges, found that ") == true,
            "\(error?.message ?? "")")
    }

    @Test("A record without any save is of a run that is not finished")
    func neverSaved() throws {
        _ = try RunDirectory.create(at: path, TinyRun().configuration(epochs: 1))
        try MetricsLog(path: path + "/metrics.jsonl").append(
            EpochRecord(
                epoch: 1, step: 5, learningRate: 0.1, trainLoss: 0.3, trainAccuracy: 0.9,
                validationLoss: 0.4, validationAccuracy: 0.8, imagesPerSecond: 100, seconds: 1.5,
                waitSeconds: nil, loaderImagesPerSecond: nil, brokenFiles: nil))
        #expect(try RunRecord(readingFrom: path).state == .stopped)
        let checkpoint = "run/checkpoints/" + CheckpointFiles.name(step: 5)
        try temporary.write("", to: checkpoint)
        #expect(try RunRecord(readingFrom: path).state == .finished)
        try temporary.remove(checkpoint)
        try temporary.write("", to: "run/model.safetensors")
        #expect(try RunRecord(readingFrom: path).state == .finished)
    }

    @Test("Changes of the tags at the same time are all kept")
    func parallelTags() throws {
        _ = try RunDirectory.create(at: path, TinyRun().configuration())
        let path = path
        DispatchQueue.concurrentPerform(iterations: 8) { number in
            #expect(throws: Never.self) {
                try RunTags.change(in: path, adding: ["tag-\(number)"])
            }
        }
        #expect(RunTags.read(from: path) == (0..<8).map { "tag-\($0)" })
    }

    @Test("Images that a run leaves out are held out, as long as its list is there")
    func leftOutImages() throws {
        let picture = PixelImage(
            height: 2, width: 2, channels: 3, pixels: Array(repeating: 90, count: 12))
        for name in ["train/a", "train/b", "val/a", "val/b"] {
            for number in 1...3 {
                try temporary.write("photos/\(name)/\(number).png", try picture.png())
            }
        }
        let photos = temporary.path + "/photos"
        let list = try temporary.write("list.txt", Array("train/a/2.png\ntrain/b/2.png\n".utf8))
        let exclusion = try ImageExclusion(contentsOf: list)
        let options = ImageFileOptions(height: 8, width: 8)
        let source = DataSource(photos, options: options).excluding(exclusion)
        let (train, validation) = (try source.load(.train), try source.load(.validation))
        #expect(train.count == 4)
        let configuration = try TrainingConfiguration(
            network: "wrn-10-0.25", source: photos, train: train, validation: validation,
            epochs: 1, batch: 2
        ).excluding(exclusion)
        _ = try RunDirectory.create(at: path, configuration)
        let run = try RunRecord(readingFrom: path)
        // The same files, read as a folder without splits, and of them those of the list.
        var whole = options
        whole.takesWhole = true
        let all = DataSource(photos + "/train", options: whole)
        let others = try temporary.write(
            "others.txt", Array("a/1.png\na/3.png\nb/1.png\nb/3.png\n".utf8))
        let left = try all.excluding(ImageExclusion(contentsOf: others)).load(.test)
        #expect(left.count == 2)
        guard case .others = try HeldOutImages(left, of: run) else {
            Issue.record("expected images that the run was not trained on")
            return
        }
        #expect(throws: TrainingError.self) { try HeldOutImages(all.load(.test), of: run) }
    }

    @Test(
        "Images that are drawn from a folder with other files than the run began with are doubtful")
    func changedFolder() throws {
        let picture = try PixelImage(
            height: 2, width: 2, channels: 3, pixels: Array(repeating: 90, count: 12)
        ).png()
        for name in ["a", "b"] {
            for number in 10..<20 { try temporary.write("photos/\(name)/\(number).png", picture) }
        }
        let photos = temporary.path + "/photos"
        func images(
            _ split: Split, fraction: Double = 0.5, fold: ImageFold? = nil
        ) throws -> any ImageSet {
            let options = ImageFileOptions(height: 8, width: 8, validationFraction: fraction)
            return try DataSource(photos, options: options).folded(fold).load(split)
        }
        func configuration(_ fold: ImageFold?) throws -> TrainingConfiguration {
            try TrainingConfiguration(
                network: "wrn-10-0.25", source: photos, train: images(.train, fold: fold),
                validation: images(.validation, fold: fold), epochs: 1, batch: 2
            ).folded(fold)
        }
        func held(_ images: any ImageSet) throws -> HeldOutImages {
            try HeldOutImages(images, of: RunRecord(readingFrom: path))
        }
        let fold = ImageFold(number: 1, count: 2)
        let (drawn, folded) = (try configuration(nil), try configuration(fold))
        _ = try RunDirectory.create(at: path, drawn)
        guard case .validation = try held(images(.validation)) else {
            Issue.record("expected the run's validation images")
            return
        }
        for set in [try images(.validation), try images(.validation, fraction: 0.3)] {
            #expect(drawn.warning(aboutDrawn: set, of: "run") == nil)
        }
        let own = try images(.test, fold: fold)
        #expect(folded.warning(aboutDrawn: own, of: "run") == nil)
        try temporary.copy("photos", to: "moved")
        #expect(drawn.hasValidationFiles(at: temporary.path + "/moved"))

        // Of ten files five are drawn, and of eleven six; a fold has eleven images instead of ten.
        try temporary.write("photos/a/00.png", picture)
        #expect(!drawn.hasValidationFiles(at: photos))
        let found = try images(.validation)
        guard case .uncertain = try held(found) else {
            Issue.record("expected images that the run may have learnt")
            return
        }
        let words = "photos has other files or classes than when run was trained"
        #expect(drawn.warning(aboutDrawn: found, of: "run")?.contains(words) == true)
        let dealt = try images(.test, fold: fold)
        #expect(folded.warning(aboutDrawn: dealt, at: photos, of: "run")?.contains(words) == true)
    }
}
