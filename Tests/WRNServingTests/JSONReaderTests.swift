// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import WRNServing

@Suite("The reader of JSON")
struct JSONReaderTests {
    private static func reader(_ text: String) -> JSONReader {
        JSONReader(Array(text.utf8), count: text.utf8.count)
    }

    @Test("numbers have the bits of the standard library")
    func numbers() throws {
        var texts = [
            "0", "-0", "1", "-17", "0.1", "123456789012345", "1234567890123456789012", "1e22",
            "1e23", "-1.5e-22", "2.2250738585072014e-308", "4.9e-324", "1.7976931348623157e308",
            "0.000001234567890123456789", "9007199254740993", "179769313486231570000e288", "1E+2",
            "0.1e-1",
        ]
        var state: UInt64 = 7
        for _ in 0..<300 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Double(bitPattern: state)
            if value.isFinite { texts.append("\(value)") }
            texts.append("\(Float(Int64(bitPattern: state) >> 20) / 1e9)")
        }
        for text in texts {
            var reader = Self.reader(text)
            let found = try reader.number()
            #expect(found.bitPattern == Double(text)?.bitPattern, "\(text)")
            try reader.finish()
        }
    }

    @Test(
        "what RFC 8259 does not allow is refused",
        arguments: [
            "01", "1.", ".5", "+1", "1e", "1e1234567890", "NaN", "Infinity", "1e999", "--1", "1 2",
            "tru", "[1,]", "[,1]", "[1 2]", "{\"a\":}", "{\"a\" 1}", "{a:1}", "{\"a\":1,}", "\"a",
            "\"\u{1}\"", "\"\\x\"", "\"\\u12g4\"", "\"\\ud800\"", "\"\\ud800\\u0041\"",
            "\"\\udc00\"", "", "]",
            String(repeating: "[", count: 100_000),
            String(repeating: "[", count: 17) + String(repeating: "]", count: 17),
            String(repeating: "{\"a\":", count: 20),
        ])
    func refusals(text: String) {
        #expect(throws: Refusal.self) {
            var reader = Self.reader(text)
            try reader.skip()
            try reader.finish()
        }
    }

    @Test("texts are unescaped, and must be UTF-8")
    func texts() throws {
        var reader = Self.reader(#"  "a\"\\\/\b\f\n\r\t\u00e9\ud83d\ude00한" "#)
        #expect(try reader.string() == "a\"\\/\u{8}\u{c}\n\r\t\u{e9}\u{1F600}한")
        try reader.finish()
        var broken = JSONReader([0x22, 0xFF, 0x22], count: 3)
        #expect(throws: Refusal.self) { try broken.string() }
    }

    @Test("a refusal names the member and the place")
    func places() {
        #expect(
            throws: Refusal.invalid(
                "the request is not the JSON of an inference: inputs[1].shape[1]: expected a whole number "
                    + "at byte 28")
        ) {
            var reader = Self.reader(#"{"inputs": [3, {"shape": [2,"x"]}]}"#)
            try reader.object { reader, _ throws(Refusal) in
                try reader.array { reader throws(Refusal) in
                    guard reader.kind() == .object else { return try reader.skip() }
                    try reader.object { reader, _ throws(Refusal) in
                        var shape: [Int] = []
                        try reader.array { reader throws(Refusal) in
                            shape.append(try reader.integer())
                        }
                    }
                }
            }
        }
    }
}
