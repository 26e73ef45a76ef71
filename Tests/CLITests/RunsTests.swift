// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNRuns

@testable import wrn

@Suite("wrn runs")
struct RunsTests {
    /// `runs` with two runs that are trained, one that is damaged, and one that has only begun.
    private func place() throws -> TrainingPlace {
        let place = try TrainingPlace()
        for (name, options) in [("a", ["--seed", "3"]), ("deep/er/b", ["--lr", "0.05"])] {
            let result = try place.run(
                TrainingPlace.train(run: "runs/" + name, options: options))
            #expect(result.code == 0, "\(result.problem)")
        }
        let configuration = try place.bytes("runs/a/config.json")
        try place.write(Array(configuration.dropLast(9)), to: "runs/c/config.json")
        try place.write(Array(configuration), to: "runs/d/config.json")
        return place
    }

    private struct Listing: Decodable {
        struct Run: Decodable {
            let path: String
            let state: String
            let network: String?
            let epochs: Int?
            let epochsDone: Int?
            let bestAccuracy: Double?
            let lastAccuracy: Double?
            let seed: Int?
            let damage: String?
        }

        struct Difference: Decodable {
            let setting: String
            let values: [String?]
        }

        struct Epoch: Decodable {
            let epoch: Int
            let validationAccuracies: [Double?]
        }

        let runs: [Run]
        let differences: [Difference]?
        let epochs: [Epoch]?
    }

    private func listing(_ result: Program.Result) throws -> Listing {
        #expect(result.code == 0, "\(result.problem)")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Listing.self, from: Data(result.output.utf8))
    }

