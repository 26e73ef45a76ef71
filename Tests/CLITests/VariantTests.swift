// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("Variants of networks on the command line")
struct VariantOptionTests {
    private let workplace: Workplace

    init() throws {
        workplace = try Workplace()
    }

    private func network(_ arguments: String...) throws -> String {
        let result = try Program.run(arguments, in: workplace.path)
        #expect(result.code == 0, "\(result.problem)")
        struct Report: Decodable { let network: String }
        return try JSONDecoder().decode(Report.self, from: Data(result.output.utf8)).network
    }

    @Test("options and endings of the name are the same network")
    func names() throws {
        #expect(
            try network(
                "plan", "wrn-10-1", "--json", "--activation", "leaky-relu:0.1", "--shortcut-input",
                "raw", "--stride-in", "second", "--epsilon", "0.001")
                == "wrn-10-1-leaky0.1-rawshortcut-stride2-eps0.001")
        #expect(try network("plan", "resnet-8", "--json", "--pad", "both") == "resnet-8-padboth")
        #expect(
            try network("plan", "wrn-10-1-leaky0.1", "--json", "--activation", "relu")
                == "wrn-10-1")
        #expect(
            try network("plan", "wrn-10-1", "--json", "--activation", "leaky-relu")
                == "wrn-10-1-leaky0.01")
        #expect(
            try network("plan", "wrn-10-1", "--json", "--activation", "silu") == "wrn-10-1-silu")
    }

    @Test(
        "every command that takes a network takes them",
        arguments: [
            ["summary", "wrn-10-1", "--stride-in", "second"],
            ["compare", "wrn-10-1", "wrn-16-1", "--stride-in", "second"],
            ["verify", "wrn-10-1", "--stride-in", "second"],
            ["diagram", "wrn-10-1", "--stride-in", "second"],
        ])
    func commands(arguments: [String]) throws {
        let result = try Program.run(arguments, in: workplace.path)
        #expect(result.code == 0, "\(result.problem)")
        #expect(result.output.contains("wrn-10-1-stride2"))
    }

    @Test("a run keeps the variant in its network's name, and goes on with it")
    func training() throws {
        let place = try TrainingPlace()
        let begun = try place.run(
            TrainingPlace.train(
                "wrn-10-1", options: ["--epochs", "1", "--activation", "leaky-relu:0.1"]))
        #expect(begun.code == 0, "\(begun.problem)")
        let configuration = try String(
            contentsOfFile: place.path + "/run/config.json", encoding: .utf8)
        #expect(configuration.contains("wrn-10-1-leaky0.1"))
        let model = try place.run(["summary", "run", "--depth", "1"])
        #expect(model.output.contains("wrn-10-1-leaky0.1"))
        let resumed = try place.run(["train", "--resume", "run", "--activation", "relu"])
        #expect(resumed.code == 2)
        #expect(resumed.problem.contains("so --activation cannot be given with it"))
    }

    static let refusals: [([String], String)] = [
        (
            ["summary", "wrn-10-1", "--pad", "both"],
            "wrn-10-1 has no shortcut that adds channels of zeros, so the padding cannot be both; "
                + "leave it out"
        ),
        (
            ["plan", "resnet-50", "--shortcut-input", "activated"],
            "resnet-50 has no activation before the first convolution of a block, so the shortcut's "
                + "input cannot be activated; leave it out"
        ),
        (
            ["summary", "model", "--activation", "relu"],
            "model/model.safetensors names its network, wrn-10-1; leave --activation out"
        ),
        (["verify", "--stride-in", "second"], "--stride-in needs the name of a network"),
        (
            ["plan", "wrn-10-1", "--activation", "gelu"],
            "\"gelu\" is no activation that is computed here: expected relu, leaky-relu, "
                + "leaky-relu:SLOPE, for example leaky-relu:0.1, or silu"
        ),
        (
            ["plan", "wrn-10-1", "--activation", "leaky-relu:1.5"],
            "the slope of a LeakyReLU must be above 0 and below 1, from 0.000001 to 0.999999, not 1.5"
        ),
        (
            ["plan", "wrn-10-1", "--epsilon", "-1"],
            "the epsilon of batch normalisation must be in 0.000000000001...1, not -1.0; nearly all "
                + "networks have 0.00001"
        ),
        (
            ["plan", "wrn-10-1", "--stride-in", "third"],
            "Please provide one of 'first' and 'second'"
        ),
    ]

    @Test("what a network cannot be is refused in a sentence", arguments: refusals)
    func refuses(arguments: [String], sentence: String) throws {
        let result = try Program.run(arguments, in: workplace.path)
        #expect(result.code == 2)
        #expect(result.problem.contains(sentence), "\(result.problem)")
    }
}
