// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets

@Suite("wrn data")
struct DataTests {
    /// A grey picture of 2 x 1 pixels, levels 0 and 255; PNG.
    private static let picture: [UInt8] = [
        0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0x00, 0x00, 0x00, 0x0D, 0x49, 0x48, 0x44,
        0x52, 0x00, 0x00, 0x00, 0x02, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0xD1,
        0x49, 0x20, 0x56, 0x00, 0x00, 0x00, 0x0B, 0x49, 0x44, 0x41, 0x54, 0x78, 0xDA, 0x63, 0x60,
        0xF8, 0x0F, 0x00, 0x01, 0x02, 0x01, 0x00, 0xD1, 0x1A, 0xCB, 0x8F, 0x00, 0x00, 0x00, 0x00,
        0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82,
    ]

    /// Writes a folder of pictures, two classes in two splits.
    private func writePictures(to workplace: Workplace, broken: Bool = false) throws {
        for name in ["train/cat/1", "train/cat/2", "train/dog/1", "val/cat/1", "val/dog/1"] {
            let path = "photos/\(name).png"
            try FileManager.default.createDirectory(
                atPath: URL(fileURLWithPath: workplace.path + "/" + path)
                    .deletingLastPathComponent().path,
                withIntermediateDirectories: true)
            try workplace.write(
                broken && name == "train/cat/2" ? [1, 2, 3] : Self.picture, to: path)
        }
    }

    private struct Listing: Decodable {
        let name: String
        let downloadByteCount: Int
        let directory: String?
    }

    @Test("list says what there is, and where")
    func lists() throws {
        let workplace = try Workplace()
        let cache = workplace.path + "/.cache/wide-resnet/datasets/svhn"
        try FileManager.default.createDirectory(
            atPath: cache, withIntermediateDirectories: true)
        for name in ["train", "test"] {
            try Data().write(to: URL(fileURLWithPath: "\(cache)/\(name)_32x32.mat"))
        }
        let text = try workplace.run("data", "list")
        #expect(text.code == 0, "\(text.problem)")
        #expect(text.output.split(separator: "\n").count == 1 + DataSource.knownNames.count)
        #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 200 })
        let json = try workplace.run("data", "list", "--json")
        let listings = try decoded([Listing].self, from: json.output)
        #expect(listings.map(\.name) == DataSource.knownNames)
        let svhn = try #require(listings.first { $0.name == "svhn" })
        #expect(svhn.directory == cache)
        #expect(svhn.downloadByteCount == 246_316_178)
        #expect(listings.first { $0.name == "svhn-extra" }?.directory == nil)
    }

