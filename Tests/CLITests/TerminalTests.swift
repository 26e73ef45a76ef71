// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages

@testable import wrn

@Suite("The terminal")
struct TerminalTests {
    private func colours(_ environment: [String: String], isInteractive: Bool = true)
        -> Terminal.Colours
    {
        Terminal(isInteractive: isInteractive, systemWidth: 0, environment: environment).colours
    }

    @Test("colours follow TERM, COLORTERM and NO_COLOR")
    func colours() {
        #expect(colours(["TERM": "xterm-256color"]) == .indexed)
        #expect(colours(["TERM": "xterm-256color", "COLORTERM": "truecolor"]) == .full)
        #expect(colours(["TERM": "xterm", "COLORTERM": "24bit"]) == .full)
        #expect(colours(["TERM": "xterm-direct"]) == .full)
        #expect(colours(["TERM": "vt100"]) == .none)
        #expect(colours(["TERM": "dumb", "COLORTERM": "truecolor"]) == .none)
        #expect(colours([:]) == .none)
        #expect(colours(["TERM": "xterm-256color", "NO_COLOR": "1"]) == .none)
        #expect(colours(["TERM": "xterm-256color", "NO_COLOR": ""]) == .indexed)
        #expect(
            colours(["TERM": "xterm-256color", "COLORTERM": "truecolor"], isInteractive: false)
                == .none)
    }

    @Test("the width is the system's, else COLUMNS, else 80")
    func width() {
        func width(_ system: Int, _ columns: String?) -> Int {
            Terminal(
                isInteractive: true, systemWidth: system,
                environment: columns.map { ["COLUMNS": $0] } ?? [:]
            ).width
        }
        #expect(width(100, "50") == 100)
        #expect(width(0, "50") == 50)
        #expect(width(0, nil) == 80)
        #expect(width(0, "0") == 80)
        #expect(width(0, "wide") == 80)
        #expect(width(0, "-3") == 80)
    }

    @Test("a grey picture has two rows in a line")
    func halfBlocks() {
        // 3 rows of 2 pixels: the third row stands for its missing neighbour, too.
        let picture = TerminalPicture(
            PixelImage(height: 3, width: 2, channels: 1, pixels: [0, 255, 255, 0, 128, 128]),
            maximumColumns: 10)
        #expect(
            picture.lines(.full) == [
                "\u{1B}[38;2;0;0;0;48;2;255;255;255m▀\u{1B}[38;2;255;255;255;48;2;0;0;0m▀\u{1B}[0m",
                "\u{1B}[38;2;128;128;128;48;2;128;128;128m▀▀\u{1B}[0m",
            ])
        #expect(picture.lines(.none) == ["==", "=="])
        #expect(picture.lines(.indexed)[1] == "\u{1B}[38;5;244;48;5;244m▀▀\u{1B}[0m")
    }

    @Test("a colour picture has its colours, and brightness as text")
    func colourPicture() {
        let picture = TerminalPicture(
            PixelImage(
                height: 2, width: 2, channels: 3,
                pixels: [255, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0]),
            maximumColumns: 10)
        #expect(
            picture.lines(.full) == [
                "\u{1B}[38;2;255;0;0;48;2;255;255;255m▀\u{1B}[38;2;0;0;255;48;2;0;0;0m▀\u{1B}[0m"
            ])
        #expect(
            picture.lines(.indexed) == [
                "\u{1B}[38;5;196;48;5;231m▀\u{1B}[38;5;21;48;5;16m▀\u{1B}[0m"
            ])
        #expect(picture.lines(.none) == ["+ "])
    }

    @Test("a wide picture shrinks by means")
    func shrinks() {
        let picture = TerminalPicture(
            PixelImage(height: 2, width: 3, channels: 1, pixels: [0, 100, 200, 0, 100, 200]),
            maximumColumns: 2)
        #expect(
            picture.lines(.full) == [
                "\u{1B}[38;2;50;50;50;48;2;50;50;50m▀\u{1B}[38;2;200;200;200;48;2;200;200;200m▀\u{1B}[0m"
            ])
    }

    @Test("black, white and greys are the nearest of 256 colours")
    func indices() {
        func index(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
            Pixel(red: red, green: green, blue: blue).index
        }
        #expect(index(0, 0, 0) == 16)
        #expect(index(255, 255, 255) == 231)
        #expect(index(8, 8, 8) == 232)
        #expect(index(238, 238, 238) == 255)
        #expect(index(95, 135, 175) == 67)
        #expect(index(128, 128, 128) == 244)
    }
}
