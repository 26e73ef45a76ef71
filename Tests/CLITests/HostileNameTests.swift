// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNImages
import WRNInference
import WRNModel
import WRNRuns
import WRNTensor
import WRNTensorFiles
import WRNText
import WRNZoo

@testable import wrn

/// Names that rewrite a terminal, forge lines or reverse what stands beside them, wherever a
/// command finds them.
@Suite("Names from hostile files in what the program prints")
struct HostileNameTests {
    /// Escape sequences for colours and the window's title, a bell, line ends of every kind, C1,
    /// and a mark of direction.
    static let evil =
        "\u{1B}[31mx\u{1B}]0;t\u{7}\nwrn: error: forged\r\u{85}\u{9B}2J\u{2028}\u{202E}"
    static let shown =
        #"\u{1b}[31mx\u{1b}]0;t\u{7}\u{a}wrn: error: forged\u{d}\u{85}\u{9b}2J"#
        + #"\u{2028}\u{202e}"#

    /// Whether a command printed nothing that a terminal or a reader of lines would obey.
    private func expectClean(
        _ result: Program.Result, _ comment: String = "",
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for text in [result.output, result.problem] {
            let raw = text.unicodeScalars.filter {
                $0 != "\n" && printable(String($0)) != String($0)
            }
            #expect(
                raw.isEmpty,
                "\(comment) \(raw.map { String($0.value, radix: 16) }): \(printable(text))",
                sourceLocation: sourceLocation)
            #expect(
                !text.split(separator: "\n").contains { $0.hasPrefix("wrn: error: forged") },
                "\(comment)", sourceLocation: sourceLocation)
        }
    }

    /// A model whose classes have such names.
    private func writeModel(to workplace: Workplace) throws {
        let network = try WideResNet(name: "wrn-10-1", inputChannels: 1)
        let description = ModelDescription(
            architecture: "wrn-10-1", classes: 10, inputChannels: 1, inputHeight: 8,
            inputWidth: 8, classNames: (0..<10).map { Self.evil + "\($0)" }, mean: [0.5],
            standardDeviation: [0.25])
        let tensors = Model.initialTensors(for: try network.graph(height: 8, width: 8), seed: 5)
        try Model(description: description, tensors: tensors)
            .write(to: workplace.path + "/model/model.safetensors")
    }

    @Test("a model's class names: predict, evaluate, its table, summary")
    func classNames() throws {
        let workplace = try Workplace()
        try writeModel(to: workplace)
        let predicted = try workplace.run(
            "predict", "--weights", "model", "--data", "data", "0", "1")
        #expect(predicted.output.contains(Self.shown), "\(predicted.problem)")
        #expect(predicted.output.split(separator: "\n").count == 2)
        expectClean(predicted)
        for arguments in [
            ["evaluate", "--weights", "model", "--data", "data"],
            ["evaluate", "--weights", "model", "--data", "data", "--csv", "-"],
            ["evaluate", "--weights", "model", "--data", "data", "--json"],
            ["predict", "--weights", "model", "--data", "data", "0", "--json"],
            ["predict", "--weights", "model", "--data", "data", "0", "--pictures"],
            ["summary", "model"],
        ] {
            let result = try Program.run(arguments, in: workplace.path)
            #expect(result.code == 0, "\(arguments): \(result.problem)")
            expectClean(result, "\(arguments)")
            if arguments.contains("--csv") {
                #expect(result.output.split(separator: "\n").count == 13)
            }
            if arguments.contains("--json") {
                // Programs get the names exactly.
                let value = try JSONSerialization.jsonObject(with: Data(result.output.utf8))
                #expect("\(value)".unicodeScalars.contains("\u{9B}"))
            }
        }
    }

    @Test("a model's network, tensors and metadata: identify, convert, predict, errors")
    func networks() throws {
        let workplace = try Workplace()
        // The description is JSON in a string of JSON: this is "w" and an escape character.
        let bytes = try workplace.bytes(of: "model/model.safetensors")
        let place = try #require(bytes.firstRange(of: Array("wrn-10-1".utf8)))
        try workplace.write(
            bytes[..<place.lowerBound] + Array(#"w\\u001b"#.utf8) + bytes[place.upperBound...],
            to: "model/model.safetensors")
        for arguments in [
            ["predict", "--weights", "model", "--data", "data", "0"], ["summary", "model"],
        ] {
            let result = try Program.run(arguments, in: workplace.path)
            #expect(result.code == 1, "\(arguments): \(printable(result.output))")
            #expect((result.output + result.problem).contains(#""w\u{1b}""#), "\(arguments)")
            expectClean(result, "\(arguments)")
        }
        let network = try WideResNet(name: "wrn-10-1", inputChannels: 1)
        var tensors = Model.initialTensors(for: try network.graph(height: 32, width: 32), seed: 5)
            .map { NamedTensor(name: $0.key, tensor: $0.value) }
        tensors += (0..<9).map {
            NamedTensor(
                name: "block1\(Self.evil)\($0)",
                tensor: Tensor(shape: TensorShape([1]), elements: [1]))
        }
        try TensorFile.write(tensors, to: workplace.path + "/them.safetensors")
        try TensorFile.write(tensors, to: workplace.path + "/them.pth")
        for file in ["them.safetensors", "them.pth"] {
            for arguments in [
                ["identify", file], ["identify", file, "--map"], ["identify", file, "--json"],
                ["convert", file, "made.safetensors"],
                ["predict", "--weights", file, "--data", "data", "0"],
                ["summary", file],
            ] {
                expectClean(try Program.run(arguments, in: workplace.path), "\(arguments)")
            }
        }
    }

    @Test("files and folders: predict, data inspect, train, evaluate, runs, errors")
    func files() throws {
        let place = try PhotographPlace()
        let name = Self.evil.replacing("/", with: "")
        for index in 0..<6 {
            try place.write(
                try PhotographPlace.picture(index % 2, index).png(),
                to: "evil/\(name)\(index % 2)/\(name)\(index).png")
        }
        try place.write([1, 2, 3], to: "evil/\(name)0/\(name) broken.png")
        let run = "runs/\(name)"
        let trained = try place.run([
            "train", "wrn-10-0.25", "--data", "evil", "--run", run, "--image-size", "16",
            "--epochs", "1", "--batch", "2", "--validation-fraction", "0.4", "--skip-broken",
        ])
        #expect(trained.code == 0, "\(trained.problem)")
        #expect(trained.output.contains(#"\u{1b}"#))
        expectClean(trained, "train")
        for file in ["config.json", "metrics.jsonl", "processes.jsonl", "report.html"] {
            let text = String(decoding: try place.bytes(run + "/" + file), as: UTF8.self)
            let raw = text.unicodeScalars.filter {
                $0 != "\n" && printable(String($0)) != String($0)
            }
            #expect(raw.isEmpty, "\(file): \(raw.map { String($0.value, radix: 16) })")
        }
        for arguments in [
            ["predict", "--weights", run, "evil"],
            ["predict", "--weights", run, "evil", "--pictures"],
            ["predict", "evil/\(name)0/\(name)0.png", "nothing\(name)"],
            ["predict", "--weights", name, "evil"],
            ["evaluate", "--weights", run, "--data", "evil", "--skip-broken"],
            ["evaluate", "--weights", run, "--data", "evil", "--skip-broken", "--csv", "-"],
            [
                "features", "--weights", run, "--layers", "pool", "evil", "-o", "\(name).csv",
                "--skip-broken",
            ],
            ["data", "inspect", "evil"], ["data", "inspect", "evil", "--json"],
            ["data", "inspect", "photos/\(name)"],
            ["runs", "list"], ["runs", "list", "--json"], ["runs", "list", "nothing\(name)"],
            ["train", "--resume", run], ["train", "--resume", "nothing\(name)"],
            ["train", "wrn-10-1\(name)", "--data", "evil"],
            ["train", "wrn-10-1", "--data", "evil", "--recipe", "\(name).json"],
            ["train", "wrn-10-1", "--data", "evil", "--set", "\(name)=1"],
            ["summary", name], ["identify", name], ["convert", name, "x.pth"],
            ["data", "get", name], ["weights", "get", name], ["recipes", name], [name],
            ["predict", "--\(name)"], ["summary", "wrn-10-1", "--batch", name],
        ] {
            let result = try place.run(arguments)
            #expect(result.code >= 0 && result.code <= 2, "\(arguments)")
            expectClean(result, "\(arguments)")
        }
    }

    @Test("the library's errors, which apps write into their logs")
    func errors() throws {
        let path = "/nowhere/" + Self.evil
        let calls: [() throws -> Void] = [
            { _ = try Classifier(contentsOf: path) }, { _ = try RunDirectory.open(at: path) },
            { _ = try TensorFile.read(contentsOf: path) }, { _ = try DataSource(path).load(.test) },
            { _ = try Recipe.named(Self.evil) }, { _ = try Recipe.named(path + ".json") },
        ]
        for call in calls {
            let error = #expect(throws: (any Error).self) { try call() }
            let text = error.map { "\($0)" } ?? ""
            #expect(text.contains(#"\u{1b}"#) && printable(text) == text, "\(printable(text))")
        }
    }

    @Test("whatever bytes names are made of")
    func random() throws {
        let workplace = try Workplace()
        var state: UInt64 = 0x9E37_79B9_7F4A_7C15
        func name() -> String {
            let bytes = (0..<24).map { _ -> UInt8 in
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return UInt8(truncatingIfNeeded: state % 2 == 0 ? state >> 8 & 0x1F : state >> 8)
            }
            return String(decoding: bytes.filter { $0 != 0 && $0 != 0x2F }, as: UTF8.self)
        }
        for _ in 0..<10 {
            let tensors = (0..<3).map { _ in
                NamedTensor(
                    name: name(),
                    tensor: Tensor(shape: TensorShape([2, 2]), elements: [1, 2, 3, 4]))
            }
            let file = "-" + name() + ".safetensors"
            try TensorFile.write(tensors, to: workplace.path + "/" + file)
            expectClean(try workplace.run("identify", "--map", "./" + file), printable(file))
            expectClean(try workplace.run("predict", "--weights", "./" + file, "./" + file))
        }
    }

    @Test("a literal's line ends are the program's own, and nobody else's")
    func displayText() {
        let text: DisplayText = "\u{1B}[1m\(Self.evil)\u{1B}[0m\n"
        #expect(text.description == "\u{1B}[1m\(Self.shown)\u{1B}[0m\n")
        #expect(DisplayText(lines: [Self.evil, "b"]).description == Self.shown + "\nb\n")
        #expect(
            DisplayText(document: "a\n\tb\u{1B}\r\n").description == "a\n\tb\\u{1b}\\u{d}\\u{a}")
        let sum: DisplayText = "a\n" + "\("b\n")"
        #expect([sum, text].joined(separator: "\n") == sum + "\n" + text)
    }

    @Test("a command that is proposed can be pasted all the same")
    func shellWords() throws {
        // Whatever the locale is: the environment names none.
        for text in [
            "a b", "it's", "\u{1B}[2J", "two\nlines\\'", "\u{202E}1", "\u{1B}é\u{E0041}9",
        ] {
            let result = try Program.run(
                ["-c", "printf %s \(shellWord(text))"], in: "/tmp",
                as: URL(fileURLWithPath: "/bin/bash"))
            #expect(result.output == text, "\(shellWord(text))")
            #expect(printable(shellWord(text)) == shellWord(text))
        }
    }
}
