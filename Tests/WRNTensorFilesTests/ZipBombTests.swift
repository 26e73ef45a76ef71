// SPDX-License-Identifier: Apache-2.0

import CZlib
import Testing
import WRNTensor
import WRNTensorFiles
import WRNTestSupport

@Suite("Attacks by compression")
struct ZipBombTests {
    /// Bytes as bare DEFLATE.
    private func deflated(_ bytes: [UInt8]) throws -> [UInt8] {
        var stream = z_stream()
        let size = Int32(MemoryLayout<z_stream>.size)
        try #require(
            deflateInit2_(
                &stream, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK)
        defer { deflateEnd(&stream) }
        var input = bytes
        var output = [UInt8](repeating: 0, count: bytes.count / 500 + 1000)
        let count = input.withUnsafeMutableBufferPointer { from in
            output.withUnsafeMutableBufferPointer { to in
                stream.next_in = from.baseAddress
                stream.avail_in = UInt32(from.count)
                stream.next_out = to.baseAddress
                stream.avail_out = UInt32(to.count)
                _ = deflate(&stream, Z_FINISH)
                return to.count - Int(stream.avail_out)
            }
        }
        return Array(output.prefix(count))
    }

    private func entry(_ name: String, _ bytes: [UInt8]) throws -> HandmadeArchive.Entry {
        var entry = HandmadeArchive.Entry(name, try deflated(bytes))
        entry.method = 8
        entry.claimedByteCount = bytes.count
        entry.checksum = ZipBuilder.checksum(bytes)
        return entry
    }

    @Test("a packed pickle is read, one that unpacks to a hundred times its file is not")
    func packedPickle() throws {
        var archive = HandmadeArchive(
            pickle: [], storages: [[UInt8](repeating: 0, count: 16)])
        archive.entries[0] = try entry("a/data.pkl", Pickled.one())
        #expect(try archive.read().tensor(named: "w").shape == [4])
        let bomb = Pickled.one() + [UInt8](repeating: 0, count: 4 << 20)
        archive.entries[0] = try entry("a/data.pkl", bomb)
        let error = #expect(throws: CheckpointError.self) { try archive.read() }
        #expect(error?.code == .limitExceeded)
    }

    @Test("a packed storage is refused before it is unpacked")
    func packedStorage() throws {
        var archive = HandmadeArchive(pickle: Pickled.one(count: 1 << 20, shape: [1 << 20]))
        archive.entries.append(try entry("a/data/0", [UInt8](repeating: 0, count: 4 << 20)))
        let error = #expect(throws: CheckpointError.self) { try archive.read() }
        #expect(error?.code == .unsupportedContent)
    }

    @Test("arrays that unpack to more than four times their archive are refused")
    func packedArrays() throws {
        let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (4194304,)}"
        let array =
            [0x93] + Array("NUMPY".utf8) + [1, 0] + little(header.utf8.count, 2)
            + Array(header.utf8) + [UInt8](repeating: 0, count: 4 << 20)
        var archive = HandmadeArchive(pickle: [])
        archive.entries = [try entry("a.npy", array)]
        let error = #expect(throws: CheckpointError.self) {
            try TensorFile.read(archive.bytes, named: "bomb.npz")
        }
        #expect(error?.code == .limitExceeded)
    }

    @Test("an entry that claims more than DEFLATE can make is a lie, found before memory is given")
    func impossibleExpansion() throws {
        var archive = HandmadeArchive(pickle: [])
        archive.entries[0] = try entry("a/data.pkl", Pickled.one())
        archive.entries[0].claimedByteCount = 1 << 30
        let error = #expect(throws: CheckpointError.self) { try archive.read() }
        #expect(error?.code == .contradiction)
    }
}
