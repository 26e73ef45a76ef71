// SPDX-License-Identifier: Apache-2.0

import Testing

@Suite("Before a long run")
struct RehearsalTests {
    let place: TrainingPlace

    init() throws {
        place = try TrainingPlace()
    }

    @Test(
        "wrn find-lr draws the loss over the rate within 80 columns, suggests a rate and keeps nothing"
    )
    func findsRate() throws {
        let before = try place.contents()
        let arguments = [
            "find-lr", "wrn-10-0.5", "--data", "data", "--batch", "8", "--steps", "100",
            "--threads", "1", "--no-augment",
        ]
        let result = try place.run(arguments)
        #expect(result.code == 0, "\(result.problem)")
        #expect(result.output.hasPrefix("smoothed loss\n"))
        #expect(
            result.output.contains(
                /\nTry --lr [0-9.e-]+; good rates are [0-9.e-]+ to [0-9.e-]+\.\n/))
        #expect(result.output.contains(/\ngood rates +\[=*o=*\]\n/))
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(try place.contents() == before)

        struct Report: Decodable {
            struct Point: Decodable {
                let learningRate: Double
                let smoothedLoss: Double
            }
            struct Advice: Decodable {
                let verdict: String
                let suggestion: Double?
                let lower: Double?
                let upper: Double?
            }
            let points: [Point]
            let advice: Advice
        }
        let json = try decoded(Report.self, from: place.run(arguments + ["--json"]).output)
        #expect(json.points.count <= 100 && json.points.count >= 20)
        #expect(json.points.first?.learningRate == 1e-4)
        let rates = json.points.map(\.learningRate)
        #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 < $1 })
        #expect(json.advice.verdict == "clear")
        let suggestion = try #require(json.advice.suggestion)
        #expect(try suggestion >= #require(json.advice.lower))
        #expect(try suggestion <= #require(json.advice.upper))
    }

    @Test(
        "wrn find-lr makes no suggestion where there is none, and says why",
        arguments: [
            (
                ["--steps", "12"],
                "No suggestion: 12 steps are too few to distinguish a fall from noise."
            ),
            (
                ["--from", "1e-9", "--to", "1e-8"],
                "No suggestion: the curve is flat, from 1e-09 to 1e-08"
            ),
            (
                ["--from", "1e6", "--to", "1e8"],
                "No suggestion: the loss only grows from the first rate"
            ),
        ])
    func hasNoSuggestion(_ options: [String], _ sentence: String) throws {
        let result = try place.run(
            ["find-lr", "wrn-10-0.25", "--data", "data", "--batch", "8", "--threads", "1"] + options
        )
        #expect(result.code == 0, "\(result.problem)")
        let words = result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains(sentence))
        #expect(!result.output.contains("Try --lr"))
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test("wrn find-lr does not say that a loss only grows which falls before it explodes")
    func explodesEarly() throws {
        let result = try place.run([
            "find-lr", "wrn-10-1", "--data", "fashion-mnist-small", "--limit", "64", "--steps",
            "25", "--batch", "16", "--to", "100000", "--threads", "1",
        ])
        #expect(result.code == 0, "\(result.problem)")
        let words = result.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        #expect(words.contains("No suggestion: the loss exploded after 1"), "\(words)")
        #expect(words.contains("Search with more --steps, or with a smaller --to."), "\(words)")
        #expect(!words.contains("only grows"))
    }

    @Test("wrn find-lr refuses a search that cannot be")
    func refusesSearch() throws {
        let result = try place.run(
            ["find-lr", "wrn-10-1", "--data", "data", "--from", "1", "--to", "0.1"])
        #expect(result.code == 2)
        #expect(result.problem.contains("--to must be above --from (1.0), not 0.1"))
    }

    @Test("--overfit learns a few images by heart and keeps nothing")
    func overfits() throws {
        let before = try place.contents()
        let result = try place.run(
            ["train", "wrn-10-0.5", "--data", "data", "--overfit", "8", "--threads", "1"])
        #expect(result.code == 0, "\(result.problem)")
        #expect(result.output.hasPrefix("Learnt by heart: 8 images after "))
        #expect(try place.contents() == before)
    }

    @Test("--overfit fails where the images cannot be learnt")
    func cannotOverfit() throws {
        let result = try place.run(
            [
                "train", "wrn-10-0.5", "--data", "data", "--overfit", "8", "--epochs", "2",
                "--lr", "1e-9",
            ])
        #expect(result.code == 1)
        #expect(result.problem.contains("cannot learn 8 images after 2 epochs"))
        let both = try place.run(
            ["train", "wrn-10-0.5", "--data", "data", "--overfit", "8", "--run", "run"])
        #expect(both.code == 2)
        #expect(both.problem.contains("--overfit keeps nothing, so --run makes no sense with it"))
    }
}
