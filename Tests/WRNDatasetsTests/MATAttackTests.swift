// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets
@testable import WRNFetch

@Suite("MATLAB files that attack")
struct MATAttackTests {
    private func read(_ bytes: [UInt8]) throws -> [Int] {
        var pixels: [UInt8] = []
        return try SVHNFile(OpenFile(NamedBytes(bytes)), after: &pixels).labels
    }

    private func file(_ pieces: [UInt8]...) throws -> [Int] {
        var builder = MATBuilder()
        for piece in pieces { builder.add(piece) }
        return try read(builder.bytes)
    }

    private let images = MATBuilder.array("X", [1, 1, 3, 2], [1, 2, 3, 4, 5, 6])
    private let labels = MATBuilder.array("y", [2, 1], [10, 9])

    @Test("The builder's own files are read, in either order, packed or not, beside other arrays")
    func readsHonest() throws {
        let other = MATBuilder.array("z", [1, 1], [1])
        #expect(try file(images, labels) == [0, 9])
        #expect(try file(labels, other, images) == [0, 9])
        #expect(try file(MATBuilder.packed(images), MATBuilder.packed(labels)) == [0, 9])
    }

    @Test("Other versions and byte orders are refused")
    func rejectsOtherVersions() {
        expectError(.unsupported, "version 2.0", "-v7") {
            try read(MATBuilder(version: 2).bytes)
        }
        expectError(.unsupported, "big-endian") { try read(MATBuilder(endian: "MI").bytes) }
        expectError(.malformed, "byte order") { try read(MATBuilder(endian: "XX").bytes) }
        expectError(.truncated, "128 bytes") { try read([1, 2, 3]) }
        expectError(.unsupported, "not a MATLAB file") {
            try read([UInt8](repeating: 0, count: 200))
        }
    }

    @Test(
        "Huge extents are refused before anything is allocated",
        arguments: [
            [1 << 30, 1 << 30, 3, 1 << 30], [32, 32, 3, 0x7FFF_FFFF], [32, 32, 3, -1],
            [65536, 65536, 3, 2], [0, 0, 3, 0], [32, 32, 4, 1], [32, 32],
        ])
    func rejectsHugeExtents(_ extents: [Int]) {
        #expect(throws: DataError.self) {
            try file(MATBuilder.array("X", extents, [1, 2, 3]), labels)
        }
    }

    @Test("A size that the extents or the file contradict is refused")
    func rejectsLyingSizes() {
        expectError(.inconsistent, "expected 9216 unsigned bytes") {
            try file(MATBuilder.array("X", [32, 32, 3, 3], [1, 2, 3]), labels)
        }
        expectError(.inconsistent, "X has 9216 bytes") {
            try file(MATBuilder.array("X", [32, 32, 3, 3], [1, 2, 3], size: 9216), labels)
        }
        expectError(.truncated, "said to have 4294967295 bytes") {
            try file(MATBuilder.array("X", [1, 1, 3, 1], [1, 2, 3], claiming: 0xFFFF_FFFF))
        }
        expectError(.inconsistent, "kind 9") {
            try file(MATBuilder.array("X", [1, 1, 3, 1], [1, 2, 3], kind: 9), labels)
        }
    }

    @Test("Compressed arrays in compressed arrays are refused")
    func rejectsNesting() {
        expectError(.malformed, "compressed twice") {
            try file(MATBuilder.packed(MATBuilder.packed(images)))
        }
    }

    @Test("A compressed array that claims more than it can unpack to is refused")
    func rejectsBomb() {
        expectError(.inconsistent, "cannot unpack") {
            try file(MATBuilder.packed(MATBuilder.piece(14, [1], size: 0x7FFF_FFFF)))
        }
        expectError(.malformed, "bytes follow") {
            try file(MATBuilder.packed(images + [0, 0, 0]), MATBuilder.packed(labels))
        }
    }

    @Test("Labels that are no digits, are too few, or are missing are refused")
    func rejectsLabels() {
        expectError(.malformed, "label 1 is 11") {
            try file(images, MATBuilder.array("y", [2, 1], [1, 11]))
        }
        expectError(.malformed, "label 0 is 0") {
            try file(images, MATBuilder.array("y", [2, 1], [0, 1]))
        }
        expectError(.inconsistent, "2 images, but y has 1 labels") {
            try file(images, MATBuilder.array("y", [1, 1], [1]))
        }
        expectError(.notFound, "found X") { try file(images) }
        expectError(.notFound, "found none") { try file() }
        expectError(.inconsistent, "2 bytes of kind 9") {
            try file(images, MATBuilder.array("y", [2, 1], [1, 2], kind: 9))
        }
    }

    @Test("What is no array is refused")
    func rejectsOtherPieces() {
        expectError(.malformed, "kind 1 stands where an array") {
            try file(MATBuilder.piece(1, [1, 2, 3]))
        }
        #expect(throws: DataError.self) { try file(MATBuilder.piece(14, [])) }
        #expect(throws: DataError.self) {
            try file(MATBuilder.piece(14, [1, 2, 3, 4, 5, 6, 7, 8]))
        }
    }

    @Test("A file cut off anywhere is refused")
    func rejectsTruncation() throws {
        for name in ["train", "test"] {
            let whole = Array(try DataFixture.bytes("svhn/\(name)_32x32.mat").bytes)
            for count in stride(from: 0, to: whole.count, by: 61) {
                #expect(throws: DataError.self) { try read(Array(whole.prefix(count))) }
            }
        }
    }
}
