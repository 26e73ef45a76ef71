// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages

@Suite("The audit of wrn data inspect")
struct AuditTests {
    /// A directory with `some data`: two classes in two splits, of smooth noise; in it a copy
    /// across the splits, one of another size, a copy with another label, a blank image and a
    /// broken file.
    private final class Place {
        let path: String

        init() throws {
            path =
                FileManager.default.temporaryDirectory
                .appendingPathComponent("wrn test \(UUID().uuidString)").path
            for (number, name) in ["cat", "dog"].enumerated() {
                for index in 0..<6 {
                    try write(
                        Place.picture(100 * number + index), "some data/train/\(name)/\(index).png")
                }
                for index in 0..<3 {
                    try write(
                        Place.picture(100 * number + 50 + index),
                        "some data/val/\(name)/\(index).png")
                }
            }
            try write(Place.picture(2), "some data/val/cat/same.png")
            try write(Place.picture(103, height: 40, width: 44), "some data/val/dog/smaller.png")
            try write(Place.picture(4), "some data/train/dog/wrong.png")
            try write(
                PixelImage(
                    height: 30, width: 40, channels: 3,
                    pixels: Array(repeating: 90, count: 3600)), "some data/train/cat/blank.png")
            try write([1, 2, 3], "some data/train/dog/broken.png")
        }

        deinit { try? FileManager.default.removeItem(atPath: path) }

        /// Smooth noise, another one for each number.
        static func picture(_ number: Int, height: Int = 80, width: Int = 88) -> PixelImage {
            var random = SeededGenerator(seed: UInt64(number))
            let coarse = PixelImage(
                height: 10, width: 11, channels: 3,
                pixels: (0..<330).map { _ in UInt8.random(in: 0...255, using: &random) })
            return coarse.resized(height: height, width: width, by: .bicubic)
        }

        func write(_ image: PixelImage, _ file: String) throws { try write(try image.png(), file) }

        func write(_ bytes: [UInt8], _ file: String) throws {
            let url = URL(fileURLWithPath: path + "/" + file)
            try FileManager.default.createDirectory(
                at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: url)
        }

        func text(_ file: String) throws -> String {
            String(
                decoding: try Data(contentsOf: URL(fileURLWithPath: path + "/" + file)),
                as: UTF8.self)
        }

        func run(_ arguments: String...) throws -> Program.Result {
            try Program.run(arguments, in: path)
        }
    }

    private struct Output: Decodable {
        struct Audit: Decodable {
            struct Finding: Decodable {
                struct Image: Decodable {
                    let name: String
                    let split: String
                    let className: String
                    let leaveOut: Bool
                }

                let kind: String
                let score: Double
                let images: [Image]
            }

            let version: Int
            let images: Int
            let counts: [String: Int]
            let findings: [Finding]
            let leftOut: [String]
        }

        let audit: Audit
    }

    private static let leftOut = [
        "train/dog/broken.png", "train/cat/2.png", "train/dog/3.png", "train/cat/4.png",
        "train/dog/wrong.png", "train/cat/blank.png",
    ]