    @Test("offline nothing is fetched, and the variable is named")
    func offline() throws {
        let workplace = try Workplace()
        for arguments in [["data", "mnist"], ["data", "inspect", "mnist"]] {
            let result = try Program.run(
                arguments, in: workplace.path, environment: ["HF_HUB_OFFLINE": "on"])
            #expect(result.code == 1)
            #expect(
                result.problem.contains(
                    "downloads are switched off, as by HF_HUB_OFFLINE in the environment"),
                "\(result.problem)")
        }
    }

    @Test("get finds what is there already, with and without its name, and checks it")
    func findsCached() throws {
        let workplace = try Workplace()
        let cache = workplace.path + "/.cache/wide-resnet/datasets/mnist"
        try FileManager.default.createDirectory(
            atPath: cache, withIntermediateDirectories: true)
        // Unpacked files have no published digest.
        for part in ["train", "t10k"] {
            for name in ["images-idx3-ubyte", "labels-idx1-ubyte"] {
                try Data().write(to: URL(fileURLWithPath: "\(cache)/\(part)-\(name)"))
            }
        }
        for arguments in [["data", "mnist"], ["data", "get", "mnist"]] {
            let result = try Program.run(arguments, in: workplace.path)
            #expect(result.code == 0, "\(result.problem)")
            #expect(result.output == "mnist is in \(cache)\n")
        }
        try Data().write(to: URL(fileURLWithPath: cache + "/t10k-labels-idx1-ubyte.gz"))
        let other = try workplace.run("data", "mnist")
        #expect(other.code == 1 && other.output.isEmpty)
        #expect(
            other.problem.contains(
                "mnist/t10k-labels-idx1-ubyte.gz: expected the published file (4542 bytes"),
            "\(other.problem)")
    }

    @Test("get says what is wrong in one sentence")
    func refuses() throws {
        let workplace = try Workplace()
        let unknown = try workplace.run("data", "imagenet")
        #expect(unknown.code == 2)
        #expect(unknown.problem.contains("no data set \"imagenet\""))
        #expect(unknown.problem.contains("svhn-extra"))
        #expect(try workplace.run("data").code == 2)
        #expect(try workplace.run("data", "svhn", "--mirror", "ftp://x").code == 2)
        let bundled = try workplace.run(
            "data", "get", "fashion-mnist-small", "--mirror", "http://127.0.0.1:1")
        #expect(bundled.code == 2 && bundled.output.isEmpty)
        #expect(bundled.problem.contains("is part of the program"), "\(bundled.problem)")
        // Nobody listens on port 1.
        let down = try workplace.run("data", "svhn", "--mirror", "http://127.0.0.1:1")
        #expect(down.code == 1)
        #expect(down.output.isEmpty)
        #expect(down.problem.hasPrefix("wrn: error: http://127.0.0.1:1/train_32x32.mat: "))
        #expect(down.problem.contains("check the network"))
        #expect(down.problem.split(separator: "\n").count == 1)
    }

    private struct Report: Decodable {
        struct Split: Decodable {
            struct Class: Decodable {
                let name: String
                let count: Int
            }

            struct Broken: Decodable {
                let title: String
            }

            let split: String
            let count: Int
            let classes: [Class]
            let formats: [String: Int]
            let mean: [Double]
            let broken: [Broken]
        }

        let splits: [Split]
    }

    @Test("inspect counts a folder's images")
    func inspectsFolder() throws {
        let workplace = try Workplace()
        try writePictures(to: workplace)
        let result = try workplace.run("data", "inspect", "photos", "--image-size", "8")
        #expect(result.code == 0, "\(result.problem)")
        let lines = result.output.components(separatedBy: "\n")
        #expect(lines[0] == "photos: 5 images of 2 classes")
        #expect(lines[2].split(separator: " ").prefix(3) == ["split", "images", "width"])
        #expect(lines[3].split(separator: " ").prefix(4) == ["train", "3", "2", "1"])
        #expect(lines[4].split(separator: " ").prefix(4) == ["validation", "2", "2", "1"])
        #expect(lines[3].hasSuffix("  png 3"))
        // Black and white in equal parts.
        #expect(lines[6].split(separator: " ") == ["split", "mean", "deviation"])
        #expect(lines[7].split(separator: " ").dropFirst().prefix(3).allSatisfy { $0 == "0.500" })
        #expect(lines[10].split(separator: " ") == ["class", "train", "validation"])
        #expect(lines[11].split(separator: " ") == ["cat", "2", "1"])
        #expect(!result.output.contains("broken"))
    }

    @Test("inspect names broken files, and ends with 1")
    func namesBroken() throws {
        let workplace = try Workplace()
        try writePictures(to: workplace, broken: true)
        let text = try workplace.run("data", "inspect", "photos")
        #expect(text.code == 1)
        #expect(text.problem.isEmpty)
        #expect(text.output.contains("\nbroken: 1 image\n  photos/train/cat/2.png: "))
        let json = try workplace.run(
            "data", "inspect", "photos", "--json", "--image-channels", "1", "--image-size", "4")
        #expect(json.code == 1)
        let report = try decoded(Report.self, from: json.output)
        #expect(report.splits.map(\.split) == ["train", "validation"])
        #expect(report.splits.map(\.count) == [3, 2])
        #expect(report.splits[0].classes.map(\.name) == ["cat", "dog"])
        #expect(report.splits[0].classes.map(\.count) == [2, 1])
        #expect(report.splits[0].formats == ["png": 2])
        #expect(report.splits[0].mean.count == 1)
        #expect(report.splits[0].broken.map(\.title) == ["photos/train/cat/2.png"])
    }

    @Test("bench leaves out broken files, and says which command names them")
    func benchesBeside() throws {
        let workplace = try Workplace()
        try writePictures(to: workplace, broken: true)
        let result = try workplace.run(
            "data", "bench", "photos", "--passes", "1", "--image-size", "4")
        #expect(result.code == 0, "\(result.problem)")
        #expect(
            result.output.contains(
                "\nleft out  1 broken file; 'wrn data inspect photos' names it\n"),
            "\(result.output)")
    }

    @Test("inspect reads arrays, too, and splits a folder as it is told")
    func inspectsOthers() throws {
        let workplace = try Workplace()
        let arrays = try decoded(
            Report.self, from: workplace.run("data", "inspect", "data", "--json").output)
        #expect(arrays.splits.map(\.split) == ["test"])
        #expect(arrays.splits[0].formats == ["array": 12])
        try writePictures(to: workplace)
        let halves = try decoded(
            Report.self,
            from: workplace.run(
                "data", "inspect", "photos/train", "--json", "--validation-fraction", "0.5"
            ).output)
        #expect(halves.splits.map(\.split) == ["train", "validation"])
        #expect(halves.splits.map(\.count) == [2, 1])
    }

    @Test("inspect refuses a data set of which one split is defective")
    func refusesDefectiveSplit() throws {
        let workplace = try Workplace()
        try writePictures(to: workplace)
        try FileManager.default.removeItem(atPath: workplace.path + "/photos/val/dog/1.png")
        let folder = try workplace.run("data", "inspect", "photos", "--quick")
        #expect(folder.code == 1 && folder.output.isEmpty)
        #expect(
            folder.problem.contains("photos/val: 1 of 2 classes have no images ('dog')"),
            "\(folder.problem)")
        // Images without labels are no split that is not there.
        try workplace.write([0], to: "data/train-images-idx3-ubyte")
        let arrays = try workplace.run("data", "inspect", "data", "--quick")
        #expect(arrays.code == 1 && arrays.output.isEmpty)
        #expect(arrays.problem.contains("train-labels-idx1-ubyte"), "\(arrays.problem)")
    }

    @Test("preview refuses a page that is too large before it makes the images")
    func refusesLargePreview() throws {
        let workplace = try Workplace()
        try writePictures(to: workplace, broken: true)
        let result = try workplace.run(
            "data", "preview", "photos", "-o", "a.png", "--epochs", "1000", "--image-size", "2000")
        #expect(result.code == 1)
        #expect(result.problem.contains("a contact sheet of 1001x3 cells"), "\(result.problem)")
    }

    @Test("inspect refuses what it cannot read, and options out of range")
    func inspectRefuses() throws {
        let workplace = try Workplace()
        let missing = try workplace.run("data", "inspect", "nothing")
        #expect(missing.code == 1)
        #expect(missing.problem.contains("nothing: there is no such file or directory"))
        for arguments in [
            ["--image-size", "0"], ["--image-channels", "2"], ["--validation-fraction", "1"],
        ] {
            let result = try Program.run(
                ["data", "inspect", "data"] + arguments, in: workplace.path)
            #expect(result.code == 2)
        }
    }
}
