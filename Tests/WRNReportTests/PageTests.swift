// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNImages
import WRNInference
import WRNRuns
import WRNText

@testable import WRNReport

@Suite("The report of a run")
struct PageTests {
    private func cells(_ page: PageReader, class style: String? = nil) -> [String] {
        page.all("td", class: style).map(\.text)
    }

    @Test("asks for nothing from anywhere")
    func selfContained() throws {
        let tiny = try TinyReport()
        let page = try tiny.page()
        let reader = try PageReader(page)
        #expect(reader.all("script").isEmpty && reader.all("link").isEmpty)
        for element in reader.elements {
            for (name, value) in element.attributes where name == "src" || name == "href" {
                #expect(value.hasPrefix("data:image/png;base64,"))
            }
            #expect(element.attributes.keys.allSatisfy { !$0.hasPrefix("on") })
        }
        let style = try #require(reader.all("style").first?.text)
        #expect(!style.contains("url(") && !style.contains("@import"))
        let policy = reader.all("meta").first { $0.attributes["http-equiv"] != nil }
        #expect(policy?.attributes["content"]?.hasPrefix("default-src 'none'") == true)
    }

    @Test("shows names as they are, whatever they are made of")
    func escapes() throws {
        let name = #"<script>alert("1")</script> & <b>"#
        let tiny = try TinyReport(classNames: [name, "b", "c"])
        let page = try tiny.page()
        #expect(!page.contains("<script") && !page.contains("<b>"))
        let reader = try PageReader(page)
        #expect(reader.all("th").contains { $0.text == name })
        let list = try #require(reader.all("td").first { $0.text.hasSuffix(", b, c") })
        #expect(list.text == name + ", b, c")
    }

