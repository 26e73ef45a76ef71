// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages

@Suite("wrn explain")
struct ExplainTests {
    private struct Output: Decodable {
        struct Map: Decodable {
            struct Region: Decodable {
                let top, left, height, width: Double
            }

            let height: Int
            let width: Int
            let values: [Double]
            let region: Region
        }

        struct Item: Decodable {
            let file: String
            let className: String?
            let map: Map?
            let picture: String?
            let error: String?
        }

        let method: String
        let images: [Item]
    }

    private func explain(_ place: PhotographPlace, _ rest: String...) throws -> Program.Result {
        try place.run(["explain", "--weights", "model.safetensors"] + rest)
    }

    private func output(_ result: Program.Result) throws -> Output {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Output.self, from: Data(result.output.utf8))
    }

    @Test("a page holds each image twice and its classes, and needs no other file")
    func page() throws {
        let place = try FeaturesTests.place()
        let result = try explain(place, "photos", "-o", "page.html")
        #expect(result.code == 0, "\(result.problem)")
        #expect(result.output == "page.html: 24 images explained by cam\n")
        let page = String(decoding: try place.bytes("page.html"), as: UTF8.self)
        #expect(page.components(separatedBy: "data:image/png;base64,").count == 49)
        #expect(!page.contains("http://") && !page.contains("https://"))
        #expect(page.contains("default-src 'none'") && !page.contains("<script"))
    }

    @Test("the name of a picture is refused as a directory")
    func pictureName() throws {
        let place = try FeaturesTests.place()
        for name in ["map.png", "maps/A.JPG", "maps.pdf"] {
            let result = try explain(place, "photos", "-o", name)
            #expect(result.code == 2)
            #expect(
                result.problem.hasPrefix(
                    "wrn: error: expected a directory for pictures or a page that ends in .html"),
                "\(result.problem)")
        }
        let contents = try FileManager.default.contentsOfDirectory(atPath: place.path)
        #expect(!contents.contains { $0.hasPrefix("map") })
    }

    @Test("a directory gets a picture for each image, and JSON has the maps of one class")
    func directory() throws {
        let place = try FeaturesTests.place()
        let found = try output(
            explain(
                place, "photos", "-o", "some maps", "--json", "--layer", "group1", "--class", "a"))
        #expect(found.method == "grad-cam" && found.images.count == 24)
        #expect(Set(found.images.compactMap(\.picture)).count == 24)
        for item in found.images {
            let map = try #require(item.map)
            #expect(item.className == "a" && map.height == 8 && map.values.count == 64)
            #expect(map.region.height > 0)
            let bytes = try place.bytes(try #require(item.picture))
            #expect(try PixelImage(decoding: bytes, file: "map").channels == 3)
        }
    }

    @Test("pictures of files with the longest names have names of their own that are no longer")
    func longNames() throws {
        let place = try FeaturesTests.place()
        let bytes = try PhotographPlace.picture(0, 1).png()
        // 255 bytes each, of which the first 242 are the same.
        let stem = String(repeating: "é", count: 121)
        let long = ["a", "b"].map { stem + String(repeating: $0, count: 9) + ".png" }
        for name in long + ["z.png"] { try place.write(bytes, to: "long/\(name)") }
        let result = try explain(place, "long", "-o", "maps")
        #expect(result.code == 0, "\(result.problem)")
        let names = try FileManager.default.contentsOfDirectory(atPath: place.path + "/maps")
        #expect(
            Set(names) == [
                "\(stem.dropLast()).explained.png", "\(stem.dropLast(2))-2.explained.png",
                "z.png.explained.png",
            ])
    }

    @Test("a file that is no image is named, the others are explained, and the code is 1")
    func broken() throws {
        let place = try FeaturesTests.place()
        try Data("no image".utf8).write(to: URL(fileURLWithPath: place.path + "/photos/x.jpg"))
        let first = try explain(place, "photos", "--json", "--method", "occlusion")
        #expect(first.code == 1 && first.problem.contains("x.jpg"))
        let found = try output(first)
        #expect(found.images.count == 25 && found.images.filter { $0.error != nil }.count == 1)
        #expect(found.images.filter { $0.map?.height == 16 }.count == 24)
        #expect(try explain(place, "photos", "--json", "--skip-broken").code == 0)
        let none = try explain(place, "photos/x.jpg", "-o", "none.html")
        #expect(none.code == 1)
        #expect(!FileManager.default.fileExists(atPath: place.path + "/none.html"))
        let alone = try explain(place, "photos/x.jpg", "--json", "-o", "none.html")
        #expect(alone.code == 1)
        let items = try output(alone).images
        #expect(items.map(\.file) == ["photos/x.jpg"] && items[0].error != nil)
        #expect(!FileManager.default.fileExists(atPath: place.path + "/none.html"))
    }

    @Test("a file in the place of the directory for pictures is left as it is, in a sentence")
    func fileInTheWay() throws {
        let place = try FeaturesTests.place()
        try place.write([7], to: "exist.txt")
        for (output, words) in [
            ("exist.txt", "found the file exist.txt"),
            ("exist.txt/maps", "exist.txt/maps: cannot create the directory"),
        ] {
            let result = try explain(place, "photos", "-o", output)
            #expect(result.code != 0 && result.output.isEmpty)
            #expect(result.problem.contains(words), "\(result.problem)")
            #expect(result.problem.split(separator: "\n").count == 1)
        }
        #expect(try place.bytes("exist.txt") == [7])
    }

    @Test("what cannot be explained is one sentence, and nothing is written")
    func refusals() throws {
        let place = try FeaturesTests.place()
        let cases: [(options: [String], sentence: String)] = [
            (["--class", "cow"], "the model has no class \"cow\"; its classes are b, a"),
            (["--layer", "pool"], "has no positions to map; choose one before it, such as relu"),
            (["--layer", "grop1"], "group1"),
            (["--method", "occlusion", "--side", "17"], "do not fit an image of 16 pixels"),
            (["--method", "cam", "--layer", "group1"], "--layer goes with --method grad-cam"),
            (["--side", "4"], "--side and --step go with --method occlusion, not cam"),
        ]
        for (options, sentence) in cases {
            let result = try place.run(
                ["explain", "--weights", "model.safetensors", "photos", "-o", "page.html"]
                    + options)
            #expect(result.code != 0 && result.output.isEmpty)
            #expect(result.problem.contains(sentence), "\(result.problem)")
            #expect(!FileManager.default.fileExists(atPath: place.path + "/page.html"))
        }
        #expect(try explain(place, "photos").problem.contains("-o page.html"))
    }
}
