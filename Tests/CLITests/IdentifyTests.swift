// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDialects
import WRNImages
import WRNModel
import WRNTensor
import WRNTensorFiles
import WRNZoo

/// `wrn identify`, `wrn convert`, and weights of other programs in the other commands.
@Suite("Weights of other programs")
struct IdentifyTests {
    /// Writes WRN-10-1 for colour images as another program would.
    private func writeForeign(
        _ name: String, in workplace: Workplace, dialect: Dialect = .xternalz, prefix: String = "",
        dropping isDropped: (String) -> Bool = { _ in false }
    ) throws {
        let network = try WideResNet(name: "wrn-10-1", inputChannels: 1)
        let tensors = Model.initialTensors(
            for: try network.graph(height: 32, width: 32), seed: 5)
        let named = try DialectWriter(dialect).tensors(tensors, of: network, file: name)
            .filter { !isDropped($0.name) }
        guard prefix.isEmpty else {
            let renamed = try named.map { tensor in
                NamedTensor(name: prefix + tensor.name, tensor: try copy(of: tensor))
            }
            return try TensorFile.write(renamed, to: workplace.path + "/" + name)
        }
        try TensorFile.write(named, to: workplace.path + "/" + name)
    }

    private func copy(of tensor: NamedTensor) throws -> Tensor {
        let bytes = try Safetensors.bytes(of: [tensor], named: "copy")
        return try Safetensors.read(bytes, named: "copy").tensor(named: tensor.name)
    }

    @Test("a file's network, names and parameters are said")
    func identifies() throws {
        let workplace = try Workplace()
        try writeForeign("them.pth", in: workplace, prefix: "state_dict.module.")
        let result = try workplace.run("identify", "them.pth")
        #expect(result.code == 0)
        try expectSnapshot(result.output, named: "identify")
        let json = try workplace.run("identify", "them.pth", "--json")
        struct Answer: Decodable {
            struct Network: Decodable { let name: String }
            let network: Network?
            let dialect: String?
            let prefix: String
        }
        let answer = try decoded(Answer.self, from: json.output)
        #expect(answer.network?.name == "wrn-10-1" && answer.dialect == "xternalz")
        #expect(answer.prefix == "state_dict.module.")
        // Known names need no map of those that shapes propose.
        let mapped = try workplace.run("identify", "them.pth", "--map")
        #expect(mapped.output.hasPrefix(result.output.split(separator: "\n")[0]))
        #expect(mapped.output.contains("not needed: the names are known"))
    }

    @Test("a model of this package's is identified, too, by its directory")
    func identifiesModel() throws {
        let result = try Workplace().run("identify", "model")
        #expect(result.code == 0)
        #expect(result.output.contains("wrn-10-1, a Wide ResNet for small images"))
        #expect(result.output.contains("this package's names"))
    }

