// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("Pickles of plain data")
struct PickleTests {
    @Test("Every protocol gives the same values", arguments: 0...5)
    func readsEveryProtocol(_ version: Int) throws {
        let document = try PickleReader.read(DataFixture.bytes("pickles/protocol\(version).pickle"))
        let numbers = (32..<44).map { UInt8($0) }
        for key in ["data", "column_major"] {
            let array = try #require(document.value(of: key).flatMap(document.array))
            #expect(array.shape == [3, 4])
            #expect(Array(array.rowMajorBytes) == numbers, "\(key)")
        }
        let labels = try #require(document.value(of: "labels").flatMap(document.items))
        #expect(labels == [0, 255, 256, 65536, -1, 1 << 40, -(1 << 40)].map { .int($0) })
        let names = try #require(document.value(of: "names").flatMap(document.items))
        let texts = names.map { document.string($0).map { String(decoding: $0, as: UTF8.self) } }
        #expect(texts == ["one", "two words", "it's", ""])
        let tuple = try #require(document.value(of: "tuple").flatMap(document.items))
        #expect(Array(tuple.prefix(4)) == [.none, .bool(true), .bool(false), .float(1.5)])
        #expect(tuple.dropFirst(4).map { document.items($0)?.count } == [0, 1, 2, 3, 4])
        #expect(document.value(of: "absent") == nil)
    }

    @Test("Python 3's way of writing bytes in protocol 2 is undone")
    func decodesLatin1() throws {
        let document = try PickleReader.read(DataFixture.bytes("pickles/latin1.pickle"))
        let array = try #require(document.value(of: "data").flatMap(document.array))
        #expect(Array(array.rowMajorBytes) == (128...255).map { UInt8($0) })
    }

    @Test("The text protocol of Python 2 is read")
    func readsPython2Text() throws {
        let document = try PickleReader.read(DataFixture.bytes("pickles/python2-text.pickle"))
        #expect(document.value(of: "num_vis") == .int(3072))
        let names = try #require(document.value(of: "label_names").flatMap(document.items))
        #expect(names.count == 10)
        #expect(names.first.flatMap(document.string).map(Array.init) == Array("airplane".utf8))
    }

    @Test("A later value of a key replaces an earlier one, as in Python")
    func laterKeysWin() throws {
        let document = try PickleReader.read(NamedBytes(Array("(dS'a'\nI1\nsS'a'\nI2\ns.".utf8)))
        #expect(document.value(of: "a") == .int(2))
    }

    @Test("Integers have their sign and their size")
    func integers() throws {
        let cases: [([UInt8], Int)] = [
            ([0x8A, 0], 0), ([0x8A, 1, 0xFF], -1), ([0x8A, 2, 0xFF, 0], 255),
            ([0x8A, 8, 0, 0, 0, 0, 0, 0, 0, 0x80], .min), ([0x4A, 0, 0, 0, 0x80], -(1 << 31)),
            ([0x8B, 1, 0, 0, 0, 5], 5), (Array("L12L\n".utf8), 12), (Array("I-7\n".utf8), -7),
        ]
        for (bytes, expected) in cases {
            #expect(try PickleReader.read(NamedBytes(bytes + [0x2E])).root == .int(expected))
        }
    }
}
