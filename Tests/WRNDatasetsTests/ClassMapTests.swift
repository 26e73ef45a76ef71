// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets
@testable import WRNFetch

@Suite("Class maps")
struct ClassMapTests {
    private func map(_ text: String) throws -> [[String]] {
        try ClassMap(NamedBytes(Array(text.utf8))).entries.map { [$0.folder, $0.name] }
    }

    @Test("Lines give folders their numbers and names")
    func readsLines() throws {
        let text = "# a comment\nn02, tabby cat, indoors\r\n\nn01\tgoldfish, carp\nplain\n"
        #expect(
            try map(text) == [
                ["n02", "tabby cat, indoors"], ["n01", "goldfish, carp"], ["plain", "plain"],
            ])
    }

    @Test("Numbers count where a folder is called by its own, and names of folders are names")
    func readsNumbers() throws {
        #expect(try map("0,0\n1,2\n2,1\n") == [["0", "0"], ["2", "2"], ["1", "1"]])
        #expect(try map("cat,1\n0,0\n") == [["0", "0"], ["cat", "cat"]])
        #expect(try map("2,2\n0,0\n1,1\n") == [["0", "0"], ["1", "1"], ["2", "2"]])
        // There is no class 10 of four.
        #expect(
            try map("0,0\n1,1\n10,10\n2,2\n")
                == [["0", "0"], ["1", "1"], ["10", "10"], ["2", "2"]])
        #expect(try map("2\n0\n1\n") == [["2", "2"], ["0", "0"], ["1", "1"]])
        expectError(.inconsistent, "0 to 2, once each") { try map("0,0\n1,5\n2,1\n") }
    }

    @Test("Semicolons separate where each line has one before any comma")
    func readsSemicolons() throws {
        #expect(
            try map("folder;name\ncat;Katze, groß\n\"a;b\";Hund\n")
                == [["cat", "Katze, groß"], ["a;b", "Hund"]])
        #expect(try map("b;1\na;0\n") == [["a", "a"], ["b", "b"]])
        #expect(try map("cat,a; b\ndog,c\n") == [["cat", "a; b"], ["dog", "c"]])
        #expect(try map("a;b\nc\n") == [["a;b", "a;b"], ["c", "c"]])
    }

    @Test("A JSON object gives names, or numbers")
    func readsJSON() throws {
        #expect(
            try map(#" {"b": "bee", "a": "ant", "é": "e"}"#)
                == [["a", "ant"], ["b", "bee"], ["é", "e"]])
        #expect(try map(#"{"b": 0, "c": 1, "a": 2}"#) == [["b", "b"], ["c", "c"], ["a", "a"]])
        #expect(try map(#"{"a": "1", "b:": "\":2"}"#) == [["a", "1"], ["b:", "\":2"]])
    }

    @Test("What is no map is refused with its reason")
    func rejectsOthers() {
        let cases: [(String, DataError.Code, String)] = [
            ("", .malformed, "empty"), ("{}", .malformed, "empty"),
            ("a,x\na,y", .inconsistent, "'a' twice"), ("a,\n", .malformed, "empty name"),
            ("a/b", .malformed, "slash"), ("[1]", .malformed, "no JSON object"),
            (#"{"a": 1.5}"#, .malformed, "no JSON object"),
            (#"{"a": true}"#, .malformed, "no JSON object"),
            (#"{"a": "x", "b": 0}"#, .inconsistent, "0 to 1"),
            (#"{"a": 0, "b": 2}"#, .inconsistent, "1 is missing"),
            (#"{"a": 0, "b": 0}"#, .inconsistent, "1 is missing"),
            ("a,3\nb,1\nc,2\n", .inconsistent, #"0 is missing; where they are the classes' names"#),
            ("a,0\nb,1\nc,1\n", .inconsistent, #"{"a": "0", ...}"#),
            (#"{"a": "x", "b": "y:z", "a": "\": :"}"#, .inconsistent, "3 folders, of which 2"),
            ("{", .malformed, "no JSON object"),
            (String(repeating: "a", count: 1001), .tooLarge, "1001 bytes"),
            (String(repeating: "[", count: 100_000), .malformed, "no JSON object"),
        ]
        for (text, code, words) in cases { expectError(code, words) { try map(text) } }
        expectError(.malformed, "not UTF-8") { try ClassMap(NamedBytes([0x61, 0xFF])) }
    }

    @Test("A map numbers the classes of a folder")
    func numbersClasses() throws {
        let directory = try TemporaryDirectory()
        try directory.writePictures([
            "data/a/1.png", "data/a/2.png", "data/b/1.png", "data/b/2.png",
        ])
        let images = try images(directory, "b,bee\na,ant\n")
        #expect(images.classNames == ["bee", "ant"])
        #expect(
            images.labels.indices.map { images.title(of: $0).contains("/b/") } == [true, false])
        expectError(.inconsistent, "does not have 'b'") { try self.images(directory, "a") }
        expectError(.notFound, "no images ('c')") { try self.images(directory, "a\nb\nc") }
        expectError(.notFound, "/no/map") {
            try ImageFiles(
                directory.path + "/data", .train, options: ImageFileOptions(classMap: "/no/map"))
        }
    }

    @Test("A byte-order mark, titles of columns, quotes and numbers are what spreadsheets write")
    func readsSpreadsheets() throws {
        #expect(
            try map("\u{FEFF}cat,Katze\r\ndog,Hund\r\n") == [["cat", "Katze"], ["dog", "Hund"]])
        #expect(
            try map("\u{FEFF}{\"b\": \"bee\", \"a\": \"ant\"}") == [["a", "ant"], ["b", "bee"]])
        #expect(try map("folder,name\ncat,Katze\n") == [["cat", "Katze"]])
        #expect(try map("\u{FEFF}Class\tLabel\ncat\tKatze\n") == [["cat", "Katze"]])
        #expect(try map("label,index\nb,1\na,0\n") == [["a", "a"], ["b", "b"]])
        #expect(
            try map("\"cat, wild\",\"a \"\"big\"\" cat\"\ndog,\"Hund\"\n")
                == [["cat, wild", "a \"big\" cat"], ["dog", "Hund"]])
        #expect(try map("class,name") == [["class", "name"]])
        expectError(.unsupported, "UTF-16", "UTF-8") {
            try ClassMap(NamedBytes([0xFF, 0xFE, 0x63, 0, 0x61, 0]))
        }
        // Titles are a class where there is such a folder.
        let directory = try TemporaryDirectory()
        try directory.writePictures(["data/class/1.png", "data/cat/1.png"])
        #expect(try images(directory, "class,name\ncat,Katze").classNames == ["name", "Katze"])
    }

    private func images(_ directory: TemporaryDirectory, _ map: String) throws -> ImageFiles {
        let path = try directory.write("map", map.utf8)
        return try ImageFiles(
            directory.path + "/data", .train, options: ImageFileOptions(classMap: path))
    }
}
