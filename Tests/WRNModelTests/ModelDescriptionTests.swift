// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNModel
import WRNTensorFiles
import WRNTestSupport

@Suite("Descriptions that nobody vouched for")
struct ModelDescriptionTests {
    private let valid =
        #"{"architecture":"wrn-10-1","classNames":[],"classes":10,"dropout":0,"inputChannels":3,"#
        + #""inputHeight":32,"inputWidth":32,"mean":[0,0,0],"standardDeviation":[1,1,1]}"#

    private func read(_ json: String) throws -> Result<ModelDescription, CheckpointError> {
        try withTemporaryDirectory { directory in
            let path = directory + "/m"
            try Safetensors.write([NamedTensor](), metadata: ["wide-resnet": json], to: path)
            do throws(CheckpointError) {
                return .success(try ModelFile(readingFrom: path).description)
            } catch {
                return .failure(error)
            }
        }
    }

    private func refusal(_ json: String) throws -> String? {
        switch try read(json) {
        case .success: return nil
        case .failure(let error):
            #expect(error.code == .invalidDescription)
            return String(error.message.dropFirst(error.file.count))
        }
    }

    @Test("a valid one is read; what a later version adds is ignored")
    func readsValid() throws {
        #expect(try read(valid).get() == .small(mean: [0, 0, 0], standardDeviation: [1, 1, 1]))
        let later = valid.replacing(#""classes":10"#, with: #""classes":10,"later":{"a":[1]}"#)
        #expect(try read(later).get() == .small(mean: [0, 0, 0], standardDeviation: [1, 1, 1]))
    }

    @Test(
        "each field has a range, and the message names field, range and value",
        arguments: [
            (
                #""wrn-10-1""#, #""""#,
                #"architecture of 1 to 64 letters, digits, dots and hyphens, found """#
            ),
            (#""wrn-10-1""#, #""wrn 10\u001b[2J""#, #"dots and hyphens, found "wrn 10\u{1b}[2J""#),
            (#""classes":10"#, #""classes":0"#, "expected classes in 1...1000000, found 0"),
            (
                #""classes":10"#, #""classes":9223372036854775807"#,
                "expected classes in 1...1000000, found 9223372036854775807"
            ),
            (#""classes":10"#, #""classes":-1"#, "found -1"),
            (
                #""inputChannels":3"#, #""inputChannels":0"#,
                "expected inputChannels in 1...1024, found 0"
            ),
            (
                #""inputHeight":32"#, #""inputHeight":65537"#,
                "expected inputHeight in 1...65536, found 65537"
            ),
            (
                #""inputWidth":32"#, #""inputWidth":-3"#,
                "expected inputWidth in 1...65536, found -3"
            ),
            (
                #""dropout":0"#, #""dropout":1"#,
                "expected dropout at least 0 and below 1, found 1.0"
            ),
            (#""dropout":0"#, #""dropout":-0.1"#, "found -0.1"),
            (
                "[]", #"["cat"]"#,
                "expected classNames to be none or one for each of the 10 classes, found 1"
            ),
            (
                "[0,0,0]", "[0,0]",
                "expected mean to have one number for each of the 3 input channels, found 2"
            ),
            (
                "[1,1,1]", "[1,1,1,1]",
                "expected standardDeviation to have one number for each of the 3 input channels, found 4"
            ),
            ("[1,1,1]", "[1,0,1]", "expected standardDeviation above 0 and finite, found 0.0"),
            ("[1,1,1]", "[1,-1,1]", "found -1.0"),
            (
                "[0,0,0]", "[0,1e39,0]",
                "expected an object of JSON whose numbers fit their fields, found something else"
            ),
            (
                #""classes":10"#, #""classes":"10""#,
                "expected Int as classes, found another kind of value"
            ),
            (
                #""classes":10"#, #""classes":1.5"#,
                "expected an object of JSON whose numbers fit their fields, found something else"
            ),
            (#""classes":10"#, #""classes":null"#, "expected Int as classes, found null"),
            (#""classes":10,"#, "", "expected the field classes, found none"),
        ])
    func rejectsImpossible(field: String, replacement: String, message: String) throws {
        let json = valid.replacing(field, with: replacement)
        #expect(json != valid)
        let found = try #require(try refusal(json))
        #expect(found.contains(message), "\(found)")
    }

    @Test(
        "what is no JSON object is refused",
        arguments: ["", "{", "[]", "null", "\"text\"", "{}}", "\0"])
    func rejectsOther(json: String) throws {
        let found = try #require(try refusal(json))
        #expect(found.hasPrefix(": the model's description: expected "))
    }

    @Test("deep nesting is refused")
    func rejectsDeepNesting() throws {
        for opening in ["[", #"{"a":"#] {
            #expect(try refusal(String(repeating: opening, count: 1_000_000)) != nil)
        }
    }
}
