// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNRuns

@testable import wrn

@Suite("Formatting")
struct FormattingTests {
    @Test("a table cuts its first column in the middle, and no other")
    func table() {
        var table = Table([("name", .left), ("n", .right)])
        table.add(["a.very.long.name", "1"])
        table.add(["b", "123"])
        #expect(
            table.lines(width: 80) == [
                "name                n", "a.very.long.name    1", "b                 123",
            ])
        #expect(
            table.lines(width: 15) == ["name          n", "a.ve..name    1", "b           123"])
    }

    @Test("wide characters count two columns")
    func wideCharacters() {
        var table = Table([("name", .left), ("n", .right)])
        table.add(["붉은 것입니다", "1"])
        table.add(["b", "123"])
        #expect(
            table.lines(width: 80) == [
                "name             n", "붉은 것입니다    1", "b              123",
            ])
        #expect(
            table.lines(width: 13) == ["name      n", "붉..다    1", "b       123"])
        #expect(wrapped("가나다 라마 바", width: 9) == ["가나다", "라마 바"])
    }

    @Test("another column gives way where it is told to")
    func yielding() {
        var table = Table([("#", .right), ("name", .left), ("n", .right)], yielding: [1])
        table.add(["10", "a.very.long.name", "1"])
        #expect(table.lines(width: 17) == [" #  name        n", "10  a.ve..name  1"])
    }

    @Test("what is piped is never cut, however long")
    func piped() {
        let name = String(repeating: "long.", count: 60)
        var table = Table([("name", .left), ("n", .right)])
        table.add([name, "1"])
        let lines = table.lines(width: TextWidth(columns: 80, isFixed: false))
        #expect(lines[1] == name + "  1")
        #expect(!Terminal(isInteractive: false, systemWidth: 0, environment: [:]).textWidth.isFixed)
        #expect(Terminal(isInteractive: true, systemWidth: 40, environment: [:]).textWidth == 40)
    }

    @Test("names that are cut on a terminal can still be told apart")
    func distinct() {
        func cells(_ names: [String], width: TextWidth) -> [String] {
            var table = Table([("", .left)])
            for name in names { table.add([name]) }
            return Array(table.lines(width: width).dropFirst())
        }
        // They differ in the middle, at the beginning, at the end, and only when nearly whole.
        for names in [
            ["group1.block0.conv1.weight", "group1.block3.conv1.weight"],
            ["a.very.long.name.of.a.run", "b.very.long.name.of.a.run"],
            ["a.very.long.name.of.run.1", "a.very.long.name.of.run.2"],
            [
                "abcdefghijklmnopqrstuvwxyz", "abcdefghijklMnopqrstuvwxyz",
                "abcdefghijklmnopqrstuvwxYz",
            ],
        ] {
            for width in [8, 10, 12, 20] {
                let shown = cells(names, width: TextWidth(columns: width, isFixed: true))
                #expect(Set(shown).count == names.count, "\(shown)")
            }
        }
        #expect(cells(["aaaaaaaaaaaaaaa1", "b"], width: 8) == ["aaa..aa1", "b"])
        // Equal cells stay equal.
        let equal = cells(["0123456789abcdef", "0123456789abcdef"], width: 8)
        #expect(equal[0] == equal[1] && equal[0].count == 8)
    }

    @Test("text is made printable before it is cut, so that no cell is wider than it may be")
    func cutsPrintable() {
        let names = ["one\u{1B}[31mred", "two\u{7}\u{7}\u{7}\u{7}"]
        let cut = Table.shortened(names, to: 12)
        #expect(cut.allSatisfy { $0.count <= 12 }, "\(cut)")
        #expect(Table.shortened(["\u{1B}123456", "x"], to: 8) == ["\\u{..456", "x"])
    }

    @Test("columns give way in their order, and only as far as is needed")
    func order() {
        var table = Table([("a", .left), ("b", .left), ("c", .left)], yielding: [2, 1])
        table.add(["12345678901234567890", "abcdefghijklmnopqrst", "ABCDEFGHIJKLMNOPQRST"])
        #expect(table.lines(width: 60)[1].hasSuffix("ABCDEFG..NOPQRST"))
        let narrow = table.lines(width: 44)[1]
        #expect(
            narrow.hasPrefix("12345678901234567890  ")
                && narrow.hasSuffix("  abcde..pqrst  ABC..RST"))
        #expect(narrow.count <= 44)
    }

    @Test("text breaks between words, and in a command only where no line holds the command")
    func wraps() {
        let text = "Better weights, if there is time: 'wrn weights get a.b.c' (12 MB), then more."
        #expect(
            wrapped(text, width: 48, indentation: "  ") == [
                "  Better weights, if there is time:",
                "  'wrn weights get a.b.c' (12 MB), then more.",
            ])
        #expect(
            wrapped(text, width: 20) == [
                "Better weights, if", "there is time: 'wrn", "weights get a.b.c'",
                "(12 MB), then more.",
            ])
        // What no mark ends is text.
        #expect(wrapped("see 'wrn weights", width: 12) == ["see 'wrn", "weights"])
    }

    @Test("the learning rate in an advice is a number that --lr takes, in few digits")
    func advisedRate() {
        // The last is more than float32 holds.
        for (rate, text) in [
            (0.7 / 10, "0.07"), (300, "300"), (1e-9, "1e-09"), (1e308 / 10, "1e+307"),
        ] as [(Double, String)] {
            let error = TrainingError(.diverged, "x", advice: .learningRate(rate))
            #expect(OptionAdvice.text(for: error) == "--lr " + text)
        }
    }
}