    @Test("begins with the figures of the model and of the run")
    func figures() throws {
        let tiny = try TinyReport()
        let (findings, run) = (try tiny.findings(), try tiny.record())
        let reader = try PageReader(RunReport(run, findings: findings).html)
        let values = reader.all("dd").map(\.text)
        let interval = findings.evaluation.accuracyInterval()
        #expect(
            values.starts(with: [
                FigureText.percent(findings.evaluation.accuracy),
                "95\u{A0}% interval \(Numbers.fixed(100 * interval.lowerBound, decimals: 2)) to "
                    + FigureText.percent(interval.upperBound),
                Numbers.fixed(findings.evaluation.loss, decimals: 4), "on 30 images",
            ]))
        let last = try #require(run.last)
        #expect(findings.evaluation.accuracy == last.validationAccuracy)
        #expect(values.contains("2 of 2") && values.contains("4 steps"))
        #expect(values.contains("5,603"))
        #expect(reader.all("h1").map(\.text) == ["wrn-10-0.25 on bands"])
        #expect(reader.all("p").first?.text == "A finished run of 2 epochs, seed 7.")
        #expect(reader.all("pre").contains { $0.text.hasPrefix(findings.weightsSHA256) })
    }

    @Test("leaves out speeds that were not measured, and takes the mean of two in the middle")
    func speeds() throws {
        #expect(HeadlineFigures.median([]) == nil)
        #expect(HeadlineFigures.median([3, 1, 2]) == 2)
        #expect(HeadlineFigures.median([4, 1, 3, 2]) == 2.5)
        let speeds: [Double] = [100, 0, 300]
        let records = speeds.enumerated().map { place, speed in
            EpochRecord(
                epoch: place + 1, step: 5 * (place + 1), learningRate: 0.1, trainLoss: 0.3,
                trainAccuracy: 0.9, validationLoss: 0.4, validationAccuracy: 0.8,
                imagesPerSecond: speed, seconds: 1.5, waitSeconds: nil,
                loaderImagesPerSecond: nil, brokenFiles: nil)
        }
        let section = CurveSection(records: records, split: .test).section
        let reader = try PageReader("<!DOCTYPE html>\n" + section.rendered)
        #expect(
            reader.all("desc").map(\.text).last
                == "images a second: from 100.0000 in epoch 1 to 300.0000 in epoch 3, between "
                + "100.0000 and 300.0000.")
    }

    @Test("promises the same bytes again, unless a cosine was stretched under steps that were done")
    func lengthened() throws {
        let promise = "to the same bytes of model.safetensors"
        let tiny = try TinyReport(schedule: .cosine())
        #expect(try tiny.page().contains(promise))
        try tiny.lengthen(to: 3)
        let page = try tiny.page()
        #expect(!page.contains(promise))
        #expect(
            try PageReader(page).all("p").map(\.text).contains(
                "A run follows from its config.json and the images alone, on any number of "
                    + "threads, unless its number of epochs is changed. This one had 2 before, and "
                    + "took steps at the learning rate or by the rules of such a run. So this "
                    + "trains a run of 3 epochs from the beginning, which need not lead to the "
                    + "same weights:"))
        // Milestones stay where they are.
        let steps = try TinyReport()
        try steps.lengthen(to: 3)
        #expect(try steps.page().contains(promise))
    }

    @Test("shows all pairs of a few classes, rows by the true one")
    func confusion() throws {
        let tiny = try TinyReport()
        let evaluation = try tiny.findings().evaluation
        let reader = try PageReader(tiny.page())
        let counts = evaluation.confusionMatrix.rows.joined().map { "\($0)" }
        let shown = cells(reader)
        #expect(shown.indices.contains { Array(shown[$0...].prefix(9)) == counts })
        #expect(
            cells(reader, class: "right").compactMap(Int.init).reduce(0, +) == evaluation.correct)
        #expect(
            cells(reader, class: "wrong").compactMap(Int.init).reduce(0, +)
                == evaluation.count - evaluation.correct)
    }

    @Test("shows the pairs that are mixed up most where there are many classes")
    func manyClasses() throws {
        let names = (0..<30).map { "class \($0)" }
        let answers = (0..<60).map { image in
            let isWrong = image < 7
            return Evaluation.Answer(
                index: image, label: image % 30, prediction: isWrong ? 29 : image % 30,
                probability: 0.9, labelProbability: isWrong ? 0.05 : 0.9,
                labelRank: isWrong ? 2 : 1)
        }
        let section = ConfusionSection(
            evaluation: Evaluation(loss: 1, classNames: names, answers: answers)
        ).section
        let reader = try PageReader("<!DOCTYPE html>\n" + section.rendered)
        #expect(reader.all("table", class: "confusion").isEmpty)
        #expect(reader.all("caption").map(\.text) == ["The 7 pairs that are mixed up most often"])
        #expect(Array(cells(reader).prefix(3)) == ["class 29", "1", "50.0\u{A0}%"])
    }

    @Test("shows the surest mistakes as the network sees them")
    func mistakes() throws {
        let tiny = try TinyReport(epochs: 1)
        let findings = try tiny.findings()
        let wrong = findings.evaluation.answers.filter { !$0.isCorrect }
        try #require(wrong.count > 1)
        #expect(findings.mistakes.count == min(wrong.count, 24))
        let probabilities = findings.mistakes.map(\.answer.probability)
        #expect(probabilities == probabilities.sorted(by: >))
        #expect(probabilities.first == wrong.map(\.probability).max())
        let reader = try PageReader(tiny.page())
        let all = reader.all("img")
        // Beside each image stands the map of its predicted class.
        #expect(findings.mistakes.allSatisfy { $0.map != nil })
        #expect(all.count == 2 * findings.mistakes.count)
        let pictures = stride(from: 0, to: all.count, by: 2).map { all[$0] }
        let maps = stride(from: 1, to: all.count, by: 2).map { all[$0] }
        for (map, mistake) in zip(maps, findings.mistakes) {
            let label = tiny.classNames[mistake.answer.prediction]
            #expect(map.attributes["alt"]?.hasSuffix("with the map of \(label) over it") == true)
        }
        for (picture, mistake) in zip(pictures, findings.mistakes) {
            let text = try #require(picture.attributes["src"]).split(separator: ",")[1]
            let data = try #require(Data(base64Encoded: String(text)))
            let image = try PixelImage(decoding: [UInt8](data), file: "picture")
            #expect(
                try image.converted(toChannels: 1)
                    == tiny.test.fittedImage(at: mistake.answer.index))
            let label = tiny.classNames[mistake.answer.label]
            #expect(picture.attributes["alt"]?.hasSuffix("of the class \(label)") == true)
        }
    }

    @Test("says what there is of a run that has not come far")
    func unfinished() throws {
        let begun = try TinyReport(epochs: 0)
        let path = try RunReport.write(of: begun.directory)
        #expect(path == begun.directory + "/report.html")
        let text = String(
            decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
        let early = try PageReader(text)
        #expect(early.all("dd").map(\.text).contains("no model is saved yet"))
        #expect(early.all("p").map(\.text).contains("No epoch is complete yet."))
        #expect(early.all("img").isEmpty && early.all("table").count == 1)
        let half = try TinyReport(epochs: 1, of: 3)
        let reader = try PageReader(half.page())
        #expect(
            reader.all("p").first?.text
                == "A run that was stopped and can be resumed: 1 of 3 epochs complete, seed 7.")
        #expect(!reader.all("table", class: "confusion").isEmpty)
    }

    @Test("is replaced in one step, by the same bytes for the same run")
    func repeats() throws {
        let tiny = try TinyReport()
        let before = try FileManager.default.contentsOfDirectory(atPath: tiny.directory).sorted()
        let path = try RunReport.write(of: tiny.directory, images: tiny.test)
        let first = try Data(contentsOf: URL(fileURLWithPath: path))
        try RunReport.write(of: tiny.directory, images: tiny.test)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == first)
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: tiny.directory).sorted()
                == (before + ["report.html"]).sorted())
    }

    @Test("is not written when images do not fit, or someone interrupts")
    func refuses() throws {
        let tiny = try TinyReport()
        let other = try TinyReport.images(4, seed: 1, (0..<4).map { "\($0)" })
        #expect(throws: InferenceError.self) {
            try RunReport.write(of: tiny.directory, images: other)
        }
        #expect(throws: CancellationError.self) {
            try RunReport.write(of: tiny.directory, images: tiny.test, isCancelled: { true })
        }
        #expect(!FileManager.default.fileExists(atPath: tiny.directory + "/report.html"))
        #expect(throws: TrainingError.self) { try RunReport.write(of: tiny.path) }
    }

    @Test("has a table of every setting")
    func settings() throws {
        let tiny = try TinyReport(epochs: 0)
        let run = try tiny.record()
        let reader = try PageReader(RunReport(run, findings: nil).html)
        let heads = reader.all("th").filter { $0.attributes["scope"] == "row" }.map(\.text)
        #expect(heads == run.settings.map(\.key))
    }
}
