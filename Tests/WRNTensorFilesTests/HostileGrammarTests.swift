// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor
import WRNTensorFiles

@Suite("Headers that are not the prescribed JSON")
struct HostileGrammarTests {
    @Test(
        "what is no object of objects is refused",
        arguments: [
            "{", "{]", #"{"a"}"#, #"{"a":}"#, #"{"a":1}"#, #"{"a":null}"#, #"{"a":[]}"#, "{,}",
            #"{"a":{},}"#, #"{'a':{}}"#, "{a:{}}", #"{"a" {}}"#, #"{"a":{"dtype":"F32",}}"#,
            #"{"__metadata__":[]}"#, #"{"__metadata__":"x"}"#, #"{"__metadata__":{"a":"b"}"#,
            #"{"unfinished"#, #"{"__metadata__":{"a":"b" "c":"d"}}"#, "{//\n}", "{\u{C}}",
        ])
    func rejectsMalformedHeader(header: String) {
        let code = HandmadeFile(header).refusal?.code
        #expect(code == .malformedHeader || code == .invalidTensorFields)
    }

    @Test("deep nesting is refused at its first step and needs no stack")
    func rejectsDeepNesting() {
        let depth = 1_000_000
        let lists = String(repeating: "[", count: depth)
        let objects = String(repeating: #"{"a":"#, count: depth)
        #expect(HandmadeFile(objects).refusal?.code == .invalidTensorFields)
        #expect(HandmadeFile(#"{"a":"# + lists).refusal?.code == .malformedHeader)
        let shape = #"{"a":{"dtype":"F32","shape":"# + lists
        #expect(HandmadeFile(shape).refusal?.code == .invalidShape)
        #expect(HandmadeFile(#"{"__metadata__":{"a":"# + lists).refusal?.code == .invalidMetadata)
    }

    @Test(
        "metadata that is no string is refused",
        arguments: ["1", "null", "true", "{}", "[]", #"["a"]"#, "-1"])
    func rejectsOtherMetadata(value: String) {
        let error = HandmadeFile(#"{"__metadata__":{"key":\#(value)}}"#).refusal
        #expect(error?.code == .invalidMetadata)
        #expect(error?.message.contains(#"expected a string as metadata "key", found "#) == true)
    }

    @Test("bytes that are no UTF-8 are refused wherever they stand")
    func rejectsInvalidUTF8() {
        for bytes: [UInt8] in [
            [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80],
        ] {
            let name = Array(#"{""#.utf8) + bytes + Array(#"":{}}"#.utf8)
            #expect(HandmadeFile(name).refusal?.code == .invalidText)
            let between = Array("{".utf8) + bytes + Array("}".utf8)
            #expect(HandmadeFile(between).refusal?.code == .malformedHeader)
        }
    }

    @Test(
        "escapes that name no character are refused",
        arguments: [
            #"\x"#, #"\u12"#, #"\u12g4"#, #"\ud800"#, #"\udc00"#, #"\ud800\ud800"#,
            #"\udc00\udc00"#, #"\ud800\n"#,
            #"\ud800x"#, #"\U0041"#, "\u{1}", "\n", "\0", #"\u+123"#, "\\u١٢٣٤",
        ])
    func rejectsBadEscapes(text: String) {
        #expect(HandmadeFile(#"{"\#(text)":{}}"#).refusal?.code == .invalidText)
    }

    @Test("all of JSON's escapes are understood")
    func readsEscapes() throws {
        let header = #"{"__metadata__":{"k":"\"\\\/\b\f\n\r\t\u00e9\u20AC\ud83d\ude00\u0000"}}"#
        let archive = try HandmadeFile(header).read()
        #expect(archive.metadata["k"] == "\"\\/\u{8}\u{C}\n\r\té€😀\0")
    }

    @Test("white space between tokens and spaces behind the header are accepted")
    func acceptsWhiteSpace() throws {
        let header =
            "{ \n\"a\"\t:\r{ \"shape\" : [ 1 , 1 ] , \"data_offsets\":[0,4],\"dtype\": \"F32\" } }   "
        let archive = try HandmadeFile(header, dataByteCount: 4).read()
        #expect(archive["a"]?.shape == [1, 1])
    }

    @Test(
        "anything else than spaces behind the header is refused",
        arguments: ["x", "\n", "{}", "  \0", "}"])
    func rejectsPolyglotHeader(tail: String) {
        let error = HandmadeFile("{}" + tail).refusal
        #expect(error?.code == .malformedHeader)
        #expect(
            error?.message.contains("expected only spaces behind the header's closing }") == true)
    }

    @Test("names from outside cannot rewrite the terminal or flood it")
    func quotesNames() {
        let name = "\\u001b[2J" + String(repeating: "x", count: 100_000)
        let error = HandmadeFile("{" + entry(name, shape: "[-1]", offsets: "[0,4]") + "}").refusal
        #expect(error?.message.contains("\u{1B}") == false)
        #expect(error?.message.contains(#""\u{1b}[2Jxxx"#) == true)
        #expect((error?.message.count ?? 0) < 400)
    }
}
