// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages

@Suite("wrn predict, out of the box")
struct BundledModelTests {
    /// The first bird of the sample that the model's own tests use, as a photograph of another
    /// size.
    private func photograph(in place: TrainingPlace) throws {
        let sample = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent()
            .appendingPathComponent("WRNInferenceTests/Fixtures/bundled/sample.bin")
        let bytes = [UInt8](try Data(contentsOf: sample))
        let record = 3 * 32 * 32 + 1
        let start = try #require(
            stride(from: 0, to: bytes.count, by: record).first { bytes[$0] == 8 })
        let pixels = (0..<32 * 32).flatMap { place in
            (0..<3).map { bytes[start + 1 + $0 * 32 * 32 + place] }
        }
        let image = PixelImage(height: 32, width: 32, channels: 3, pixels: pixels)
            .resized(height: 96, width: 96, by: .bicubic)
        try place.write(image.png(), to: "my photo.png")
    }

    @Test("classifies a photograph without weights, a configuration or a network")
    func predicts() throws {
        let place = try TrainingPlace()
        try photograph(in: place)
        let result = try Program.run(
            ["predict", "my photo.png", "--top", "1"], in: place.path,
            environment: [
                "HF_HUB_OFFLINE": "1", "HOME": place.path, "HF_ENDPOINT": "not an address",
            ])
        #expect(result.code == 0, "\(result.problem)")
        #expect(result.output.hasPrefix("my photo.png: ship "))
        #expect(try !place.contents().contains { $0.hasPrefix(".cache") })
    }

    @Test("gives its weights away, and says what they are")
    func converts() throws {
        let place = try TrainingPlace()
        let result = try place.run(["convert", "bundled", "model.pth", "--dialect", "authors"])
        #expect(result.code == 0, "\(result.problem)")
        let found = try place.run(["identify", "model.pth"])
        #expect(found.output.contains("wrn-16-2"))
    }

    @Test("is told from a misspelt file where a file is needed")
    func isNoFile() throws {
        let place = try TrainingPlace()
        let result = try place.run(["identify", "bundled"])
        #expect(result.code == 1)
        #expect(
            result.problem
                == "wrn: error: bundled: there is no such file or directory; it is the name of the "
                + "model that is part of the program, and a file is needed here; write the model "
                + "to one ('wrn convert bundled FILE.safetensors' does)\n")
    }
}