    @Test("JSON has a version, the findings, and what to leave out")
    func json() throws {
        let place = try Place()
        let result = try place.run("data", "inspect", "some data", "--json", "--quick")
        #expect(result.code == 1 && result.problem.isEmpty, "\(result.problem)")
        let audit = try decoded(Output.self, from: result.output).audit
        #expect(audit.version == 1 && audit.images == 23)
        #expect(audit.counts["copies_across_splits"] == 2 && audit.counts["copies"] == 0)
        #expect(audit.counts["copies_across_classes"] == 1 && audit.counts["blank"] == 1)
        #expect(audit.counts["broken"] == 1 && audit.counts["label"] == 0)
        let names = audit.findings.map { $0.images.map(\.name) }
        #expect(
            names.prefix(5) == [
                ["train/dog/broken.png"], ["train/cat/2.png", "val/cat/same.png"],
                ["train/dog/3.png", "val/dog/smaller.png"],
                ["train/cat/4.png", "train/dog/wrong.png"], ["train/cat/blank.png"],
            ])
        #expect(audit.findings[1].score == 1 && audit.findings[2].score < 1)
        #expect(audit.findings[2].images.map(\.leaveOut) == [true, false])
        #expect(audit.findings[3].images.map(\.leaveOut) == [true, true])
        #expect(audit.leftOut == Self.leftOut)
    }

    @Test("A page and a list are written, and the list leaves its images out of a run for good")
    func exclude() throws {
        let place = try Place()
        let result = try place.run(
            "data", "inspect", "some data", "--html", "a page.html", "--export-list", "a list.txt")
        #expect(result.code == 1 && result.problem.isEmpty, "\(result.problem)")
        #expect(result.output.contains("copies across splits"))
        #expect(result.output.contains("a list.txt names 6 images to leave out"))
        #expect(try place.text("a page.html").contains("<h2>Copies across splits (2)</h2>"))
        let lines = try place.text("a list.txt").split(separator: "\n").filter {
            !$0.hasPrefix("#")
        }
        #expect(lines.map(String.init) == Self.leftOut)

        let trained = try place.run(
            "train", "wrn-10-0.25", "--data", "some data", "--run", "run", "--exclude",
            "a list.txt",
            "--image-size", "8", "--batch", "4", "--epochs", "1", "--no-report")
        #expect(trained.code == 0, "\(trained.problem)")
        #expect(
            trained.output.replacing("\n", with: " ").contains("leaves out 6 images of the data"))
        #expect(!trained.output.contains("also among the training images"))
        let configuration = try place.text("run/config.json")
        #expect(configuration.contains("\"train_images\" : 9"))
        #expect(configuration.contains("\"images\" : 6"))

        // The same list in another place goes on, a changed one does not.
        try FileManager.default.moveItem(
            atPath: place.path + "/a list.txt", toPath: place.path + "/moved.txt")
        let lost = try place.run("train", "--resume", "run", "--epochs", "2")
        #expect(lost.code == 1 && lost.problem.contains("--exclude"), "\(lost.problem)")
        let moved = try place.run(
            "train", "--resume", "run", "--epochs", "2", "--exclude", "moved.txt")
        #expect(moved.code == 0, "\(moved.problem)")
        try place.write(Array("train/cat/1.png\n".utf8), "moved.txt")
        let changed = try place.run("train", "--resume", "run", "--epochs", "3")
        #expect(changed.code == 1)
        #expect(changed.problem.contains("is not the one that the run began with"))
        #expect(changed.problem.split(separator: "\n").count == 1)
        #expect(try place.run("report", "run").code == 1)

        // A run on all images takes no list later, and begins with a warning.
        let whole = try place.run(
            "train", "wrn-10-0.25", "--data", "some data", "--run", "whole", "--skip-broken",
            "--image-size", "8", "--batch", "4", "--epochs", "1", "--no-report")
        #expect(whole.output.contains("1 validation image is also among the training images"))
        let late = try place.run("train", "--resume", "whole", "--exclude", "moved.txt")
        #expect(late.code == 1 && late.problem.contains("the run began on all images"))
    }

    @Test("What a run leaves out is not evaluated either, unless another list is named")
    func evaluatesWithoutExcluded() throws {
        struct Evaluation: Decodable {
            let count: Int
        }
        let place = try PhotographPlace()
        let names = (0..<6).map { "\(PhotographPlace.classes[0])/사진 \($0).png" }
        try place.write(Array(names.joined(separator: "\n").utf8), to: "out.txt")
        try place.write([], to: "none.txt")
        let trained = try place.train("run", epochs: 1, options: ["--exclude", "out.txt"])
        #expect(trained.code == 0, "\(trained.problem)")
        func evaluate(_ options: [String] = []) throws -> (count: Int, problem: String) {
            let result = try place.run(
                ["evaluate", "--weights", "run", "--data", "photos", "--json"] + options)
            #expect(result.code == 0, "\(result.problem)")
            let found = try decoded(Evaluation.self, from: result.output)
            return (found.count, result.problem)
        }
        let whole = try evaluate(["--exclude", "none.txt"])
        #expect(whole.count == 6 && !whole.problem.contains("as in the training"))
        let found = try evaluate()
        #expect(found.count < 6)
        let configuration = String(decoding: try place.bytes("run/config.json"), as: UTF8.self)
        #expect(configuration.contains("\"validation_images\" : \(found.count)"))
        #expect(
            found.problem.contains("/out.txt leaves images out, as in the training of run\n"),
            "\(found.problem)")
        try FileManager.default.removeItem(atPath: place.path + "/out.txt")
        let lost = try evaluate()
        #expect(lost.count == 6)
        #expect(
            lost.problem.contains(
                "wrn: warning: run leaves 6 images out, which are evaluated here, because its list "
                    + "cannot be used; --exclude names it ("), "\(lost.problem)")
    }

    @Test("A list of what is not there, and options that do not fit, are refused in one sentence")
    func refuses() throws {
        let place = try Place()
        try place.write(Array("train/cat/1.png\ntrain/cat/99.png\n".utf8), "list.txt")
        let train = ["--data", "some data", "--exclude"]
        let cases: [([String], Int32, String)] = [
            (
                ["train", "wrn-10-0.25", "--run", "run"] + train + ["list.txt"], 1,
                "list.txt: line 2: expected the name of an image of some data"
            ),
            (
                ["train", "wrn-10-0.25", "--run", "run"] + train + ["none.txt"], 1,
                "there is no such file"
            ),
            (["evaluate"] + train + ["list.txt"], 1, "train/cat/99.png"),
            (["data", "inspect", "some data", "--exclude", "list.txt"], 1, "train/cat/99.png"),
            (["data", "inspect", "some data", "--leave-out", "blank"], 2, "--export-list"),
            (
                ["data", "inspect", "some data", "--export-list", "x", "--leave-out", "blnk"], 2,
                "blank"
            ),
            (
                ["data", "inspect", "some data", "--html", "x", "--export-list", "x"], 2,
                "same file"
            ),
            (["data", "inspect", "some data", "--quick", "--weights", "x"], 2, "--quick"),
            (
                [
                    "data", "inspect", "some data", "--quick", "--export-list", "x", "--leave-out",
                    "blank,labels",
                ], 2, "--quick finds no doubtful labels"
            ),
            (
                ["data", "inspect", "some data", "--html", "x", "--export-list", "./x"], 2,
                "same file"
            ),
            (["data", "inspect", "some data", "--html", "nowhere/x.html"], 1, "nowhere/x.html"),
            (["data", "inspect", "some data", "--sheet", "nowhere/x.png"], 1, "nowhere/x.png"),
        ]
        for (arguments, code, words) in cases {
            let result = try Program.run(arguments, in: place.path)
            #expect(result.code == code && result.output.isEmpty, "\(arguments) \(result.output)")
            #expect(result.problem.contains(words), "\(arguments): \(result.problem)")
            #expect(result.problem.split(separator: "\n").count == 1, "\(result.problem)")
        }
        #expect(!FileManager.default.fileExists(atPath: place.path + "/run"))
    }
}
