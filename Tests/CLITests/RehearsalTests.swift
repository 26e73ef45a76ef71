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
            "find-lr", "wrn-10-0.25", "--data", "data", "--batch", "8", "--steps", "40",
            "--threads", "1",
        ]
        let result = try place.run(arguments)
        #expect(result.code == 0, "\(result.complaint)")
        #expect(result.output.hasPrefix("smoothed loss\n"))
        #expect(result.output.contains("Try --lr "))
        #expect(result.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        #expect(try place.contents() == before)

        struct Report: Decodable {
            struct Point: Decodable {
                let learningRate: Double
                let smoothedLoss: Double
            }
            let points: [Point]
            let suggestion: Double?
        }
        let json = try decoded(Report.self, from: place.run(arguments + ["--json"]).output)
        #expect(json.points.count <= 40 && json.points.count >= 10)
        #expect(json.points.first?.learningRate == 1e-5)
        let rates = json.points.map(\.learningRate)
        #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 < $1 })
        #expect(try rates.contains(#require(json.suggestion)))
    }

    @Test("wrn find-lr refuses a search that cannot be")
    func refusesSearch() throws {
        let result = try place.run(
            ["find-lr", "wrn-10-1", "--data", "data", "--from", "1", "--to", "0.1"])
        #expect(result.code == 2)
        #expect(result.complaint.contains("--to must be above --from (1.0), not 0.1"))
    }

    @Test("--overfit learns a few images by heart and keeps nothing")
    func overfits() throws {
        let before = try place.contents()
        let result = try place.run(
            ["train", "wrn-10-0.5", "--data", "data", "--overfit", "8", "--threads", "1"])
        #expect(result.code == 0, "\(result.complaint)")
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
        #expect(result.complaint.contains("cannot learn 8 images after 2 epochs"))
        let both = try place.run(
            ["train", "wrn-10-0.5", "--data", "data", "--overfit", "8", "--run", "run"])
        #expect(both.code == 2)
        #expect(both.complaint.contains("--overfit keeps nothing, so --run makes no sense with it"))
    }
}
