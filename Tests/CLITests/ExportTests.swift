// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("wrn export")
struct ExportTests {
    private struct Report: Decodable {
        let file: String
        let format: String
        let network: String
        let byteCount: Int
        let operations: Int
        let checkedImages: Int
        let relativeDifference: Double
        let calibrationImages: Int?
    }

    private struct Summary: Decodable {
        struct Value: Decodable {
            let name: String
            let type: String
            let shape: [String]
        }

        let format: String
        let inputs: [Value]
        let outputs: [Value]
        let operations: Int
        let metadata: [String: String]
    }

    private func decoded<Value: Decodable>(_ text: String) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Value.self, from: Data(text.utf8))
    }

    @Test("writes a model, says how far it is from the engine, and identify lists what is in it")
    func export() throws {
        let place = try Workplace()
        let result = try place.run("export", "--weights", "model", "-o", "model.onnx", "--json")
        #expect(result.code == 0, "\(result.problem)")
        let report: Report = try decoded(result.output)
        #expect(report.file == "model.onnx")
        #expect(report.format == "ONNX")
        #expect(report.network == "wrn-10-1")
        #expect(report.relativeDifference <= 1e-4)
        #expect(report.calibrationImages == nil)
        let identified = try place.run("identify", "model.onnx", "--json")
        #expect(identified.code == 0)
        let summary: Summary = try decoded(identified.output)
        #expect(summary.operations == report.operations)
        #expect(summary.inputs.map(\.shape) == [["batch", "1", "8", "8"]])
        #expect(summary.outputs.map(\.name) == ["logits"])
        #expect(summary.metadata["network"] == "wrn-10-1")
        let text = try place.run("identify", "model.onnx", environment: ["COLUMNS": "80"])
        for option in [["--map"], ["--part", "ema"], ["--activation", "silu"]] {
            let refused = try Program.run(["identify", "model.onnx"] + option, in: place.path)
            #expect(refused.code == 2)
            #expect(
                refused.problem.hasPrefix("wrn: error: \(option[0]) is for files of weights; "),
                "\(refused.problem)")
        }
        #expect(text.output.hasPrefix("model.onnx: an ONNX model, wrn-10-1\n"))
        #expect(text.output.contains("\noutput         logits, float32 batch x 10\n"))
        #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test("writes a Core ML package, which identify lists, with a slash behind its name or without")
    func package() throws {
        let place = try Workplace()
        for _ in 0..<2 {
            let result = try place.run(
                "export", "--weights", "model", "-o", "model.mlpackage/", "--probabilities",
                "--json")
            #expect(result.code == 0, "\(result.problem)")
            let report: Report = try decoded(result.output)
            #expect(report.format == "Core ML")
            #expect(report.relativeDifference <= 1e-4)
        }
        #expect(
            try FileManager.default.contentsOfDirectory(atPath: place.path + "/model.mlpackage")
                .sorted() == ["Data", "Manifest.json"])
        let text = try place.run("identify", "model.mlpackage/", environment: ["COLUMNS": "80"])
        #expect(text.code == 0)
        #expect(text.output.hasPrefix("model.mlpackage/: a Core ML package\n"))
        #expect(text.output.contains("\ninput          image, image 8x8 grey\n"))
        #expect(
            text.output.contains(
                "\nversion        specification 6, CoreML5: from iOS 15, macOS 12 on\n"))
        #expect(text.output.split(separator: "\n").allSatisfy { $0.count <= 80 })
        let broken = try place.run("identify", "none.mlpackage")
        #expect(broken.code == 1)
        #expect(broken.problem.contains("none.mlpackage/Manifest.json: cannot read the file"))
    }

    @Test("writes pixels in, probabilities out, a layer, or 8 bits with images to measure on")
    func forms() throws {
        let place = try FeaturesTests.place()
        func run(_ file: String, _ options: String...) throws -> Report {
            let result = try place.run(
                ["export", "--weights", "model.safetensors", "-o", file, "--json"] + options)
            #expect(result.code == 0, "\(result.problem)")
            return try decoded(result.output)
        }
        func summary(_ file: String) throws -> Summary {
            try decoded(place.run(["identify", file, "--json"]).output)
        }
        _ = try run("pixels.onnx", "--input", "uint8", "--probabilities")
        let pixels = try summary("pixels.onnx")
        #expect(pixels.inputs.map(\.type) == ["uint8"])
        #expect(pixels.inputs.map(\.shape) == [["batch", "16", "16", "3"]])
        #expect(pixels.outputs.map(\.name) == ["probabilities"])
        _ = try run("layer.onnx", "--layer", "group1")
        #expect(try summary("layer.onnx").outputs.map(\.shape) == [["batch", "8", "8", "8"]])
        let small = try run("small.onnx", "--precision", "int8", "--calibrate", "photos")
        #expect(small.calibrationImages == 24)
        #expect(try summary("small.onnx").metadata["precision"] == "int8")
        let external = try run("external.onnx", "--external-data", "--opset", "21")
        #expect(external.byteCount > 0)
        let files = try FileManager.default.contentsOfDirectory(atPath: place.path)
        #expect(files.contains("external.onnx.data"))
    }

    @Test("carries the accuracy that a run has for its model")
    func accuracy() throws {
        let place = try PhotographPlace()
        let trained = try place.train("run", epochs: 1)
        #expect(trained.code == 0, "\(trained.problem)")
        let result = try place.run(["export", "--weights", "run", "-o", "model.onnx"])
        #expect(result.code == 0, "\(result.problem)")
        let summary: Summary = try decoded(place.run(["identify", "model.onnx", "--json"]).output)
        let accuracy = try #require(summary.metadata["accuracy"])
        #expect(
            accuracy.wholeMatch(
                of: /[01]\.\d{4} of the validation images of .*photos, after epoch 1/)
                != nil, "\(accuracy)")
    }

    @Test(
        "refuses what makes no sense in one sentence, with nothing left behind",
        arguments: [
            (
                ["-o", "a.tflite"], 2 as Int32,
                "--output: a.tflite: expected a name that ends in .onnx"
            ),
            (
                ["-o", "a.mlpackage", "--input", "uint8"], 2,
                "Core ML has no input of bytes; let the network read an image"
            ),
            (
                ["-o", "a.onnx", "--input", "image"], 2,
                "ONNX has no type for images; let the network read pixels as uint8"
            ),
            (["-o", "a.onnx", "--opset", "12"], 2, "--opset must be in 13...21, not 12"),
            (
                ["-o", "a.onnx", "--layer", "group9"], 1,
                "there is no layer \"group9\"; the network's layers are conv0,"
            ),
            (
                ["-o", "a.onnx", "--layer", "pool", "--probabilities"], 2,
                "--probabilities and --layer each choose what comes out; leave one out"
            ),
            (
                ["-o", "a.onnx", "--precision", "int8"], 2,
                "--precision int8 needs --calibrate IMAGES"
            ),
            (
                ["-o", "a.onnx", "--calibrate", "data"], 2,
                "--calibrate goes with --precision int8"
            ),
            (
                ["-o", "a.onnx", "--calibration", "min-max"], 2,
                "--calibration goes with --precision int8"
            ),
            (
                ["-o", "a.onnx", "--precision", "int8", "--calibrate", "data", "--keep-bn"], 2,
                "--keep-bn and --precision int8 exclude each other"
            ),
            (
                ["-o", "a.onnx", "--precision", "int8", "--calibrate", "model"], 1,
                "model: there are no images"
            ),
            (
                ["-o", "none/a.onnx"], 1,
                "none/a.onnx: cannot create a file in none: no such file or directory"
            ),
            (
                ["-o", "a.onnx", "--precision", "int4"], 2,
                "The value 'int4' is invalid for '--precision <type>'"
            ),
        ])
    func refusals(_ options: [String], _ code: Int32, _ sentence: String) throws {
        let place = try Workplace()
        let before = try place.contents()
        let result = try Program.run(["export", "--weights", "model"] + options, in: place.path)
        #expect(result.code == code)
        #expect(result.output.isEmpty)
        #expect(result.problem.hasPrefix("wrn: error: " + sentence), "\(result.problem)")
        #expect(result.problem.split(separator: "\n").count == 1)
        #expect(try place.contents() == before)
    }

    @Test(
        "refuses what the format does not have, and a place that is none, before weights are read",
        arguments: [
            (["a.mlpackage", "--input", "uint8"], 2 as Int32, "Core ML has no input of bytes; "),
            (
                ["a.mlpackage", "--opset", "17"], 2,
                "the version of the operators and a second file"
            ),
            (["a.mlpackage", "--external-data"], 2, "the version of the operators and a second"),
            (["a.mlpackage", "--precision", "int8"], 2, "networks of 8-bit integers are written"),
            (["a.onnx", "--input", "image"], 2, "ONNX has no type for images; "),
            (["a.onnx", "--max-pixels", "1000000"], 2, "--max-pixels goes with --calibrate; "),
            (["none/a.onnx"], 1, "none/a.onnx: cannot create a file in none: "),
            (["none/a.mlpackage"], 1, "none/a.mlpackage: cannot create a directory in none "),
        ])
    func earlyRefusals(_ options: [String], _ code: Int32, _ sentence: String) throws {
        let place = try Workplace()
        let before = try place.contents()
        let result = try Program.run(
            ["export", "--weights", "none.safetensors", "-o"] + options, in: place.path)
        #expect(result.code == code)
        #expect(result.output.isEmpty)
        #expect(result.problem.hasPrefix("wrn: error: " + sentence), "\(result.problem)")
        #expect(result.problem.split(separator: "\n").count == 1)
        #expect(try place.contents() == before)
    }

    @Test("identify refuses what is called an ONNX model and is none")
    func notONNX() throws {
        let place = try Workplace()
        try Data("PK".utf8).write(to: URL(fileURLWithPath: place.path + "/a.onnx"))
        let result = try place.run("identify", "a.onnx")
        #expect(result.code == 1)
        #expect(
            result.problem
                == "wrn: error: a.onnx: expected an ONNX model with a version and a graph, found no "
                + "version; check that the file is a model\n")
    }
}
