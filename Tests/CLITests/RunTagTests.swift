// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("wrn runs tag and remove")
struct RunTagTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
        for name in ["a", "b"] {
            let result = try place.run(
                TrainingPlace.train(run: "runs/" + name, epochs: 1, options: ["--no-report"]))
            #expect(result.code == 0, "\(result.problem)")
        }
    }

    private struct Listing: Decodable {
        struct Run: Decodable {
            let path: String
            let tags: [String]
        }
        let runs: [Run]
    }

    private func tags(_ options: [String] = []) throws -> [String: [String]] {
        let result = try place.run(["runs", "--json"] + options)
        #expect(result.code == 0, "\(result.problem)")
        let listing = try decoded(Listing.self, from: result.output)
        return Dictionary(uniqueKeysWithValues: listing.runs.map { ($0.path, $0.tags) })
    }

    @Test("tags are added, shown, filtered by and taken away, each once")
    func tags() throws {
        #expect(try tags() == ["runs/a": [], "runs/b": []])
        #expect(try !place.run(["runs"]).output.contains("tags"))
        let added = try place.run(["runs", "tag", "runs/a", "good", "기준", "good"])
        #expect(added.code == 0 && added.output == "good\n기준\n", "\(added.problem)")
        _ = try place.run(["runs", "tag", "runs/b", "good"])
        #expect(try tags() == ["runs/a": ["good", "기준"], "runs/b": ["good"]])
        #expect(try tags(["--tag", "기준"]) == ["runs/a": ["good", "기준"]])
        #expect(try tags(["--tag", "good"]).count == 2)
        #expect(try tags(["--tag", "good", "--tag", "none"]).isEmpty)
        let table = try place.run(["runs"]).output.split(separator: "\n")
        #expect(table[0].hasSuffix("tags") && table[1].hasSuffix("good,기준"))
        #expect(table.allSatisfy { $0.count <= 80 })
        let none = try place.run(["runs", "--tag", "none"])
        #expect(none.output == "There are no runs with the tag none in runs.\n")
        let left = try place.run(["runs", "tag", "runs/a", "good", "--remove"])
        #expect(left.output == "기준\n")
        #expect(try place.run(["runs", "tag", "runs/a"]).output == "기준\n")
        // Tags are no part of what a run follows from.
        let resumed = try place.run(
            ["train", "--resume", "runs/a", "--epochs", "2", "--no-report"])
        #expect(resumed.code == 0, "\(resumed.problem)")
        #expect(try tags()["runs/a"] == ["기준"])
    }

    @Test(
        "words that are no tags are refused",
        arguments: ["two words", "a,b", "", "line\nend", String(repeating: "x", count: 65)])
    func words(tag: String) throws {
        let result = try place.run(["runs", "tag", "runs/a", tag])
        #expect(result.code == 2 && result.problem.contains("is no tag"), "\(result.problem)")
        #expect(try tags()["runs/a"] == [])
    }

    @Test("a file of tags from elsewhere does no harm")
    func hostile() throws {
        try place.write(
            Array("good\n\u{1B}[31mred\n-x\na b\n".utf8) + [0xFF, 0x0A], to: "runs/a/tags.txt")
        #expect(try tags()["runs/a"]?.contains("good") == true)
        #expect(try tags()["runs/a"]?.contains { $0.contains("red") || $0 == "-x" } == false)
        let other = try place.run(["runs", "tag", "data", "good"])
        #expect(other.code == 1 && other.problem.contains("data: expected the file config.json"))
    }

    @Test(
        "a file of tags that holds something else is left as it is",
        arguments: [
            (Array("good\nkeep this until May\n".utf8), "found something else in line 2"),
            (Array("good\n".utf8) + [0xFF, 0x0A], "found something else"),
            (
                Array((0..<101).map { "tag-\($0)\n" }.joined().utf8),
                "expected at most 100 tags, found 101"
            ),
        ] as [([UInt8], String)])
    func notes(bytes: [UInt8], sentence: String) throws {
        try place.write(bytes, to: "runs/a/tags.txt")
        for options in [["new"], ["good", "--remove"]] {
            let result = try place.run(["runs", "tag", "runs/a"] + options)
            #expect(result.code == 1)
            #expect(result.problem.contains("runs/a/tags.txt: expected "), "\(result.problem)")
            #expect(result.problem.contains(sentence), "\(result.problem)")
            #expect(try place.bytes("runs/a/tags.txt") == Data(bytes))
        }
        #expect(try place.run(["runs", "tag", "runs/a"]).code == 0)
    }

    @Test("remove takes the run with all that is in it, says how much, and follows no link")
    func removal() throws {
        let manager = FileManager.default
        try place.write([1, 2, 3], to: "elsewhere/kept.txt")
        for link in ["to-directory", "checkpoints/to-directory"] {
            try manager.createSymbolicLink(
                atPath: place.path + "/runs/a/" + link,
                withDestinationPath: place.path + "/elsewhere")
        }
        try manager.createSymbolicLink(
            atPath: place.path + "/runs/a/to-file",
            withDestinationPath: place.path + "/elsewhere/kept.txt")
        let size = try place.contents().filter { $0.hasPrefix("runs/a/") }
        let asked = try place.run(["runs", "remove", "runs/a"])
        #expect(asked.code == 2 && asked.problem.contains("removing asks first"))
        #expect(asked.output.contains("runs/a: wrn-10-0.25 on "))
        #expect(asked.output.contains("with what is no part of a run: to-directory, to-file"))
        #expect(try place.contents().filter { $0.hasPrefix("runs/a/") } == size)

        let removed = try place.run(["runs", "remove", "runs/a/", "runs/a", "--yes"])
        #expect(removed.code == 0, "\(removed.problem)")
        #expect(removed.output.hasPrefix("removed runs/a\n"))
        #expect(removed.output.hasSuffix("kB are free\n"))
        #expect(try place.contents().filter { $0.hasPrefix("runs/a") }.isEmpty)
        #expect(try place.bytes("elsewhere/kept.txt") == Data([1, 2, 3]))
        #expect(try tags().keys.sorted() == ["runs/b"])
    }

    @Test("what is no run is refused, and then nothing is removed")
    func refused() throws {
        try FileManager.default.createSymbolicLink(
            atPath: place.path + "/link", withDestinationPath: place.path + "/runs/b")
        try place.write(Array(#"{"model": 1}"#.utf8), to: "foreign/config.json")
        let before = try place.contents()
        for (name, sentence) in [
            ("data", "found one without a run's config.json; nothing is removed"),
            ("runs", "it holds 2 runs, such as runs/a, to name"),
            ("link", "found a link to "), ("nowhere", "found nothing"),
            ("foreign", "found one without a run's config.json"),
            ("runs/a/config.json", "found a file"),
        ] {
            let result = try place.run(["runs", "remove", "runs/a", name, "--yes"])
            #expect(result.code == 1)
            #expect(result.problem.contains(sentence), "\(name): \(result.problem)")
        }
        #expect(try place.contents() == before)
    }

    @Test("a run with others inside is refused, and 'wrn runs' shows them")
    func inside() throws {
        let outer = try place.run(
            TrainingPlace.train(run: "outer", epochs: 1, options: ["--no-report"]))
        #expect(outer.code == 0, "\(outer.problem)")
        for name in ["a", "b"] {
            try FileManager.default.moveItem(
                atPath: place.path + "/runs/" + name, toPath: place.path + "/outer/" + name)
        }
        let shown = try place.run(["runs", "outer", "--json"])
        let listing = try decoded(Listing.self, from: shown.output)
        #expect(listing.runs.map(\.path) == ["outer", "outer/a", "outer/b"])
        let before = try place.contents()
        let result = try place.run(["runs", "remove", "outer", "--yes"])
        #expect(result.code == 1)
        #expect(
            result.problem.contains(
                "outer: expected a run without others inside, found 2, such as outer/a"),
            "\(result.problem)")
        #expect(try place.contents() == before)
        let removed = try place.run(["runs", "remove", "outer/a", "outer/b", "--yes"])
        #expect(removed.code == 0, "\(removed.problem)")
        #expect(try place.run(["runs", "remove", "outer", "--yes"]).code == 0)
        #expect(try !place.contents().contains("outer"))
    }

    @Test("a path that ends in a full stop is refused before anything is removed")
    func fullStops() throws {
        try FileManager.default.createSymbolicLink(
            atPath: place.path + "/link", withDestinationPath: place.path + "/runs/a")
        let before = try place.contents()
        for (name, directory) in [
            (".", "/runs/a"), ("./", "/runs/a"), ("runs/a/.", ""), ("link/.", ""),
            ("..", "/runs/a/checkpoints"),
        ] {
            let result = try Program.run(
                ["runs", "remove", name, "--yes"], in: place.path + directory)
            #expect(result.code == 1)
            #expect(
                result.problem.contains("found a path that ends in ."),
                "\(name): \(result.problem)")
        }
        #expect(try place.contents() == before)
    }

    @Test("a run in training is refused, a damaged one is removed")
    func training() throws {
        let running = try RunningProgram(
            TrainingPlace.train(
                run: "runs/c", epochs: 1_000_000, options: ["--schedule", "constant"]),
            in: place.path)
        #expect(try running.waitFor("epoch 1/"))
        let result = try place.run(["runs", "remove", "runs/c", "--yes"])
        #expect(result.code == 1)
        #expect(result.problem.contains("runs/c: a process trains in this directory"))
        _ = running.end(with: SIGKILL)
        let configuration = try place.bytes("runs/c/config.json")
        try place.write(Array(configuration.dropLast(9)), to: "runs/c/config.json")
        let damaged = try place.run(["runs", "remove", "runs/c", "--yes"])
        #expect(damaged.code == 0, "\(damaged.problem)")
        #expect(try !place.contents().contains("runs/c"))
    }
}
