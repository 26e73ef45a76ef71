// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNImages

@Suite("Folders as people have them, from the command line")
struct MessyFolderTests {
    private static let (first, second) = (PhotographPlace.classes[0], PhotographPlace.classes[1])
    /// A name that retitles a terminal's window, and one that ends a line.
    private static let names = ["e\u{1B}]0;owned\u{7}", "a\nb"]

    /// No control character but the line ends, of which there are as many as lines that the program
    /// means.
    private func expectPrintable(
        _ result: Program.Result, lines: Int? = nil, location: SourceLocation = #_sourceLocation
    ) {
        for text in [result.output, result.problem] {
            let wrong = text.unicodeScalars.filter {
                $0 != "\n" && $0.properties.generalCategory == .control
            }
            #expect(wrong.isEmpty, "\(text.debugDescription)", sourceLocation: location)
        }
        if let lines {
            #expect(
                result.output.split(separator: "\n").count == lines,
                "\(result.output.debugDescription)", sourceLocation: location)
        }
    }

    @Test("control characters in names of files reach no terminal and split no line")
    func controlCharacters() throws {
        let place = try PhotographPlace()
        for (index, name) in Self.names.enumerated() {
            try place.write(
                try PhotographPlace.picture(0, index).png(), to: "photos/\(Self.first)/\(name).png")
            try place.write([0xFF, 0xD8, 0xFF, 1], to: "photos/\(Self.second)/\(name).jpg")
            try place.write([1], to: "photos/\(Self.second)/\(name).txt")
        }
        let inspected = try place.run(["data", "inspect", "photos"])
        #expect(inspected.code == 1)
        expectPrintable(inspected)
        #expect(inspected.output.contains("e\\u{1b}]0;owned\\u{7}.jpg: "))
        #expect(inspected.output.contains("2 .txt files, no images, for example "))
        expectPrintable(try place.run(["data", "inspect", "photos", "--json"]))
        let trained = try place.train("run", epochs: 1, options: ["--skip-broken"])
        #expect(trained.code == 0, "\(trained.problem)")
        expectPrintable(trained)
        expectPrintable(try place.train("broken", epochs: 1))
        expectPrintable(try place.train("json", epochs: 1, options: ["--skip-broken", "--json"]))
        let folder = "photos/\(Self.first)"
        let predicted = try place.run(["predict", "--weights", "run", folder])
        expectPrintable(predicted, lines: 14)
        #expect(predicted.output.contains("/a\\u{a}b.png: "))
        expectPrintable(try place.run(["predict", "--weights", "run", "photos", "--json"]))
        for split in ["photos"] {
            let csv = try place.run([
                "evaluate", "--weights", "run", "--data", split, "--csv", "-", "--skip-broken",
                "--validation-fraction", "0.9",
            ])
            #expect(csv.code == 0, "\(csv.problem)")
            expectPrintable(csv)
            let rows = csv.output.split(separator: "\n")
            #expect(rows.allSatisfy { $0.split(separator: ",").count == 6 }, "\(csv.output)")
        }
        let features = try place.run([
            "features", "--weights", "run", folder, "-o", "features.csv",
        ])
        #expect(features.code == 0, "\(features.problem)")
        let table = String(decoding: try place.bytes("features.csv"), as: UTF8.self)
        #expect(table.split(separator: "\n").count == 1 + 14)
        #expect(!table.unicodeScalars.contains { $0.value < 0x20 && $0 != "\n" })
        try place.write(
            try PhotographPlace.picture(0, 0).png(), to: "photos/\(Self.names[0])/1.png")
        for arguments in [
            ["data", "inspect", "photos"], ["evaluate", "--weights", "run", "--data", "photos"],
        ] {
            let result = try place.run(arguments)
            #expect(result.code == 1)
            expectPrintable(result)
            #expect((result.output + result.problem).contains("e\\u{1b}]0;owned\\u{7}"))
        }
    }

    private struct Inspection: Decodable {
        struct Split: Decodable {
            struct Image: Decodable { let title: String }

            let split: String
            let count: Int
            let damaged: [Image]
            let clippedGrey: [Image]
            let notes: [String]
        }

        struct LeftOut: Decodable {
            let reason: String
            let count: Int
            let examples: [String]
        }

        let splits: [Split]
        let leftOut: [LeftOut]
    }

    @Test("inspect counts every file of a folder that has one of each")
    func countsEverything() throws {
        let place = try PhotographPlace()
        let png = try PhotographPlace.picture(0, 0).png()
        var written = 24
        for (name, bytes) in [
            ("\(Self.first)/._1.png", [0, 5, 0x16, 7]), ("\(Self.first)/.hidden.png", png),
            ("\(Self.first)/@eaDir/1.png", png), ("\(Self.first)/a.gif", Array("GIF89a".utf8)),
            ("\(Self.first)/Thumbs.db", [1]), ("\(Self.first)/notes.txt", []),
            ("\(Self.first)/LICENSE", [0x41]),
            ("\(Self.second)/x.jfif", png), ("\(Self.second)/y", png),
            ("\(Self.second)/z.jpg", [1, 2]),
            (".ipynb_checkpoints/1.png", png), ("stray.png", png), ("README.md", []),
        ] as [(String, [UInt8])] {
            try place.write(bytes, to: "photos/\(name)")
            written += 1
        }
        try FileManager.default.createSymbolicLink(
            atPath: place.path + "/photos/\(Self.second)/gone.jpg", withDestinationPath: "/nowhere")
        #expect(mkfifo(place.path + "/photos/\(Self.second)/pipe.png", 0o600) == 0)
        written += 2
        let json = try place.run(["data", "inspect", "photos", "--json", "--image-size", "8"])
        #expect(json.code == 1)
        let inspection = try decoded(Inspection.self, from: json.output)
        let images = inspection.splits.reduce(0) { $0 + $1.count }
        #expect(images == 24 + 3)
        #expect(images + inspection.leftOut.reduce(0) { $0 + $1.count } == written)
        #expect(
            inspection.leftOut.map(\.reason) == [
                "without_class", "other_format", "no_image", "no_image", "no_image", "hidden",
                "apple_double", "system_file", "cache", "cache", "dangling_link", "special",
            ])
        let text = try place.run(["data", "inspect", "photos", "--image-size", "8"])
        #expect(text.output.contains("\nleft out: 12 of 39 entries\n"), "\(text.output)")
        let lines = text.output.split(separator: "\n").filter { !$0.contains("z.jpg") }
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(text.output)")
        // The other commands write it in one line.
        let trained = try place.train("run", epochs: 1, options: ["--skip-broken"])
        #expect(trained.code == 0, "\(trained.problem)")
        let said = trained.output.split(separator: "\n").joined(separator: " ")
        #expect(said.contains("12 entries left out: "), "\(trained.output)")
        #expect(said.contains("2 classes: "), "\(trained.output)")
        for arguments in [
            ["evaluate", "--data", "photos", "--skip-broken"],
            ["predict", "photos", "--skip-broken"],
            ["features", "photos", "--skip-broken", "-o", "f.csv"],
        ] {
            let result = try place.run(arguments + ["--weights", "run"])
            #expect(result.code == 0, "\(result.problem)")
            #expect(result.problem.contains(" entries left out: "), "\(result.problem)")
        }
    }

    @Test("one class is warned of before training, and so are classes of few images")
    func warnsOfClasses() throws {
        let place = try PhotographPlace()
        for index in 0..<3 {
            try place.write(
                try PhotographPlace.picture(0, index).png(), to: "one/green/\(index).png")
        }
        let one = try place.run([
            "train", "wrn-10-0.25", "--data", "one", "--run", "a", "--image-size", "8", "--epochs",
            "1",
        ])
        let said = one.output.split(separator: "\n").joined(separator: " ")
        #expect(said.contains("warning: there is only one class ('green')"), "\(one.output)")
        let json = try place.train("b", epochs: 1, options: ["--limit", "8", "--json"])
        let start = try #require(json.output.split(separator: "\n").first)
        #expect(start.contains("\"class_counts\":[4,4]"), "\(start)")
        #expect(start.contains("2 classes have fewer than 10 images"), "\(start)")
    }

    @Test(
        "one file like an archive among images stops nothing, and exit codes and counts are right")
    func predictsBesideBroken() throws {
        let place = try PhotographPlace()
        #expect(try place.train("run", epochs: 1).code == 0)
        let picture = "photos/\(Self.first)/사진 3.png"
        try place.write([0x50, 0x4B, 3, 4] + Array(repeating: 1, count: 40), to: "zip.jpg")
        try place.write([0x50, 0x4B, 3, 4] + Array(repeating: 1, count: 40), to: "other.zip")
        try place.write([0x1F, 0x8B, 8, 0, 1], to: "gzip.png")
        try FileManager.default.createDirectory(
            atPath: place.path + "/empty", withIntermediateDirectories: false)
        let inputs = ["zip.jpg", picture, "other.zip", "gzip.png", "empty", "missing.jpg", picture]
        let mixed = try place.run(["predict", "--weights", "run"] + inputs)
        #expect(mixed.code == 1)
        #expect(mixed.output.split(separator: "\n").count == 2, "\(mixed.output)")
        for words in [
            "zip.jpg: expected JPEG, PNG or WebP, found a zip archive", "other.zip: ",
            "found a gzip file",
            "empty: there are no images", "missing.jpg: there is no such file",
            "5 of 7 files could not be classified",
        ] {
            #expect(mixed.problem.contains(words), "\(mixed.problem)")
        }
        let skipped = try place.run(["predict", "--weights", "run", "--skip-broken"] + inputs)
        #expect(skipped.code == 0)
        #expect(skipped.output == mixed.output)
        #expect(skipped.problem.contains("5 of 7 files left out"), "\(skipped.problem)")
        let none = try place.run([
            "predict", "--weights", "run", "--skip-broken", "zip.jpg", "empty",
        ])
        #expect(none.code == 1)
        let features = ["features", "--weights", "run", "-o", "f.csv"] + inputs
        let refused = try place.run(features)
        #expect(refused.code == 1)
        #expect(refused.problem.contains("zip.jpg: "))
        #expect(refused.problem.contains("--skip-broken"), "\(refused.problem)")
        let written = try place.run(features + ["--skip-broken", "--json"])
        #expect(written.code == 0, "\(written.problem)")
        #expect(written.output.contains("\"images\" : 2"), "\(written.output)")
        try place.write([0xFF, 0xD8, 0xFF, 0xE0], to: "set/test/\(Self.first)/1.jpg")
        try place.write(
            try PhotographPlace.picture(0, 1).png(), to: "set/test/\(Self.first)/2.png")
        let evaluated = ["evaluate", "--weights", "run", "--data", "set"]
        let stopped = try place.run(evaluated)
        #expect(stopped.code == 1)
        #expect(stopped.problem.contains("1.jpg: "))
        #expect(stopped.problem.contains("--skip-broken"), "\(stopped.problem)")
        let counted = try place.run(evaluated + ["--skip-broken"])
        #expect(counted.code == 0, "\(counted.problem)")
        #expect(counted.output.contains("left out  1 file"), "\(counted.output)")
    }

    @Test("--max-pixels decides how large an image may be, also in a run that is resumed")
    func limitsPixels() throws {
        let place = try PhotographPlace()
        #expect(try place.train("run", epochs: 1).code == 0)
        let picture = "photos/\(Self.first)/사진 3.png"
        for (count, code) in [(566, Int32(1)), (567, 0)] {
            let result = try place.run([
                "predict", "--weights", "run", picture, "--max-pixels", "\(count)",
            ])
            #expect(result.code == code, "\(result.problem)")
            if code == 1 { #expect(result.problem.contains("at most 566 are read")) }
        }
        let inspected = try place.run([
            "data", "inspect", "photos", "--max-pixels", "600", "--image-size", "8",
        ])
        #expect(inspected.code == 0, "\(inspected.problem)")
        let refused = try place.train("small", epochs: 1, options: ["--max-pixels", "560"])
        #expect(refused.code == 1)
        #expect(refused.problem.contains("at most 560 are read"), "\(refused.problem)")
        let trained = try place.train(
            "kept", epochs: 1, options: ["--max-pixels", "560", "--skip-broken"])
        #expect(trained.code == 0, "\(trained.problem)")
        let config = String(decoding: try place.bytes("kept/config.json"), as: UTF8.self)
        #expect(config.contains("\"maximum_pixel_count\" : 560"), "\(config)")
        try limitsPixelsOnResume(place)
        #expect(try place.run(["data", "inspect", "photos", "--max-pixels", "0"]).code == 2)
    }

    /// The limit holds without being given again, and cannot be given anew.
    private func limitsPixelsOnResume(_ place: PhotographPlace) throws {
        let options = ["--skip-broken", "--schedule", "constant", "--no-report"]
        for (run, epochs, limit) in [
            ("whole", 2, ["--max-pixels", "560"]), ("short", 1, ["--max-pixels", "560"]),
            ("all", 2, []),
        ] {
            let result = try place.train(run, epochs: epochs, options: options + limit)
            #expect(result.code == 0, "\(result.problem)")
        }
        let resumed = try place.run(["train", "--resume", "short", "--epochs", "2", "--no-report"])
        #expect(resumed.code == 0, "\(resumed.problem)")
        let model = try place.bytes("short/model.safetensors")
        #expect(try model == place.bytes("whole/model.safetensors"))
        #expect(try model != place.bytes("all/model.safetensors"))
        let changed = try place.run(["train", "--resume", "short", "--max-pixels", "1000"])
        #expect(changed.code == 2)
        #expect(changed.problem.contains("so --max-pixels cannot be given with it"))
    }
}
