// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNProtobuf

@Suite("Messages of protocol buffers")
struct ProtobufTests {
    private func fields(_ bytes: [UInt8]) throws -> [ProtobufField] {
        var reader = ProtobufReader(bytes[...])
        var fields: [ProtobufField] = []
        while let field = try reader.next() { fields.append(field) }
        return fields
    }

    /// The examples of "Encoding", protobuf.dev/programming-guides/encoding.
    @Test("have the published bytes")
    func published() throws {
        var number = ProtobufMessage()
        number.append(Int64(150), field: 1)
        #expect(number.bytes == [0x08, 0x96, 0x01])
        var text = ProtobufMessage()
        text.append("testing", field: 2)
        #expect(text.bytes == [0x12, 0x07] + Array("testing".utf8))
        var outer = ProtobufMessage()
        outer.append(number, field: 3)
        #expect(outer.bytes == [0x1a, 0x03, 0x08, 0x96, 0x01])
        var negative = ProtobufMessage()
        negative.append(Int64(-2), field: 1)
        #expect(negative.bytes == [0x08, 0xfe] + [UInt8](repeating: 0xff, count: 8) + [0x01])
    }

    @Test("are read as they were written, whatever the size of what is in them")
    func reading() throws {
        let numbers = (0..<20_000).map { Float($0) / 7 }
        var inner = ProtobufMessage()
        inner.append(.floats(numbers), field: 9)
        inner.append(.bytes([1, 2, 3]), field: 10)
        var message = ProtobufMessage()
        message.append(present: Int64(0), field: 1)
        message.append(Int64(0), field: 2)
        message.append(present: Int64.min, field: 3)
        message.append(present: Float(-0.0), field: 4)
        message.append(1.5, field: 5)
        message.append("", field: 6)
        message.append(inner, field: 536_870_911)
        #expect(message.byteCount == message.bytes.count)
        let found = try fields(message.bytes)
        #expect(found.map(\.number) == [1, 3, 4, 5, 6, 536_870_911])
        #expect(try found[0].integer() == 0)
        #expect(try found[1].integer() == .min)
        #expect(try found[2].float().bitPattern == Float(-0.0).bitPattern)
        #expect(try found[3].double() == 1.5)
        #expect(try found[4].text().isEmpty)
        var reader = try found[5].message()
        let block = try #require(try reader.next())
        let bytes = try block.bytes()
        #expect(bytes.count == 80_000)
        let last = bytes.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        #expect(Float(bitPattern: last) == numbers[19_999])
        #expect(try reader.next()?.bytes() == [1, 2, 3])
        #expect(try reader.next() == nil)
    }

    @Test("give packed numbers and single ones alike")
    func packed() throws {
        // Field 4 with 3, 270 and 86942, the published example; field 5 alone.
        let found = try fields([0x22, 6, 0x03, 0x8e, 0x02, 0x9e, 0xa7, 0x05, 0x28, 0x7f])
        #expect(try found[0].integers(limit: 3) == [3, 270, 86_942])
        #expect(try found[1].integers(limit: 1) == [127])
        #expect(throws: ProtobufError.self) { try found[0].integers(limit: 2) }
        // The last number of the list has no end.
        let open = try fields([0x22, 2, 0x03, 0x8e])
        #expect(throws: ProtobufError.self) { try open[0].integers(limit: 9) }
    }

    @Test(
        "are refused with one sentence about the first wrong byte",
        arguments: [
            ([0x80] as [UInt8], 0, "a field's key is cut off at the end of its message"),
            ([0x08], 1, "field 1 is cut off at the end of its message"),
            ([0x08, 1, 0x08, 0x80], 3, "field 1 is cut off at the end of its message"),
            ([0x12, 5, 1], 2, "field 2 needs 5 bytes, but only 1 of its message are left"),
            ([0x09, 1, 2], 1, "field 1 needs 8 bytes, but only 2 of its message are left"),
            ([0x0d, 1, 2, 3], 1, "field 1 needs 4 bytes, but only 3 of its message are left"),
            ([0x00], 0, "expected a field's number in 1...536870911, found 0"),
            ([0x0b], 0, "expected a value of type 0, 1, 2 or 5 for field 1, found type 3"),
            (
                [0x12] + [UInt8](repeating: 0xff, count: 9) + [0x01], 11,
                "field 2 needs 18446744073709551615 bytes, but only 0 of its message are left"
            ),
            (
                [0x08] + [UInt8](repeating: 0xff, count: 9) + [0x02], 1,
                "field 1 does not fit 64 bits"
            ),
            (
                [0x08] + [UInt8](repeating: 0x80, count: 11), 1, "field 1 does not fit 64 bits"
            ),
        ])
    func refusal(_ bytes: [UInt8], _ offset: Int, _ sentence: String) {
        #expect(throws: ProtobufError(byteOffset: offset, sentence: sentence)) {
            try fields(bytes)
        }
    }

    @Test("are refused where a value is of another kind than it should be")
    func kinds() throws {
        let found = try fields([0x08, 1, 0x12, 2, 0xff, 0xfe])
        #expect(
            throws: ProtobufError(
                byteOffset: 0, sentence: "expected bytes in field 1, found an integer")
        ) { try found[0].bytes() }
        #expect(
            throws: ProtobufError(
                byteOffset: 2,
                sentence: "expected text in UTF-8 in field 2, found 2 bytes of another kind")
        ) { try found[1].text() }
        #expect(throws: ProtobufError.self) { try found[1].integer() }
        #expect(throws: ProtobufError.self) { try found[0].float() }
        #expect(throws: ProtobufError.self) { try found[0].double() }
    }
}
