// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("wrn report")
struct ReportTests {
    private func trained() throws -> TrainingPlace {
        let place = try TrainingPlace()
        let result = try place.run(TrainingPlace.train())
        #expect(result.code == 0, "\(result.problem)")
        return place
    }

    private func page(_ place: TrainingPlace, _ file: String) throws -> String {
        String(decoding: try place.bytes(file), as: UTF8.self)
    }

    @Test("writes report.html into the run's directory, and says so")
    func writes() throws {
        let place = try trained()
        let result = try place.run(["report", "run", "--threads", "1"])
        #expect(result.code == 0, "\(result.problem)")
        #expect(result.output == "run/report.html\n")
        let page = try page(place, "run/report.html")
        #expect(page.hasPrefix("<!DOCTYPE html>\n") && page.hasSuffix("</html>"))
        #expect(page.contains("<h1>wrn-10-0.25 on "))
        #expect(page.contains("A finished run of 2 epochs, seed 1."))
    }

    @Test("has the accuracy that wrn evaluate measures")
    func agrees() throws {
        let place = try trained()
        _ = try place.run(["report", "run"])
        let evaluated = try place.run(["evaluate", "--weights", "run", "--data", "data", "--json"])
        struct Evaluated: Decodable {
            let accuracy: Double
        }
        let measured = try JSONDecoder().decode(Evaluated.self, from: Data(evaluated.output.utf8))
        let accuracy = String(format: "%.2f", 100 * measured.accuracy)
        #expect(try page(place, "run/report.html").contains("<dd>\(accuracy)\u{A0}%</dd>"))
    }

    @Test("takes images from where they are now, and writes where it is told to")
    func moved() throws {
        let place = try trained()
        let before = try place.bytes("run/report.html")
        try FileManager.default.moveItem(
            atPath: place.path + "/data", toPath: place.path + "/moved")
        let failed = try place.run(["report", "run"])
        #expect(failed.code == 1)
        #expect(failed.problem.contains("\(place.path)/data: there is no such file"))
        let result = try place.run(["report", "run", "--data", "moved", "-o", "page.html"])
        #expect(result.code == 0, "\(result.problem)")
        #expect(result.output == "page.html\n")
        #expect(try page(place, "page.html").contains("--data moved"))
        #expect(try place.bytes("run/report.html") == before)
    }

    @Test("names what is no run")
    func refuses() throws {
        let place = try TrainingPlace()
        let result = try place.run(["report", "data"])
        #expect(result.code == 1)
        #expect(
            result.problem
                == "wrn: error: data: expected the file config.json of a run, found none; check the path\n"
        )
    }
}
