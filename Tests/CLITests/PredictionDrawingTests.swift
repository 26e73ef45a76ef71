// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNImages
import WRNInference

@testable import wrn

@Suite("What wrn predict draws")
struct PredictionDrawingTests {
    private let predictions = [
        Prediction(classIndex: 0, className: "sign with a long name", probability: 0.75),
        Prediction(classIndex: 1, className: "dog", probability: 0.2),
        Prediction(classIndex: 2, className: "cat", probability: 0.05),
    ]

    private func terminal(
        _ width: Int, _ height: Int, _ environment: [String: String] = [:],
        isInteractive: Bool = true
    ) -> Terminal {
        Terminal(
            isInteractive: isInteractive, systemWidth: width, systemHeight: height,
            environment: environment)
    }

    private func image(_ height: Int, _ width: Int) -> PixelImage {
        PixelImage(
            height: height, width: width, channels: 1,
            pixels: [UInt8](repeating: 255, count: height * width))
    }

    private func drawing(
        _ image: PixelImage, named heading: String = "photos/cat/1.jpg", on terminal: Terminal,
        count: Int = 1
    ) -> [String] {
        PredictionDrawing(heading, predictions, on: terminal, count: count).lines(image)
            .map(\.description)
    }

    @Test(
        "fits the screen with the prompt's line and an empty one, whatever the picture's shape",
        arguments: [(80, 24), (132, 50), (60, 12), (40, 20), (30, 24), (200, 8)],
        [(224, 224), (3000, 400), (400, 3000), (32, 32), (1, 1)])
    func fits(_ screen: (Int, Int), _ size: (Int, Int)) {
        let terminal = terminal(screen.0, screen.1)
        let lines = drawing(image(size.0, size.1), on: terminal)
        #expect(lines.count <= screen.1 - 2)
        #expect(lines.allSatisfy { $0.count <= screen.0 })
        #expect(lines.contains { $0.contains("photos/cat/1.jpg") })
        #expect(lines.contains { $0.contains("75.00 %") })
    }

    @Test("two of several are on the screen together")
    func several() {
        let lines = drawing(image(224, 224), on: terminal(80, 24), count: 4)
        #expect(2 * (lines.count + 1) <= 23)
        #expect(lines[0].hasSuffix("@  photos/cat/1.jpg"))
    }

    @Test("the words stand beside the picture, which has all lines of a screen of 80 x 24")
    func beside() {
        let lines = drawing(image(224, 224), on: terminal(80, 24))
        // The least factor by which 224 pixels fit 35 columns and 44 half lines is 7.
        let row = String(repeating: "@", count: 32)
        #expect(lines.count == 16)
        #expect(lines[0] == row + "  photos/cat/1.jpg")
        #expect(lines[1] == row)
        #expect(lines[2] == row + "  sign with a long name   75.00 % ##########")
        #expect(lines[3] == row + "  dog                     20.00 % ###")
        #expect(lines[5...].allSatisfy { $0 == row })
    }

    @Test("a long name is broken into lines beside the picture and none of it is lost")
    func longName() {
        let name = "photographs/" + String(repeating: "0123456789", count: 9) + ".jpg"
        let lines = drawing(image(224, 224), named: name, on: terminal(80, 24))
        let words = lines.map { String($0.dropFirst(34)) }
        #expect(words.prefix(3).joined() == name)
        #expect(words[3].isEmpty)
        #expect(lines.allSatisfy { $0.count <= 80 })
    }

    @Test("on a narrow terminal the name is above and the classes below, all on the screen")
    func narrow() {
        let lines = drawing(image(224, 224), on: terminal(40, 20))
        #expect(lines.count <= 18)
        #expect(lines.first == "photos/cat/1.jpg")
        #expect(lines.suffix(3).map { $0.prefix(3) } == ["sig", "dog", "cat"])
    }

    @Test("where no terminal is, the picture is as high as it is")
    func piped() {
        let lines = drawing(image(64, 32), on: terminal(0, 0, isInteractive: false))
        #expect(lines.count == 1 + 32 + 3)
        #expect(lines[0] == "photos/cat/1.jpg")
    }

    @Test("names cannot move the cursor")
    func controls() {
        let drawn = drawing(image(8, 8), named: "a\u{1B}[2J\nb.jpg", on: terminal(80, 24))
        #expect(drawn[0].hasSuffix("  a\\u{1b}[2J\\u{a}b.jpg"))
    }

    @Test("the height is the system's, else LINES, else 24; there is none without a terminal")
    func height() {
        #expect(terminal(80, 50, ["LINES": "30"]).height == 50)
        #expect(terminal(0, 0, ["LINES": "30"]).height == 30)
        #expect(terminal(0, 0).height == 24)
        #expect(terminal(0, 0, ["LINES": "0"]).height == 24)
        #expect(terminal(80, 50, isInteractive: false).height == nil)
    }
}
