// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNInference

@testable import WRNReport

@Suite("Charts")
struct ChartTests {
    @Test(
        "have ticks at round numbers around what they show",
        arguments: [
            ([0.31, 2.4], false, [0, 0.5, 1, 1.5, 2, 2.5]),
            ([81.2, 93.9], false, [80, 85, 90, 95]),
            ([0.1, 0.0008], true, [0, 0.02, 0.04, 0.06, 0.08, 0.1]),
            ([5, 5], true, [0, 1, 2, 3, 4, 5]),
            ([0, 0], true, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        ] as [([Double], Bool, [Double])])
    func ticks(_ values: [Double], _ includesZero: Bool, _ expected: [Double]) {
        let axis = Axis(values, includesZero: includesZero)
        #expect(axis.ticks.count == expected.count)
        for (tick, number) in zip(axis.ticks, expected) { #expect(abs(tick - number) < 1e-9) }
    }

    @Test("give one and the same number room on both sides")
    func flat() {
        let axis = Axis([7.3, 7.3])
        #expect(axis.lower < 7.3 && axis.upper > 7.3)
    }

    @Test("count epochs in whole numbers")
    func epochs() {
        #expect(Axis([1, 3], count: 6, isWhole: true).ticks.allSatisfy { $0 == $0.rounded() })
        #expect(Axis([1], count: 6, isWhole: true).ticks == [0, 1, 2])
    }

    @Test("keep the peaks of long lines")
    func thinning() {
        let places = (0..<10_000).map { Curve.Place(x: Double($0), y: $0 == 4321 ? 9 : 0) }
        let drawn = Curve(name: "", places: places).drawn
        #expect(drawn.count <= Curve.maximumPlaceCount)
        #expect(drawn.map(\.x) == drawn.map(\.x).sorted())
        #expect(drawn.contains { $0.y == 9 })
        #expect(drawn.first?.x == 0 && drawn.last?.x == 9999)
    }

    private func chart(_ ends: [Double]) throws -> PageReader {
        let curves = ends.enumerated().map { number, end in
            Curve(name: "line \(number)", places: [.init(x: 1, y: 0), .init(x: 2, y: end)])
        }
        let figure = LineChart(title: "Loss", curves: curves).figure
        return try PageReader("<!DOCTYPE html>\n" + figure.rendered)
    }

    @Test(
        "write names at the ends of lines, and never on each other or outside",
        arguments: [[1, 1, 1, 1], [0, 0, 0, 0.01], [0.2, 0.9, 0.21, 0.4]])
    func names(_ ends: [Double]) throws {
        let texts = try chart(ends).all("text").filter { $0.text.hasPrefix("line ") }
        let ys = texts.compactMap { $0.attributes["y"].flatMap(Double.init) }.sorted()
        #expect(ys.count == 4)
        for (lower, upper) in zip(ys, ys.dropFirst()) { #expect(upper - lower >= 15.9) }
        #expect(ys.allSatisfy { (10...275).contains($0) })
    }

    @Test("tell those who cannot see them what there is to see")
    func description() throws {
        let reader = try chart([0.25])
        #expect(reader.all("title").map(\.text) == ["Loss"])
        #expect(
            reader.all("desc").map(\.text) == [
                "line 0: from 0.0000 in epoch 1 to 0.2500 in epoch 2, between 0.0000 and 0.2500."
            ])
    }

    @Test("show a bin of calibration by its accuracy and the gap to its confidence")
    func reliability() throws {
        let calibration = Evaluation.Calibration(
            (0..<10).map { (confidence: 0.75, isCorrect: $0 < 5) }, bins: 10)
        let figure = ReliabilityChart(calibration: calibration).figure
        let reader = try PageReader("<!DOCTYPE html>\n" + figure.rendered)
        // One of each is the legend's; the field is 298 high.
        let heights = reader.all("rect", class: "bar").compactMap { $0.attributes["height"] }
        #expect(heights.sorted() == ["12", "149.0"])
        let gaps = reader.all("rect", class: "gap").compactMap { $0.attributes["height"] }
        #expect(gaps.sorted() == ["12", "74.5"])
        #expect(
            reader.all("desc").map(\.text) == [
                "10 images of mean confidence 75.0\u{A0}%: 50.0\u{A0}% right."
            ])
    }
}
