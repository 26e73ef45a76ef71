// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNFetch
import WRNImages
import WRNRuns

@Suite("After something went wrong, a corrected command goes on")
struct DeadEndTests {
    private let place: PhotographPlace
    private let first = "photos/\(PhotographPlace.classes[0])"

    init() throws {
        place = try PhotographPlace()
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: place.path + "/" + path)
    }

    @Test(
        "a broken file is named before a run is created, and --skip-broken with it",
        arguments: [
            ["train", "wrn-10-0.25", "--run", "run"],
            ["train", "wrn-10-0.25", "--run", "run", "--seeds", "2"],
            ["train", "wrn-10-0.25", "--overfit", "24"],
            ["find-lr", "wrn-10-0.25", "--steps", "10"],
            ["finetune", "--weights", "base", "--run", "run"],
        ])
    func broken(_ arguments: [String]) throws {
        if arguments[0] == "finetune" {
            let base = try place.train("base", epochs: 1)
            #expect(base.code == 0, "\(base.problem)")
        }
        let whole = try place.bytes("\(first)/사진 3.png")
        try place.write(Array(whole.prefix(whole.count / 2)), to: "\(first)/사진 3.png")
        let command = arguments + ["--data", "photos", "--image-size", "16", "--batch", "8"]
        let refused = try place.run(command)
        #expect(refused.code == 1)
        #expect(refused.problem.contains("사진 3.png"), "\(refused.problem)")
        #expect(refused.problem.contains("--skip-broken"), "\(refused.problem)")
        #expect(!exists("run"))
        // The corrected command meets nothing that is in its way.
        let epochs = arguments[0] == "find-lr" ? [] : ["--epochs", "1"]
        let corrected = try place.run(command + epochs + ["--skip-broken"])
        // One epoch is too few to learn by heart, which is another answer.
        let isRight =
            corrected.code == 0 || corrected.output.contains("Not learnt by heart: 21 images")
        #expect(isRight, "\(corrected.output)\(corrected.problem)")
    }

    @Test("several broken files are counted, and the first of them is named")
    func several() throws {
        for index in [2, 5, 7] {
            try place.write(Array("words".utf8), to: "\(first)/사진 \(index).png")
        }
        let refused = try place.train("run")
        #expect(refused.code == 1)
        #expect(refused.problem.contains("3 of 24 files cannot be used"), "\(refused.problem)")
        #expect(!exists("run"))
    }

    /// Begins a run of two epochs without a look at its files, as the check of a large set passes
    /// over some.
    private func begin(_ run: String, skipsBroken: Bool) throws {
        let photos = DataSource(
            place.path + "/photos",
            options: ImageFileOptions(height: 16, width: 16, validationFraction: 0.25))
        _ = try RunDirectory.create(
            at: place.path + "/" + run,
            TrainingConfiguration(
                network: "wrn-10-0.25", source: place.path + "/photos",
                train: try photos.load(.train), validation: try photos.load(.validation),
                epochs: 2, batch: 8, skipsBroken: skipsBroken))
    }

    @Test("a broken file that a run meets is left out on request, as if from the beginning")
    func leftOutLater() throws {
        try place.write([1, 2, 3], to: "\(first)/사진 3.png")
        try begin("late", skipsBroken: false)
        try begin("early", skipsBroken: true)
        let refused = try place.run(["train", "--resume", "late"])
        #expect(refused.code == 1)
        #expect(
            refused.problem.contains("train --resume late --skip-broken'"), "\(refused.problem)"
        )
        let late = try place.run(["train", "--resume", "late", "--skip-broken"])
        #expect(late.code == 0, "\(late.problem)")
        let early = try place.run(["train", "--resume", "early"])
        #expect(early.code == 0, "\(early.problem)")
        for file in ["model.safetensors", "config.json"] {
            #expect(try place.bytes("late/" + file) == place.bytes("early/" + file), "\(file)")
        }
    }

    @Test("a file that changes after a run began ends it, also where broken ones are left out")
    func changedLater() throws {
        #expect(try place.train("run", epochs: 1, options: ["--skip-broken"]).code == 0)
        try place.write([1, 2, 3], to: "\(first)/사진 3.png")
        let refused = try place.run(["train", "--epochs", "2", "--resume", "run"])
        #expect(refused.code == 1)
        #expect(
            refused.problem.contains("put back the images that the run began with"),
            "\(refused.problem)")
    }

    @Test("the model of a run without a saved step is missed, and not announced before")
    func withoutModel() throws {
        try begin("new", skipsBroken: false)
        let result = try place.run(["predict", "--weights", "new", "\(first)/사진 3.png"])
        #expect(result.code == 1)
        #expect(
            result.problem.hasPrefix("wrn: error: new: expected a file model.safetensors"),
            "\(result.problem)")
    }

    @Test("a run without a saved step is replaced, and one with a step is not")
    func unstarted() throws {
        let photos = DataSource(
            place.path + "/photos", options: ImageFileOptions(height: 16, width: 16))
        let (train, validation) = (try photos.load(.train), try photos.load(.validation))
        _ = try RunDirectory.create(
            at: place.path + "/run",
            TrainingConfiguration(
                network: "wrn-10-1", source: "photos", train: train, validation: validation))
        #expect(exists("run/config.json"))
        let replaced = try place.train("run", epochs: 1)
        #expect(replaced.code == 0, "\(replaced.problem)")
        #expect(replaced.output.contains("run held a run without a saved step"))
        #expect(exists("run/best.safetensors"))
        let config = try place.bytes("run/config.json")
        let taken = try place.train("run", epochs: 1)
        #expect(taken.code == 1)
        #expect(taken.problem.contains("(wrn train --resume run)"), "\(taken.problem)")
        #expect(try place.bytes("run/config.json") == config)
    }

    @Test("a resumed run finds its images where they were moved, and refuses others")
    func moved() throws {
        #expect(try place.train("run", epochs: 1).code == 0)
        try place.write(try PhotographPlace.picture(0, 3).png(), to: "others/a/x.png")
        try place.write(try PhotographPlace.picture(1, 3).png(), to: "others/b/y.png")
        try FileManager.default.moveItem(
            atPath: place.path + "/photos", toPath: place.path + "/moved")
        let resume = ["train", "--resume", "run", "--epochs", "2"]
        let lost = try place.run(resume)
        #expect(lost.code == 1)
        #expect(lost.problem.contains("name the place with --data"), "\(lost.problem)")
        let others = try place.run(resume + ["--data", "others"])
        #expect(others.code == 1)
        let found = try place.run(resume + ["--data", "moved"])
        #expect(found.code == 0, "\(found.problem)")
        // From now on the run has their place.
        let again = try place.run(["train", "--resume", "run", "--epochs", "3"])
        #expect(again.code == 0, "\(again.problem)")
    }

    @Test("of a large set files spread over all of it are checked, the same ones each time")
    func largeSets() throws {
        let files = try ImageFiles(place.path + "/photos", .train)
        let all = ImageFilesCheck(of: files)
        #expect(all.isComplete && all.broken.isEmpty && all.count == files.count)
        let none = ImageFilesCheck(of: files, byteCount: 0)
        #expect(none.checkedCount == 0 && !none.isComplete)
        try place.write([], to: "\(first)/사진 3.png")
        try place.write([0xFF, 0xD8], to: "\(first)/사진 4.png")
        let broken = ImageFilesCheck(of: files).broken.compactMap(\.file)
        #expect(broken.count == 2)
        #expect(broken == broken.sorted())
    }
}
