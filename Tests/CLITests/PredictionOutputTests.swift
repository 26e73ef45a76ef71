// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages
import WRNInference

@Suite("Answers of wrn predict")
struct PredictionOutputTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
        try FileManager.default.createDirectory(
            atPath: workplace.path + "/my photos/more", withIntermediateDirectories: true)
        for index in 0..<6 {
            let pixels = (0..<64).map { UInt8(truncatingIfNeeded: $0 &* (3 + index) &+ 40 * index) }
            let picture = PixelImage(height: 8, width: 8, channels: 1, pixels: pixels)
            let folder = index < 3 ? "my photos" : "my photos/more"
            try workplace.write(try picture.png(), to: "\(folder)/\(index % 3).png")
        }
    }

    private func predict(_ rest: String...) throws -> Program.Result {
        try Program.run(["predict", "--weights", "model"] + rest, in: workplace.path)
    }

    /// The rows of CSV without quotation marks.
    private func rows(_ text: String) -> [[String]] {
        text.split(separator: "\n").map { line in
            line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
    }

    private struct Report: Decodable {
        struct Image: Decodable {
            let file: String
            let predictions: [Prediction]
            let unknown: Bool?
            let sortedAs: String?
        }

        let threshold: Double?
        let sortedInto: String?
        let images: [Image]
    }

    @Test("CSV has the images with the digits of JSON, and a row for a file that is no image")
    func csv() throws {
        try workplace.write([1, 2, 3], to: "my photos/a,b.png")
        let result = try predict("my photos", "--csv", "--top", "2", "--threshold", "0")
        #expect(result.code == 1)
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(
            lines[0]
                == "image,prediction,probability,prediction_2,probability_2,unknown,error")
        let broken = try #require(lines.first { $0.hasPrefix("\"my photos/a,b.png\",,,,,,") })
        #expect(broken.contains("a,b.png: "))
        let json = try predict("my photos", "--json", "--top", "2")
        let images = try decoded(Report.self, from: json.output).images
            .filter { !$0.predictions.isEmpty }
        #expect(images.count == 6)
        let expected: [[String]] = images.map { image in
            let classes = image.predictions.flatMap { [$0.className, "\($0.probability)"] }
            return [image.file] + classes + ["false", ""]
        }
        let found = rows(result.output).filter { $0[0].hasPrefix("my") }
        #expect(found == expected)
    }

    @Test("CSV of a data set has the labels, and no more classes than there are")
    func csvOfData() throws {
        let result = try predict("--data", "data", "3", "1", "--csv", "--top", "99")
        #expect(result.code == 0, "\(result.problem)")
        let found = rows(result.output)
        #expect(found[0].prefix(4) == ["image", "label", "prediction", "probability"])
        #expect(found.map(\.count) == [22, 22, 22])
        #expect(found[1].prefix(2) == ["3", "3"] && found[2].prefix(2) == ["1", "1"])
    }

    @Test(
        "a file gets the form of its ending, whole, in place of what was there",
        arguments: ["x.csv", "x.JSON", "x.txt"])
    func files(_ name: String) throws {
        try workplace.write([0], to: name)
        let options = name.hasSuffix("csv") ? ["--csv"] : name.hasSuffix("N") ? ["--json"] : []
        let expected = try Program.run(
            ["predict", "--weights", "model", "my photos"] + options, in: workplace.path)
        let before = try workplace.contents()
        let result = try predict("my photos", "-o", name)
        #expect(result.code == 0 && result.output.isEmpty)
        #expect(result.problem == "wrn: \(name): 6 images\n")
        #expect(String(decoding: try workplace.bytes(of: name), as: UTF8.self) == expected.output)
        #expect(try workplace.contents() == before)
    }

    @Test("a failure leaves the old file, and no other")
    func failure() throws {
        try workplace.write(Array("old".utf8), to: "x.csv")
        let before = try workplace.contents()
        let result = try predict("none.png", "-o", "x.csv", "--sort-into", "sorted")
        #expect(result.code == 1)
        #expect(try workplace.bytes(of: "x.csv") == Array("old".utf8))
        #expect(try workplace.contents() == before)
    }

    @Test("below the threshold an image is unknown, in every form")
    func threshold() throws {
        let all = try decoded(Report.self, from: predict("my photos", "--json").output)
        #expect(all.threshold == nil && all.images.allSatisfy { $0.unknown == nil })
        let highest = all.images.map { $0.predictions[0].probability }.sorted()
        // The probability itself is enough.
        let text = "\(highest[3])"
        let report = try decoded(
            Report.self, from: predict("my photos", "--json", "--threshold", text).output)
        #expect(report.threshold == highest[3])
        let isUnknown = all.images.map { $0.predictions[0].probability < highest[3] }
        #expect(report.images.map { $0.unknown ?? false } == isUnknown)
        #expect(report.images.count { $0.unknown == true } == 3)
        let lines = try predict("my photos", "--threshold", text, "--top", "1").output
            .split(separator: "\n")
        for (line, image) in zip(lines, report.images) {
            let isUnknown = image.unknown == true
            #expect(line.hasPrefix("\(image.file): \(isUnknown ? "unknown (class " : "class ")"))
        }
        let one = try predict("--data", "data", "0", "--threshold", "1", "--pictures").output
        #expect(one.hasPrefix("image 0, labelled 0: unknown\n"))
    }

    @Test("sorting copies by class, leaves the sources, and a second run adds nothing")
    func sorting() throws {
        let sources = try workplace.contents()
        let result = try predict(
            "my photos", "--sort-into", "sorted here", "--json", "--threshold", "0.11")
        #expect(result.code == 0)
        let report = try decoded(Report.self, from: result.output)
        #expect(report.sortedInto == "sorted here")
        var paths: Set<String> = []
        for image in report.images {
            let path = try #require(image.sortedAs)
            let folder = image.unknown == true ? "unknown" : image.predictions[0].className
            #expect(path.hasPrefix("sorted here/\(folder)/"))
            #expect(try workplace.bytes(of: path) == workplace.bytes(of: image.file))
            #expect(paths.insert(path).inserted)
        }
        #expect(result.problem.contains("\nwrn: sorted into sorted here, "))
        let after = try workplace.contents()
        #expect(after.filter { !$0.hasPrefix("sorted here") } == sources)
        let again = try predict(
            "my photos", "--sort-into", "sorted here", "--csv", "--threshold", "0.11")
        let problem = again.problem.replacing("\n", with: " ")
        #expect(problem.contains("; 6 of them were there before"), "\(problem)")
        #expect(try workplace.contents() == after)
        #expect(rows(again.output)[0].contains("sorted_as"))
    }

    @Test("a directory within the input is left out of it")
    func sortingWithin() throws {
        let first = try predict("my photos", "--sort-into", "my photos/sorted")
        #expect(first.code == 0)
        #expect(first.output.split(separator: "\n").count == 6)
        let before = try workplace.contents()
        let second = try predict("my photos", "--sort-into", "my photos/sorted")
        #expect(second.output == first.output)
        #expect(
            second.problem.contains("wrn: 6 images in my photos/sorted, where sorted files are"))
        #expect(try workplace.contents() == before)
        let none = try predict("my photos/sorted", "--sort-into", "my photos/sorted")
        #expect(none.code == 2)
        #expect(none.problem.contains("all images lie in my photos/sorted"))
    }

    @Test("views are averaged by predict and evaluate alike, and named")
    func views() throws {
        let images = try workplace.images()
        let classifier = try workplace.classifier()
        for (name, views) in [
            ("flip", TestTimeViews.flip), ("five-crops", .fiveCrops), ("ten-crops", .tenCrops),
        ] {
            let expected = try classifier.classify(images, indices: [5], views: views)[0]
            let result = try predict("--data", "data", "5", "--tta", name, "--json")
            #expect(result.code == 0 && result.problem.isEmpty)
            #expect(result.output.contains("\"views\" : \"\(name)\""))
            let text = try predict("--data", "data", "5", "--tta", name, "--csv", "--top", "1")
            let row = rows(text.output)[1]
            #expect(row[2] == expected[0].className)
            #expect(abs((Double(row[3]) ?? 0) - expected[0].probability) < 1e-6)
            let evaluated = try workplace.run(
                "evaluate", "--weights", "model", "--data", "data", "--tta", name)
            let words = evaluated.output.replacing("\n", with: " ")
            #expect(words.contains(views == .flip ? "its mirror image" : "the average of five"))
        }
        // Files are scaled before they are cut.
        let single = try decoded(Report.self, from: predict("my photos", "--json").output)
        let cropped = try decoded(
            Report.self, from: predict("my photos", "--json", "--tta", "five-crops").output)
        #expect(single.images.map(\.file) == cropped.images.map(\.file))
        #expect(single.images.map(\.predictions) != cropped.images.map(\.predictions))
        let flipped = try workplace.run(
            "evaluate", "--weights", "model", "--data", "data", "--flip", "--tta", "five-crops")
        #expect(flipped.code == 2)
        #expect(flipped.problem.contains("--flip is --tta flip, and --tta five-crops is given"))
    }

    @Test("links lead to the files")
    func links() throws {
        let result = try predict("my photos/0.png", "--sort-into", "s", "--link", "--json")
        #expect(result.code == 0, "\(result.problem)")
        let path = try #require(try decoded(Report.self, from: result.output).images[0].sortedAs)
        let target = try FileManager.default.destinationOfSymbolicLink(
            atPath: workplace.path + "/" + path)
        #expect(target.hasPrefix("/") && target.hasSuffix("/my photos/0.png"))
        let piped = try Program.run(
            ["predict", "--weights", "model", "-", "--sort-into", "t", "--link"],
            in: workplace.path, input: workplace.bytes(of: "my photos/0.png"))
        #expect(piped.code == 2)
        #expect(piped.problem.contains("--link makes links to files, and standard input is none"))
        #expect(!FileManager.default.fileExists(atPath: workplace.path + "/t"))
    }

    @Test(
        "options that contradict each other are refused in a sentence",
        arguments: [
            (["--threshold", "1.5"], "--threshold must be in 0...1, not 1.5"),
            (["--threshold", "-0.1"], "--threshold must be in 0...1, not -0.1"),
            (["--threshold", "nan"], "--threshold must be in 0...1, not nan"),
            (["--csv", "--json"], "--csv and --json are two forms of the answers"),
            (["--json", "-o", "x.csv"], "x.csv ends as CSV, but --json is given"),
            (["--csv", "-o", "x.json"], "x.json ends as JSON, but --csv is given"),
            (["--csv", "--pictures"], "--pictures draws on the standard output"),
            (["-o", "x.txt", "--pictures"], "--pictures draws on the standard output"),
            (["--tta", "six-crops"], "--tta"),
            (
                ["--tta", "flip", "--neighbours", "my photos"],
                "--tta averages the answers of the model's head"
            ),
            (["--link"], "--link goes with --sort-into"),
            (["--data", "data", "--sort-into", "s"], "--sort-into goes with image files"),
        ])
    func refusals(_ options: [String], _ sentence: String) throws {
        let before = try workplace.contents()
        let result = try Program.run(["predict", "1"] + options, in: workplace.path)
        #expect(result.code == 2)
        #expect(result.problem.contains(sentence), "\(result.problem)")
        #expect(result.problem.split(separator: "\n").count == 1)
        #expect(try workplace.contents() == before)
    }
}
