// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("Pickles that attack")
struct PickleAttackTests {
    private func read(_ bytes: [UInt8]) throws -> PickleDocument {
        try PickleReader.read(NamedBytes(bytes))
    }

    private func read(_ text: String) throws -> PickleDocument {
        try read(Array(text.utf8))
    }

    @Test("A call of the shell is refused by name, in both ways to write it")
    func rejectsShell() {
        expectError(.unsupported, at: 0, "'os.system'", "nothing of it was run") {
            try read("cos\nsystem\n(S'echo'\ntR.")
        }
        let stackGlobal: [UInt8] =
            [0x80, 4, 0x8C, 5] + Array("posix".utf8) + [0x8C, 6] + Array("system".utf8)
            + [0x93, 0x2E]
        expectError(.unsupported, at: 17, "'posix.system'") { try read(stackGlobal) }
    }

    @Test(
        "A permitted module does not permit its other names",
        arguments: ["numpy\nload", "numpy\n", "numpy.core.multiarray\nfromfile", "_codecs\ndecode"])
    func rejectsOtherNames(_ name: String) {
        expectError(.unsupported, at: 0) { try read("c\(name)\n.") }
    }

    @Test(
        "Instructions that build objects are refused",
        arguments: [
            "i", "o", "\u{81}", "\u{92}", "P", "Q", "\u{82}", "\u{83}", "\u{84}", "\u{8F}",
            "\u{90}", "\u{91}", "\u{97}", "\u{98}", "\u{FF}", "\u{00}",
        ])
    func rejectsInstructions(_ instruction: String) throws {
        let code = UInt8(try #require(instruction.unicodeScalars.first).value)
        expectError(.unsupported, at: 1, "0x" + String(code, radix: 16)) {
            try read([0x4E, code, 0x2E])
        }
    }

    @Test("Bytes after the end, and values left over, are refused")
    func rejectsLeftovers() {
        expectError(.malformed, at: 2, "1 bytes follow") { try read("N.N") }
        expectError(.malformed, "left over") { try read("NN.") }
        expectError(.malformed, "0 values and 1 marks left over") { try read("(N.") }
        expectError(.malformed, "stack is empty") { try read("N(.") }
        expectError(.malformed, "stack is empty") { try read(".") }
    }

    @Test("A stack or a mark that is not there is an error", arguments: ["0", "1", "2", "R", "b"])
    func rejectsEmptyStack(_ instruction: String) {
        expectError(.malformed, at: 0) { try read(instruction + ".") }
        expectError(.malformed) { try read("N(" + instruction + instruction + ".") }
    }

    @Test("A length past the end is refused before anything is allocated")
    func rejectsLyingLengths() {
        let most: [UInt8] = [0xFF, 0xFF, 0xFF, 0xFF]
        for code: UInt8 in [0x54, 0x42, 0x58, 0x8B] {
            expectError(.truncated, at: 5, "4294967295 bytes") { try read([code] + most) }
        }
        for code: UInt8 in [0x8D, 0x8E, 0x96] {
            expectError(.malformed, "out of range") { try read([code] + most + most) }
            expectError(.truncated) { try read([code] + most + [0xFF, 0xFF, 0xFF, 0x7F]) }
        }
    }

    @Test("A list that holds itself is read without harm")
    func survivesCycle() throws {
        let document = try read("]q\u{01}h\u{01}a.")
        #expect(document.items(document.root) == [document.root])
    }

    @Test(
        "Deeply nested tuples neither crash nor hang; a hundred thousand take more memory than so small a file may"
    )
    func survivesNesting() throws {
        func nested(_ count: Int) -> [UInt8] {
            [0x29] + [UInt8](repeating: 0x85, count: count) + [0x2E]
        }
        #expect(try read(nested(10_000)).objects.count == 10_001)
        expectError(.tooLarge, "16 times the file") { try read(nested(100_000)) }
    }

    @Test("Endless marks, values and elements stop at their limits")
    func respectsLimits() {
        let count = PickleReader.maximumStackDepth + 1
        expectError(.tooLarge, "marks") { try read([UInt8](repeating: 0x28, count: count)) }
        expectError(.tooLarge, "stack") { try read([UInt8](repeating: 0x4E, count: count)) }
        // A list appended to itself by thousands through the memo.
        let chunk = [0x28] + [UInt8](repeating: 0x4E, count: 500_000) + [0x65]
        expectError(.tooLarge, "elements") {
            try read([0x5D] + (0..<9).flatMap { _ in chunk } + [0x2E])
        }
    }

    @Test("One large text encoded again and again is stopped")
    func rejectsEncodingBomb() {
        let text =
            Array("X\u{E8}\u{03}\0\0".unicodeScalars.map { UInt8($0.value) })
            + [UInt8](repeating: 65, count: 1000) + Array("q\u{01}0".utf8)
        let call = Array(
            "c_codecs\nencode\nh\u{01}S'latin1'\n\u{86}R0".unicodeScalars
                .map { UInt8($0.value) })
        expectError(.tooLarge, "again and again") {
            try read(text + (0..<50).flatMap { _ in call } + Array("N.".utf8))
        }
    }

    @Test("A memo index that was never set is refused")
    func rejectsUnknownMemo() {
        expectError(.malformed, at: 0, "recalls value 7") { try read("h\u{07}.") }
        expectError(.malformed, "memo index") { try read("g-1\n.") }
    }

    @Test("A numpy array whose shape and data differ is refused")
    func rejectsShapeMismatch() throws {
        let valid = try DataFixture.bytes("pickles/protocol2.pickle")
        // The shape (3, 4) is K 3 K 4 TUPLE2.
        let place = try #require(
            valid.bytes.indices.first { valid.bytes[$0...].starts(with: [0x4B, 3, 0x4B, 4, 0x86]) })
        expectError(.inconsistent, "[3, 5]", "12 bytes") {
            try PickleReader.read(valid.changed { $0[place + 3] = 5 })
        }
    }

    @Test("A numpy array of other numbers is refused by its type")
    func rejectsOtherTypes() {
        expectError(.unsupported, "'i8'", "only unsigned bytes") {
            try read("cnumpy\ndtype\n(S'i8'\nI0\nI1\ntR.")
        }
        expectError(.unsupported, "'O8'") { try read("cnumpy\ndtype\n(S'O8'\nI0\nI1\ntR.") }
    }

    @Test("A state for something that takes none is refused")
    func rejectsStateForList() {
        expectError(.malformed, "a list") { try read("](tb.") }
    }

    @Test("Integers beyond 64 bits are refused")
    func rejectsHugeIntegers() {
        expectError(.malformed, "64 bits") { try read("I99999999999999999999\n.") }
        expectError(.unsupported, "9 bytes") {
            try read([0x8A, 9] + [UInt8](repeating: 1, count: 9) + [0x2E])
        }
        expectError(.tooLarge, "64 bytes") {
            try read("I" + String(repeating: "9", count: 1000) + "\n.")
        }
    }
}