    @Test("an incomplete network ends with the exit code 1 and says what is missing")
    func identifiesIncomplete() throws {
        let workplace = try Workplace()
        try writeForeign("them.pth", in: workplace, dropping: { $0 == "bn1.weight" })
        let result = try workplace.run("identify", "them.pth")
        #expect(result.code == 1)
        #expect(result.output.contains("missing") && result.output.contains("\"bn.weight\""))
        let nothing = try workplace.run("identify", "data/t10k-labels-idx1-ubyte")
        #expect(nothing.code == 1)
        #expect(
            nothing.problem.contains("expected a safetensors file, one of PyTorch's or NumPy's"))
    }

    @Test("there and back through every dialect and format the file keeps its bytes")
    func roundTrip() throws {
        let workplace = try Workplace()
        let first = try workplace.run("convert", "model", "first.safetensors")
        #expect(first.code == 0)
        #expect(first.output.hasSuffix("in this package's names; a model\n"), "\(first)")
        let original = try workplace.bytes(of: "model/model.safetensors")
        #expect(try workplace.bytes(of: "first.safetensors") == original)
        for dialect in Dialect.allCases {
            let name = "\(dialect.rawValue).pth"
            let there = try workplace.run(
                "convert", "model", name, "--dialect", dialect.rawValue)
            // akamaster's code has no Wide ResNets, and bmsookim's and DeepMind's compute another
            // function.
            guard ![.akamaster, .bmsookim, .deepmind].contains(dialect) else {
                #expect(there.code == 1 && there.problem.contains("choose another dialect"))
                continue
            }
            #expect(there.code == 0, "\(there.problem)")
            let back = try workplace.run("convert", name, "back.safetensors", "--json")
            #expect(back.code == 0, "\(back.problem)")
            let (ours, read) = (
                try TensorFile.read(contentsOf: workplace.path + "/first.safetensors"),
                try TensorFile.read(contentsOf: workplace.path + "/back.safetensors")
            )
            #expect(read.entries.map(\.name) == ours.entries.map(\.name))
            for entry in ours.entries {
                let (found, expected) = (
                    try read.bytes(of: entry.name), try ours.bytes(of: entry.name)
                )
                #expect(found == expected)
            }
        }
    }

    @Test("other weights are evaluated when somebody says how images are normalised")
    func evaluates() throws {
        let workplace = try Workplace()
        try writeForeign("them.pth", in: workplace)
        let silent = try workplace.run("evaluate", "--weights", "them.pth", "--data", "data")
        #expect(silent.code == 1)
        #expect(
            silent.problem.hasSuffix(
                "found weights alone; give the normalisation that the network was trained with, "
                    + "for example ImageNet's (--normalization imagenet)\n"), "\(silent.problem)")
        let summary = try workplace.run("summary", "them.pth")
        #expect(summary.code == 0)
        #expect(summary.output.hasPrefix("wrn-10-1: 1x32x32 images, 10 classes, from them.pth"))
        let own = try workplace.run(
            "evaluate", "--weights", "model", "--data", "data", "--normalization", "mnist")
        #expect(own.code == 1)
        #expect(own.problem.contains("leave the normalisation out"))
    }

    /// A command's notes on the weights that it read, in JSON.
    private struct Weights: Decodable {
        struct Part: Decodable {
            let part: String
            let value: String
            let basis: String
        }
        let network: String
        let part: String
        let otherParts: [String]
        let leftOut: [String]
        let function: [Part]
        let notes: [String]
    }

    private struct Answer: Decodable { let weights: Weights }

    /// Writes an image that every command can read.
    private func writePicture(in workplace: Workplace) throws {
        try FileManager.default.createDirectory(
            atPath: workplace.path + "/photos", withIntermediateDirectories: true)
        let image = PixelImage(
            height: 8, width: 8, channels: 1, pixels: (0..<64).map { UInt8($0 * 3) })
        try workplace.write(image.png(), to: "photos/a.png")
    }

    @Test(
        "every command that reads other weights says what it assumes, on the standard error and in JSON"
    )
    func saysWhatIsAssumed() throws {
        let workplace = try Workplace()
        try writeForeign("them.pth", in: workplace, prefix: "model_state.")
        try writePicture(in: workplace)
        let commands: [[String]] = [
            ["evaluate", "--weights", "them.pth", "--normalization", "0.5/0.25", "--data", "data"],
            ["predict", "--weights", "them.pth", "--normalization", "0.5/0.25", "photos/a.png"],
            [
                "features", "--weights", "them.pth", "--normalization", "0.5/0.25", "photos/a.png",
                "-o", "out.csv",
            ],
            ["convert", "them.pth", "out.safetensors"], ["summary", "them.pth"],
        ]
        for command in commands {
            let plain = try Program.run(command, in: workplace.path)
            guard command[0] != "evaluate" else {
                // The images are of 8 x 8 pixels, the network was made for 32 x 32.
                #expect(plain.problem.contains("assumed") && plain.code == 1)
                continue
            }
            #expect(plain.code == 0, "\(plain.problem)")
            #expect(
                plain.problem.contains(
                    "them.pth: read as wrn-10-1 in xternalz's names, which RobustBench shares; assumed"
                ),
                "\(command[0]): \(plain.problem)")
            #expect(plain.problem.contains("--activation, --shortcut-input, --stride-in"))
            let result = try Program.run(command + ["--json"], in: workplace.path)
            let weights = try decoded(Answer.self, from: result.output).weights
            #expect(weights.part == "model_state" && weights.otherParts.isEmpty)
            #expect(weights.function.allSatisfy { $0.basis == "assumed" })
            #expect(
                weights.function.map(\.value) == ["relu", "activated", "first", "both", "0.00001"])
            let other = try Program.run(
                command + ["--json", "--shortcut-input", "raw", "--stride-in", "second"],
                in: workplace.path)
            let said = try decoded(Answer.self, from: other.output).weights
            #expect(said.network == "wrn-10-1-rawshortcut-stride2")
            #expect(said.function.filter { $0.basis == "given" }.map(\.value) == ["raw", "second"])
        }
    }

    @Test("a part is chosen by its name, and which others there are is said")
    func parts() throws {
        let workplace = try Workplace()
        try writeForeign("one.pth", in: workplace, prefix: "weights.")
        try writeForeign("two.pth", in: workplace, prefix: "model_ema.")
        let named = try ["one.pth", "two.pth"].flatMap { file in
            let archive = try TensorFile.read(contentsOf: workplace.path + "/" + file)
            return try archive.entries.map {
                NamedTensor(name: $0.name, tensor: try archive.tensor(named: $0.name))
            }
        }
        try TensorFile.write(named, to: workplace.path + "/both.pth")
        let raw = try workplace.run("convert", "both.pth", "raw.safetensors")
        #expect(
            raw.problem.contains("the part \"weights\" is taken; there is \"model_ema\", too"))
        #expect(raw.problem.contains("to change this: --part"))
        let average = try workplace.run(
            "convert", "both.pth", "average.safetensors", "--part", "model_ema", "--json")
        let weights = try decoded(Answer.self, from: average.output).weights
        #expect(weights.part == "model_ema" && weights.otherParts == ["weights"])
        let none = try workplace.run("convert", "both.pth", "none.safetensors", "--part", "ema")
        #expect(none.code == 1 && none.problem.contains("\"ema\""))
        #expect(none.problem.contains("(--part)"))
    }

    @Test("tensors of the network's part that it does not know are refused by every command")
    func extras() throws {
        let workplace = try Workplace()
        try writeForeign("plain.pth", in: workplace)
        try writePicture(in: workplace)
        let archive = try TensorFile.read(contentsOf: workplace.path + "/plain.pth")
        let named = try archive.entries.map {
            NamedTensor(name: $0.name, tensor: try archive.tensor(named: $0.name))
        }
        let gate = NamedTensor(
            name: "block2.layer.0.se.fc1.weight", tensor: Tensor(shape: [4], repeating: 1))
        try TensorFile.write(named + [gate], to: workplace.path + "/them.pth")
        let identified = try workplace.run("identify", "them.pth")
        #expect(identified.code == 1 && identified.output.contains("se.fc1.weight"))
        let from = ["--weights", "them.pth", "--normalization", "0.5/0.25"]
        for command in [
            ["evaluate", "--data", "data"] + from, ["predict", "photos/a.png"] + from,
            ["features", "photos/a.png", "-o", "out.csv"] + from,
            ["convert", "them.pth", "o.safetensors"],
            ["finetune", "--data", "photos", "--run", "run"] + from,
        ] {
            let refused = try Program.run(command, in: workplace.path)
            #expect(refused.code == 1, "\(command[0])")
            #expect(
                refused.problem.contains("\"block2.layer.0.se.fc1.weight\"")
                    && refused.problem.contains("(--ignore-extra)"), "\(refused.problem)")
        }
        let goesOn = try workplace.run(
            "convert", "them.pth", "o.safetensors", "--ignore-extra", "--json")
        #expect(goesOn.code == 0 && goesOn.problem.contains("left out, as the network"))
        #expect(
            try decoded(Answer.self, from: goesOn.output).weights.leftOut == [
                "block2.layer.0.se.fc1.weight"
            ])
    }

    @Test(
        "numbers that are not finite are named by identify and convert, and refused by the others")
    func notFinite() throws {
        let workplace = try Workplace()
        try writeForeign("plain.pth", in: workplace)
        try writePicture(in: workplace)
        let archive = try TensorFile.read(contentsOf: workplace.path + "/plain.pth")
        let named = try archive.entries.map { entry -> NamedTensor in
            let tensor = try archive.tensor(named: entry.name)
            guard entry.name == "bn1.running_mean" else {
                return NamedTensor(name: entry.name, tensor: tensor)
            }
            return NamedTensor(
                name: entry.name, tensor: Tensor(shape: tensor.shape, repeating: .infinity))
        }
        try TensorFile.write(named, to: workplace.path + "/them.pth")
        let identified = try workplace.run("identify", "them.pth")
        #expect(identified.code == 1)
        #expect(identified.output.contains("\"bn1.running_mean\" is not finite"))
        let converted = try workplace.run("convert", "them.pth", "out.safetensors")
        #expect(converted.code == 0)
        #expect(
            converted.problem.contains("warning: them.pth: tensor bn1.running_mean is not finite")
        )
        let from = ["--weights", "them.pth", "--normalization", "0.5/0.25"]
        for command in [
            ["predict", "photos/a.png"] + from,
            ["features", "photos/a.png", "-o", "out.csv"] + from,
            ["finetune", "--data", "photos", "--run", "run"] + from,
        ] {
            let refused = try Program.run(command, in: workplace.path)
            #expect(refused.code == 1)
            #expect(
                refused.problem.contains("\"bn1.running_mean\" is not finite: element 0 is inf"))
            #expect(!refused.problem.contains("learning rate"))
        }
    }

    @Test("normalisations without running statistics may be GroupNorm's, which every command says")
    func withoutStatistics() throws {
        let workplace = try Workplace()
        try writeForeign(
            "group.pth", in: workplace,
            dropping: { $0.hasSuffix("running_mean") || $0.hasSuffix("running_var") })
        try writePicture(in: workplace)
        let identified = try workplace.run("identify", "group.pth")
        let words = identified.output.split(whereSeparator: \.isWhitespace)
        #expect(
            words.joined(separator: " ").contains(
                "without running statistics, so of no use until trained on; GroupNorm and others under these "
                    + "names cannot be told apart"), "\(identified.output)")
        for command in [
            ["evaluate", "--data", "data"], ["predict", "photos/a.png"],
            ["features", "photos/a.png", "-o", "out.csv"],
        ] {
            let refused = try Program.run(
                command + ["--weights", "group.pth", "--normalization", "0.5/0.25"],
                in: workplace.path)
            #expect(refused.code == 1)
            #expect(
                refused.problem.contains(
                    "expected running statistics of the normalisations, found none; either only the "
                        + "parameters were saved, or these are other normalisations, such as GroupNorm, "
                ),
                "\(refused.problem)")
        }
        let converted = try workplace.run(
            "convert", "group.pth", "new.safetensors", "--new-statistics")
        #expect(converted.code == 0)
        #expect(
            converted.problem.contains(
                "there are no running statistics: whether the normalisations are GroupNorm or another "
                    + "kind cannot be told"), "\(converted.problem)")
    }

    private struct Predictions: Decodable {
        struct Image: Decodable {
            struct Class: Decodable { let classIndex: Int }
            let file: String
            let predictions: [Class]
        }
        let images: [Image]
    }

    private struct Evaluation: Decodable {
        let count: Int
        let correct: Int
    }

    @Test("a class map says which two of ten outputs without names two folders are")
    func classMap() throws {
        let workplace = try Workplace()
        try writeForeign("them.pth", in: workplace)
        for (folder, shift) in [("cat", 0), ("dog", 120)] {
            try FileManager.default.createDirectory(
                atPath: workplace.path + "/test/test/" + folder, withIntermediateDirectories: true)
            for index in 0..<8 {
                let image = PixelImage(
                    height: 32, width: 32, channels: 1,
                    pixels: (0..<1024).map {
                        UInt8(truncatingIfNeeded: shift + index * 16 + $0 * (index + 1) / 7)
                    })
                try workplace.write(image.png(), to: "test/test/\(folder)/\(index).png")
            }
        }
        let weights = ["--weights", "them.pth", "--normalization", "0.5/0.25"]
        let refused = try Program.run(
            ["evaluate", "--data", "test"] + weights, in: workplace.path)
        #expect(refused.code == 1)
        #expect(
            refused.problem.contains(
                "the data set has 2 classes, the model has 10 outputs that have none of their names"
            ),
            "\(refused.problem)")
        let answers = try decoded(
            Predictions.self,
            from: Program.run(
                ["predict", "test", "--json", "--top", "1"] + weights, in: workplace.path
            ).output
        ).images
        #expect(answers.count == 16)
        for map in [["cat": 0, "dog": 1], ["cat": 1, "dog": 0]] {
            try workplace.write([UInt8](try JSONEncoder().encode(map)), to: "map.json")
            let result = try Program.run(
                ["evaluate", "--data", "test", "--class-map", "map.json", "--json"] + weights,
                in: workplace.path)
            #expect(result.code == 0, "\(result.problem)")
            let evaluation = try decoded(Evaluation.self, from: result.output)
            let right = answers.count { image in
                map.contains { folder, number in
                    image.file.contains("/\(folder)/")
                        && image.predictions.first?.classIndex == number
                }
            }
            #expect(evaluation.count == 16 && evaluation.correct == right)
        }
    }

    @Test("wishes that cannot be met are refused in one sentence")
    func refuses() throws {
        let workplace = try Workplace()
        let cases: [([String], Int32, String)] = [
            (["model", "a.onnx"], 2, "must end in .safetensors, .pth, .pt or .bin, by which"),
            (
                ["model", "a.pth", "--classes", "100"], 1,
                "expected a model of 100 classes, found one of 10"
            ),
            (["model", "a.pth", "--dialect", "tensorflow"], 2, "tensorflow"),
            (["model", "a.pth", "--dtype", "int8"], 2, "int8"),
            (["model", "a.pth", "--normalization", "0.5"], 2, "one mean for each channel"),
            (["data", "a.pth"], 1, "found none"),
            (["model", "a.pth", "--new-statistics"], 1, "leave out what describes other programs"),
            (["model", "a.pth", "--accept-map"], 1, "leave out what describes other programs"),
            (["model", "a.pth", "--part", "ema"], 1, "leave out what describes other programs"),
            (["model", "a.pth", "--ignore-extra"], 1, "leave out what describes other programs"),
            (
                ["model", "a.pth", "--activation", "silu"], 1,
                "leave out what describes other programs"
            ),
        ]
        for (arguments, code, words) in cases {
            let result = try Program.run(["convert"] + arguments, in: workplace.path)
            #expect(result.code == code, "\(result)")
            #expect(result.problem.contains(words), "\(result.problem)")
        }
        let contents = try workplace.contents()
        #expect(!contents.contains("a.pth"))
    }
}
