// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNArchive
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("Gzip files")
struct GzipTests {
    @Test("Several members are joined, and zero padding after them is passed over")
    func joinsMembers() throws {
        let unpacked = try Gzip.unpack(DataFixture.bytes("two-members.gz"))
        #expect(String(decoding: unpacked.bytes, as: UTF8.self) == "first,second")
    }

    @Test("A file cut off anywhere is said to be cut off, and never yields data")
    func rejectsEveryTruncation() throws {
        let whole = try DataFixture.bytes("idx/t10k-labels-idx1-ubyte.gz")
        for count in 0..<whole.count {
            let part = NamedBytes(name: "labels.gz", Array(whole.bytes.prefix(count)))
            expectError(.truncated, "labels.gz", "cut off") { try Gzip.unpack(part) }
        }
    }

    @Test("The message says where the data end")
    func truncationMessage() throws {
        let whole = try DataFixture.bytes("zeros.gz")
        let part = NamedBytes(name: "zeros.gz", Array(whole.bytes.prefix(1000)))
        expectError(.truncated, at: 1000, "byte offset 1000") { try Gzip.unpack(part) }
    }

    @Test("A bomb stops at the limit")
    func rejectsBomb() throws {
        let bomb = try DataFixture.bytes("zeros.gz")
        expectError(.tooLarge, "more than 1000000 bytes") {
            try Gzip.unpack(bomb, limit: 1_000_000)
        }
        #expect(try Gzip.unpack(bomb, limit: 1 << 20).count == 1 << 20)
    }

    @Test("A flipped bit in the checksum is found")
    func rejectsWrongChecksum() throws {
        let damaged = try DataFixture.bytes("idx/t10k-labels-idx1-ubyte.gz").changed {
            $0[$0.count - 8] ^= 1
        }
        expectError(.malformed, "incorrect data check") { try Gzip.unpack(damaged) }
    }

    @Test("A lying length at the end is found, and not trusted before")
    func rejectsWrongLength() throws {
        let damaged = try DataFixture.bytes("idx/t10k-labels-idx1-ubyte.gz").changed {
            $0[$0.count - 1] = 0x3F
        }
        expectError(.malformed, "incorrect length check") { try Gzip.unpack(damaged) }
    }

    @Test("Bytes after the end that are not gzip are refused")
    func rejectsTrailingBytes() throws {
        let whole = try DataFixture.bytes("zeros.gz")
        expectError(.malformed, at: whole.count, "4 bytes that are not gzip data") {
            try Gzip.unpack(whole.changed { $0 += [0, 1, 2, 3] })
        }
    }

    @Test("Bytes that are not gzip at all are refused")
    func rejectsOtherBytes() {
        expectError(.malformed, "damaged") { try Gzip.unpack(NamedBytes([1, 2, 3, 4])) }
    }
}
