// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("wrn train --seeds")
struct SeedsTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    private struct Line: Decodable {
        struct Report: Decodable {
            struct Run: Decodable {
                let seed: Int
                let accuracy: Double
            }
            let results: [Run]
            let medianError: Double
            let meanError: Double
        }
        let event: String
        let report: Report?
    }

    private func report(_ options: [String]) throws -> Line.Report {
        let result = try place.run(
            TrainingPlace.train(epochs: 1, options: ["--seeds", "3", "--json"] + options))
        #expect(result.code == 0, "\(result.problem)")
        let last = try #require(result.output.split(separator: "\n").last)
        let line = try decoded(Line.self, from: String(last))
        #expect(line.event == "seeds")
        return try #require(line.report)
    }

    @Test("trains a run for each seed and says the median; a second time it says the same at once")
    func median() throws {
        let report = try report(["--seed", "5"])
        #expect(report.results.map(\.seed) == [5, 6, 7])
        let errors = report.results.map { 100 * (1 - $0.accuracy) }.sorted()
        #expect(abs(report.medianError - errors[1]) < 1e-9)
        #expect(abs(report.meanError - errors.reduce(0, +) / 3) < 1e-9)
        for seed in 5...7 {
            #expect(try place.contents().contains("run/seed-\(seed)/model.safetensors"))
        }
        let models = try (5...7).map { try place.bytes("run/seed-\($0)/model.safetensors") }
        #expect(Set(models).count == 3)
        let again = try self.report(["--seed", "5"])
        #expect(again.results.map(\.accuracy) == report.results.map(\.accuracy))
        #expect(try (5...7).map { try place.bytes("run/seed-\($0)/model.safetensors") } == models)
    }

    @Test("does not mix runs of other settings")
    func otherSettings() throws {
        _ = try report([])
        let result = try place.run(
            TrainingPlace.train(epochs: 1, options: ["--seeds", "3", "--lr", "0.01"]))
        #expect(result.code == 2)
        #expect(result.problem.contains("run/seed-1 holds a run with other settings than these"))
        #expect(!result.problem.contains("optimizer.") && !result.problem.contains("_0"))
    }

    @Test(
        "does not mix runs of images that were prepared or divided otherwise",
        arguments: [
            ["--image-size", "24"], ["--validation-fraction", "0.5"], ["--split-seed", "7"],
            ["--image-channels", "1"],
        ])
    func otherImages(options: [String]) throws {
        let photos = try PhotographPlace()
        let command = [
            "train", "wrn-10-0.25", "--data", "photos", "--run", "run", "--epochs", "1", "--batch",
            "8", "--recipe", "none", "--no-report",
        ]
        var usual = ["--image-size": "16", "--validation-fraction": "0.25"]
        let begun = try photos.run(command + usual.flatMap { [$0, $1] } + ["--seeds", "1"])
        #expect(begun.code == 0, "\(begun.problem)")
        usual[options[0]] = options[1]
        let other = try photos.run(command + usual.flatMap { [$0, $1] } + ["--seeds", "2"])
        #expect(other.code == 2)
        #expect(
            other.problem.contains("run/seed-1 holds a run with other settings than these"),
            "\(other.problem)")
    }

    @Test(
        "goes on with a relative --data and --recipe, from the same working directory and from another"
    )
    func relativePaths() throws {
        try place.write(Array(#"{"learning_rate": 0.05}"#.utf8), to: "recipes/own.json")
        try place.write([], to: "below/nothing")
        func arguments(_ seeds: Int, prefix: String) -> [String] {
            [
                "train", "wrn-10-0.25", "--data", prefix + "data", "--run", prefix + "run",
                "--epochs", "1", "--batch", "16", "--seeds", "\(seeds)", "--recipe",
                prefix + "recipes/own.json", "--json",
            ]
        }
        for (seeds, directory, prefix) in [
            (1, "", "./"), (2, "", "./"), (2, "", ""), (3, "/below", "../"), (3, "", "./"),
        ] {
            let result = try Program.run(
                arguments(seeds, prefix: prefix), in: place.path + directory)
            #expect(result.code == 0, "\(seeds) \(directory): \(result.problem)")
            for seed in 1...seeds {
                #expect(try place.contents().contains("run/seed-\(seed)/model.safetensors"))
            }
        }
        // Other data of the same kind is no relative path to the same.
        try place.writeData(to: "other")
        let other = try place.run([
            "train", "wrn-10-0.25", "--data", "other", "--run", "run", "--epochs", "1", "--batch",
            "16", "--seeds", "3", "--recipe", "recipes/own.json",
        ])
        #expect(other.code == 2)
        #expect(other.problem.contains("run/seed-1 holds a run on "), "\(other.problem)")
    }

    @Test("refuses seeds beyond the largest")
    func largestSeed() throws {
        let result = try place.run(
            TrainingPlace.train(options: ["--seed", "18446744073709551615", "--seeds", "2"]))
        #expect(result.code == 2)
        #expect(result.problem.contains("goes beyond the largest seed"))
    }
}
