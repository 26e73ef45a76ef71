// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("wrn demo")
struct DemoTests {
    private static let arguments = ["demo", "--data", "data", "--epochs", "1", "--threads", "1"]

    @Test("trains, shows test images, says what to try next, and can be repeated")
    func demonstrates() throws {
        let place = try TrainingPlace()
        let first = try place.run(Self.arguments)
        #expect(first.code == 0, "\(first.problem)")
        #expect(first.problem.isEmpty)
        #expect(first.output.contains("\nepoch 1/1  train "))
        // The first images of the four classes stand side by side, a row of pixels in two.
        #expect(
            first.output.contains(
                "\nTest images, which it was not trained on, and its answers:\n\n"))
        #expect(first.output.contains("Test accuracy "))
        for command in ["evaluate", "predict", "summary", "train"] {
            #expect(first.output.contains(" \(command) "), "\(command)")
        }
        let second = try place.run(Self.arguments)
        #expect(second.code == 0, "\(second.problem)")
        #expect(
            second.output.hasPrefix(
                "runs/demo holds an earlier demo; this one goes to runs/demo-2.\n"))
        #expect(
            try place.bytes("runs/demo/model.safetensors")
                == place.bytes("runs/demo-2/model.safetensors"))
    }

    @Test("goes on with the images in the program where the full set is not to be had, and says so")
    func needsNoNetwork() throws {
        let place = try Workplace()
        // Nothing is installed, and nothing answers at the proxy.
        var environment = ["XDG_DATA_DIRS": place.path + "/none"]
        for name in ["http_proxy", "https_proxy"] { environment[name] = "http://127.0.0.1:9" }
        let result = try place.run(
            "demo", "--epochs", "1", "--limit", "64", "--threads", "1", "--run", "run",
            environment: environment)
        #expect(result.code == 0, "\(result.problem)")
        #expect(
            result.output.hasPrefix("fashion-mnist is neither installed nor to be downloaded:\n  "))
        #expect(result.output.contains("\nThis demo trains on fashion-mnist-small instead, "))
        #expect(result.output.contains("Test accuracy "))
        #expect(result.output.contains(" evaluate --weights run --data fashion-mnist-small\n"))
        #expect(result.output.contains(" --run runs/wrn-16-2 \\\n    --epochs 10 "))
    }

    @Test("writes lines of JSON with the model's answers")
    func writesJSON() throws {
        struct Line: Decodable {
            let event: String
            let label: String?
        }
        let place = try TrainingPlace()
        let result = try place.run(Self.arguments + ["--run", "here", "--json"])
        let lines = try result.output.split(separator: "\n").map {
            try decoded(Line.self, from: String($0))
        }
        #expect(
            lines.map(\.event) == ["start", "epoch", "finished"]
                + [String](repeating: "answer", count: 4))
        #expect(lines.compactMap(\.label) == ["0", "1", "2", "3"])
        #expect(try place.contents().contains("here/model.safetensors"))
    }
}
