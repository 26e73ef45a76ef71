// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNText

@Suite("Text from outside")
struct TextTests {
    static let hostile: [(String, String)] = [
        ("\u{1B}[2J\u{1B}[31mred", #"\u{1b}[2J\u{1b}[31mred"#),
        ("\u{1B}]0;title\u{7}", #"\u{1b}]0;title\u{7}"#),
        ("a\nwrn: error: forged\r", #"a\u{a}wrn: error: forged\u{d}"#),
        ("tab\there\u{0}\u{7F}", #"tab\u{9}here\u{0}\u{7f}"#),
        ("\u{9B}31m\u{85}", #"\u{9b}31m\u{85}"#),
        ("\u{2028}\u{2029}", #"\u{2028}\u{2029}"#),
        ("\u{202E}gpj.exe\u{2066}\u{200E}\u{FEFF}", #"\u{202e}gpj.exe\u{2066}\u{200e}\u{feff}"#),
        ("\u{E0041}\u{FFFF}\u{10FFFF}", #"\u{e0041}\u{ffff}\u{10ffff}"#),
    ]

    @Test("shows the number of each character that cannot be seen", arguments: hostile)
    func escapes(_ text: String, _ expected: String) {
        #expect(printable(text) == expected)
        #expect(printable(expected) == expected)
        #expect(markupEscaped(text).unicodeScalars.allSatisfy { $0.value >= 0x20 })
        #expect(!csvField(text).unicodeScalars.contains { $0.value < 0x20 })
    }

    @Test(
        "keeps what people write",
        arguments: [
            "Katze", "котёнок", "猫 三毛", "l'été \\ \"so\"", "👩‍👩‍👧 🏴", "e\u{301}\u{A0}%", "\u{FFFD}",
        ])
    func keeps(_ text: String) {
        #expect(Array(printable(text).unicodeScalars) == Array(text.unicodeScalars))
    }

    @Test("leaves nothing below 32 and nothing of C1, whatever the bytes")
    func random() {
        var state: UInt64 = 88_172_645_463_325_252
        for _ in 0..<500 {
            let bytes = (0..<40).map { _ in
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return UInt8(truncatingIfNeeded: state % 3 == 0 ? state & 0x1F : state)
            }
            let text = printable(String(decoding: bytes, as: UTF8.self))
            #expect(
                !text.unicodeScalars.contains {
                    $0.value < 0x20 || (0x7F...0x9F).contains($0.value)
                })
        }
    }

    @Test("is quoted with quotes marked, and cut")
    func quotes() {
        #expect(quoted("a\"b\\c\u{1B}") == #""a\"b\\c\u{1b}""#)
        #expect(
            quoted(String(repeating: "x", count: 81)) == "\"" + String(repeating: "x", count: 80)
                + "...\"")
        #expect(quoted("abc", limit: 3) == "\"abc\"")
    }

    @Test(
        "is a field of CSV on one line that no spreadsheet computes",
        arguments: [
            ("cat", "cat"), ("big, cat", "\"big, cat\""), ("the \"cat\"", "\"the \"\"cat\"\"\""),
            ("two\nlines", #"two\u{a}lines"#), ("=1+1", "'=1+1"),
            ("=HYPERLINK(\"http://x\",\"y\")", "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\""),
            ("@SUM(A1)", "'@SUM(A1)"), ("+1+1", "'+1+1"), ("-2+3", "'-2+3"), ("-cat", "'-cat"),
            ("-", "-"), ("-inf", "'-inf"), ("-0x1p3", "'-0x1p3"), ("＝1+1", "'＝1+1"),
            ("-1.5", "-1.5"), ("+2e-3", "+2e-3"), ("1=1", "1=1"), ("\t=1", #"\u{9}=1"#),
            ("\r=1", #"\u{d}=1"#), ("", ""),
        ])
    func fields(_ text: String, _ expected: String) {
        #expect(csvField(text) == expected)
    }

    @Test("is never a tag in markup")
    func markup() {
        #expect(
            markupEscaped("<b a=\"1\">&\n\u{1B}") == #"&lt;b a=&quot;1&quot;&gt;&amp; \u{1b}"#)
        #expect(markupEscaped("a\n\tb\r", keepsLines: true) == "a\n\tb ")
    }

    @Test("is one word of a shell's command line, which can be pasted")
    func shellWords() {
        #expect(shellWord("runs/demo-2") == "runs/demo-2")
        #expect(shellWord("my run") == "'my run'")
        #expect(shellWord("it's") == "'it'\\''s'")
        #expect(shellWord("") == "''")
        #expect(shellWord("$(x)") == "'$(x)'")
        #expect(shellWord("a\u{1B}'b") == "$'a\\033\\'b'")
        #expect(shellWord("\u{202E}1") == "$'\\342\\200\\2561'")
        // Without a directory before it, it would be read as an option.
        #expect(shellWord("-dd") == "./-dd")
        #expect(shellWord("-a run") == "'./-a run'")
        #expect(shellWord("runs/-dd") == "runs/-dd")
    }

    @Test(
        "takes two columns for each wide character",
        arguments: [
            ("", 0), ("cat", 3), ("猫", 2), ("붉은 것", 7), ("ｶﾀ", 2), ("Ａ", 2), ("котёнок", 7),
            ("e\u{301}", 1), ("👩‍👩‍👧🇰🇷", 4), ("\u{1112}\u{1161}\u{11AB}", 2),
        ])
    func columns(_ text: String, _ count: Int) {
        #expect(columnCount(of: text) == count)
    }

    @Test("is cut to columns at whole characters")
    func cutsToColumns() {
        #expect(beginning(of: "가나다", columns: 3) == "가")
        #expect(beginning(of: "a나다", columns: 3) == "a나")
        #expect(beginning(of: "가나다", columns: 9) == "가나다")
        #expect(ending(of: "가나다", columns: 3) == "다")
        #expect(ending(of: "가나c", columns: 3) == "나c")
        #expect(ending(of: "가나다", columns: 0) == "")
    }

    @Test("finds the name that was meant")
    func suggestions() {
        let names = ["constant", "cosine", "one_cycle", "steps"]
        #expect(NameSuggestions.nearest(to: "cosin", among: names).first == "cosine")
        #expect(NameSuggestions.nearest(to: "onecycle", among: names).first == "one_cycle")
        #expect(NameSuggestions.nearest(to: "STEP", among: names).first == "steps")
        #expect(NameSuggestions.nearest(to: "", among: names).count == 4)
        #expect(NameSuggestions.nearest(to: "x", among: []).isEmpty)
    }
}

@Suite("Names that a mistyped one may have meant")
struct NameSuggestionTests {
    private static let names = ["--batch", "--data", "--k", "--last", "--lr", "--top"]

    @Test("differ in a third of the letters, or go on with them; nothing else is near")
    func near() {
        #expect(NameSuggestions.near("--dat", among: Self.names) == ["--data"])
        #expect(NameSuggestions.near("--dtaa", among: Self.names) == ["--data"])
        #expect(NameSuggestions.near("-lr", among: Self.names) == ["--lr"])
        #expect(NameSuggestions.near("--ba", among: Self.names) == ["--batch"])
        #expect(NameSuggestions.near("--csv", among: Self.names).isEmpty)
        #expect(NameSuggestions.near("--neighbours", among: Self.names).isEmpty)
        #expect(NameSuggestions.near("", among: Self.names).isEmpty)
        #expect(NameSuggestions.near("evaluat", among: ["evaluate", "report"]) == ["evaluate"])
        #expect(NameSuggestions.near("cat", among: ["bat", "car"]) == ["bat", "car"])
        // Two letters that change places are one mistake.
        #expect(NameSuggestions.near("trian", among: ["train", "twins"]) == ["train"])
        #expect(NameSuggestions.near("ab", among: ["ba", "cd"]) == ["ba"])
        #expect(
            NameSuggestions.question(about: "trian", among: ["train", "twins"])
                == "did you mean train?")
        #expect(NameSuggestions.question(about: "bake", among: ["train"]) == nil)
    }
}