    @Test("lists what lies in ./runs, the damaged ones with the reason, within 80 columns")
    func lists() throws {
        let place = try place()
        let result = try place.run(["runs"])
        #expect(result.code == 0, "\(result.problem)")
        let lines = result.output.split(separator: "\n").map(String.init)
        try #require(lines.count == 6)
        #expect(lines[0].hasPrefix("run        network      data  epochs  best %  last %"))
        #expect(lines[1].hasPrefix("a          wrn-10-0.25  data     2/2  "))
        #expect(lines[1].hasSuffix("  finished"))
        #expect(lines[2].hasPrefix("c          -            -          -"))
        #expect(lines[2].hasSuffix("  damaged"))
        #expect(lines[3].hasPrefix("d          wrn-10-0.25  data     0/2       -       -"))
        #expect(lines[3].hasSuffix("  stopped"))
        #expect(lines[4].hasPrefix("deep/er/b  wrn-10-0.25  data     2/2  "))
        #expect(
            lines[5].hasPrefix("runs/c/config.json: expected JSON with the fields of a run, found"))
        #expect(lines.prefix(5).allSatisfy { $0.count <= 80 })
    }

    @Test("sorts, and tells programs")
    func sorts() throws {
        let place = try place()
        let best = try listing(place.run(["runs", "--sort", "best", "--json"])).runs
        #expect(best.map(\.path).suffix(2) == ["runs/c", "runs/d"])
        let accuracies = best.compactMap(\.bestAccuracy)
        #expect(accuracies.count == 2 && accuracies == accuracies.sorted(by: >))
        let named = try listing(place.run(["runs", "runs/deep", "runs/a", "runs", "--json"])).runs
        #expect(named.map(\.path) == ["runs/a", "runs/c", "runs/d", "runs/deep/er/b"])
        #expect(named.map(\.state) == ["finished", "damaged", "stopped", "finished"])
        #expect(named.map(\.epochsDone) == [2, nil, 0, 2])
        #expect(named.map(\.seed) == [3, nil, 3, 1])
        #expect(named[1].damage?.hasPrefix("runs/c/config.json: ") == true)
    }

    @Test("says that there are none, or no such directory")
    func none() throws {
        let place = try TrainingPlace()
        #expect(try place.run(["runs", "data"]).output == "There are no runs in data.\n")
        let result = try place.run(["runs"])
        #expect(result.code == 1)
        #expect(
            result.problem
                == "wrn: error: runs: expected a directory of runs, found nothing; check the path\n"
        )
    }

    @Test("compares settings that differ, and figures")
    func compares() throws {
        let place = try place()
        let result = try place.run(["runs", "compare", "runs/a", "runs/deep/er/b", "--epochs"])
        #expect(result.code == 0, "\(result.problem)")
        let lines = result.output.split(separator: "\n").map(String.init)
        #expect(lines.prefix(2) == ["A  runs/a", "B  runs/deep/er/b"])
        let words = lines.map { $0.split(separator: " ").map(String.init) }
        #expect(words.contains(["seed", "3", "1"]))
        #expect(
            words.contains { $0.first?.hasSuffix("learning_rate") == true && $0.last == "0.05" })
        #expect(!words.contains { $0.first == "batch" })
        #expect(words.contains(["epochs", "complete", "2/2", "2/2"]))
        #expect(words.contains { $0.first == "2" && $0.count == 5 })
        let told = try listing(
            place.run(["runs", "compare", "runs/a", "runs/d", "--epochs", "--json"]))
        #expect(told.differences?.isEmpty == true)
        #expect(told.epochs?.map(\.epoch) == [1, 2])
        #expect(
            told.epochs?.allSatisfy {
                $0.validationAccuracies.count == 2 && $0.validationAccuracies[1] == nil
            }
                == true)
    }

    @Test("compares three runs with long settings within a terminal's width")
    func comparesNarrow() throws {
        let place = try place()
        let text = String(decoding: try place.bytes("runs/a/config.json"), as: UTF8.self)
        let runs = try ["one", "two", "three"].map { name in
            let changed = text.replacing(
                /"source" : "[^"]*"/, with: "\"source\" : \"/a/long/way/to/images/of/\(name)\"")
            try place.write(Array(changed.utf8), to: "runs/\(name)/config.json")
            return try RunRecord(readingFrom: place.path + "/runs/\(name)")
        }
        let comparison = RunComparison(runs: runs, showsEpochs: false)
        let lines = comparison.text(width: 80).description.split(separator: "\n").dropFirst(
            runs.count)
        #expect(lines.contains { $0.hasSuffix("/three") })
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
    }

    @Test("needs two runs to compare, and says what is no run")
    func refuses() throws {
        let place = try TrainingPlace()
        #expect(try place.run(["runs", "compare", "a"]).code == 2)
        let result = try place.run(["runs", "compare", "data", "data"])
        #expect(result.code == 1)
        #expect(result.problem.contains("data: expected the file config.json of a run"))
    }

    @Test("an edited or a hostile run is listed with its reason, and hides no other")
    func hostile() throws {
        let place = try TrainingPlace()
        let trained = try place.run(TrainingPlace.train(run: "runs/good"))
        #expect(trained.code == 0, "\(trained.problem)")
        func copy(_ name: String, _ file: String, _ change: (String) -> String) throws {
            try FileManager.default.copyItem(
                atPath: place.path + "/runs/good", toPath: place.path + "/runs/" + name)
            let text = String(decoding: try place.bytes("runs/good/" + file), as: UTF8.self)
            try place.write(Array(change(text).utf8), to: "runs/\(name)/" + file)
        }
        func value(_ field: String, _ value: String) -> (String) -> String {
            { text in
                guard let place = text.firstRange(of: "\"\(field)\":") else { return text }
                let end = text[place.upperBound...].firstIndex { ",}".contains($0) }
                return text.replacingCharacters(
                    in: place.upperBound..<(end ?? text.endIndex), with: value)
            }
        }
        try copy("accuracy", "metrics.jsonl", value("validation_accuracy", "1e308"))
        try copy("seconds", "metrics.jsonl", value("seconds", "-1e308"))
        try copy("epochs", "config.json") {
            $0.replacing("\"epochs\" : 2", with: "\"epochs\" : -2")
        }
        try copy("height", "config.json") {
            $0.replacing("\"input_height\" : 8", with: "\"input_height\" : -1")
        }
        for name in ["config.json", "metrics.jsonl"] {
            try copy("pipe-" + name.prefix(4), "metrics.jsonl") { $0 }
            let file = place.path + "/runs/pipe-\(name.prefix(4))/" + name
            #expect(unlink(file) == 0 && mkfifo(file, 0o600) == 0)
        }
        let runs = try listing(place.run(["runs", "--json"])).runs
        #expect(
            runs.map { $0.path.replacing("runs/", with: "") }
                == ["accuracy", "epochs", "good", "height", "pipe-conf", "pipe-metr", "seconds"])
        // The listing reads no height; all that use the run do.
        #expect(
            runs.map(\.state)
                == ["damaged", "damaged", "finished", "finished", "damaged", "damaged", "damaged"])
        #expect(
            runs[0].damage?.contains("line 1: expected validation_accuracy in 0...1, found 1e+308")
                == true)
        #expect(runs[4].damage?.contains("expected a file, found a device or pipe") == true)
        #expect(try place.run(["runs"]).output.contains("good       wrn-10-0.25  data     2/2"))
        for (command, name, word) in [
            (["report"], "accuracy", "validation_accuracy"), (["report"], "height", "input_height"),
            (["train", "--resume"], "height", "model.input_height in 1...65536, found -1"),
            (["train", "--resume"], "epochs", "epochs must be in 1...1000000, not -2"),
            (["train", "--resume"], "pipe-metr", "found a device or pipe"),
            (["report"], "pipe-conf", "found a device or pipe"),
            (["runs", "compare", "runs/good"], "seconds", "expected seconds in 0.0..."),
        ] {
            let result = try place.run(command + ["runs/" + name])
            #expect(result.code == 1, "\(command) \(name)")
            #expect(result.problem.contains(word), "\(command) \(name): \(result.problem)")
        }
        // What is lost of the record does not follow from it: the checkpoint has it.
        let mended = try place.run(["train", "--resume", "runs/accuracy"])
        #expect(mended.code == 0, "\(mended.problem)")
        #expect(mended.output.contains("the lines of epoch 1 were missing or changed"))
        #expect(try listing(place.run(["runs", "--json"])).runs[0].state == "finished")
    }

    @Test("a model whose digest is not its own is refused, and written again by its run")
    func damagedModel() throws {
        let place = try TrainingPlace()
        #expect(try place.run(TrainingPlace.train(run: "run")).code == 0)
        let whole = Array(try place.bytes("run/model.safetensors"))
        var bytes = whole
        bytes[bytes.count / 2] ^= 8
        try place.write(bytes, to: "run/model.safetensors")
        for command in [
            ["evaluate", "--data", "data", "--weights", "run"], ["report", "run"],
            ["finetune", "--weights", "run", "--data", "data", "--run", "tuned"],
        ] {
            let result = try place.run(command)
            #expect(result.code == 1, "\(command): \(result.problem)")
            #expect(
                result.problem.contains(
                    "run/model.safetensors is damaged (expected the SHA-256 "),
                "\(command): \(result.problem)")
        }
        let resumed = try place.run(["train", "--resume", "run"])
        #expect(resumed.code == 0, "\(resumed.problem)")
        #expect(resumed.output.contains("written again from the checkpoint"), "\(resumed.output)")
        #expect(try Array(place.bytes("run/model.safetensors")) == whole)
        #expect(
            try place.run(["evaluate", "--data", "data", "--weights", "run", "--json"]).code == 0)
    }
}
