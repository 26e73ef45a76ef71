// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNDatasets

@Suite("IDX files")
struct IDXTests {
    private static func images(_ count: Int, _ height: Int, _ width: Int) -> [UInt8] {
        header(0x803, [count, height, width]) + [UInt8](repeating: 9, count: count * height * width)
    }

    private static func labels(_ labels: [UInt8]) -> [UInt8] {
        header(0x801, [labels.count]) + labels
    }

    private static func header(_ magic: Int, _ extents: [Int]) -> [UInt8] {
        ([magic] + extents).flatMap { number in
            (0..<4).map { UInt8(truncatingIfNeeded: number >> (24 - 8 * $0)) }
        }
    }

    private func read(_ images: [UInt8], _ labels: [UInt8]) throws -> LabelledImages {
        try IDXDataset.read(
            name: "test", classNames: (0...9).map(String.init),
            images: NamedBytes(name: "images", images), labels: NamedBytes(name: "labels", labels))
    }

    @Test("The pixels and labels are those of the file")
    func reads() throws {
        let source = DataSource(DataFixture.path("idx"))
        for (split, first, count) in [(Split.train, 0, 30), (.test, 1000, 10)] {
            let images = try source.loadArrays(split)
            #expect(images.count == count)
            #expect((images.channels, images.height, images.width) == (1, 28, 28))
            for index in 0..<count {
                let expected = Formula.image(first + index, height: 28, width: 28, channels: 1)
                #expect(images.pixels(of: index) == expected)
                #expect(images.labels[index] == (first + index) * 3 % 10)
            }
        }
    }

    @Test("Another kind of file is named by its magic number")
    func rejectsWrongMagic() {
        expectError(.unsupported, at: 0, "images", "0x00000801", "expected 0x00000803") {
            try read(Self.labels([1, 2]), Self.labels([1, 2]))
        }
        expectError(.malformed, at: 0, "0x89504e47") {
            try read([0x89, 0x50, 0x4E, 0x47, 0, 0, 0, 0], Self.labels([1]))
        }
        expectError(.unsupported, at: 0, "0x00000d03") {
            try read(Self.header(0xD03, [1, 1, 1]) + [0, 0, 0, 0], Self.labels([1]))
        }
    }

    @Test("A file cut off anywhere is said to be cut off")
    func rejectsEveryTruncation() {
        let whole = Self.images(2, 3, 4)
        for count in 0..<whole.count {
            expectError(.truncated, "cut off") {
                try read(Array(whole.prefix(count)), Self.labels([1, 2]))
            }
        }
    }

    @Test("Extents whose product overflows are refused before anything is allocated")
    func rejectsLyingExtents() {
        expectError(.truncated, at: 16, "100000000 x 4096 x 4096", "but 5 follow") {
            try read(
                Self.header(0x803, [100_000_000, 4096, 4096]) + [1, 2, 3, 4, 5], Self.labels([1]))
        }
        expectError(.tooLarge, at: 4, "4294967295") {
            try read(Self.header(0x803, [0xFFFF_FFFF, 1, 1]), Self.labels([1]))
        }
        expectError(.tooLarge, at: 8, "4294967295", "1 to 4096") {
            try read(Self.header(0x803, [1, 0xFFFF_FFFF, 0xFFFF_FFFF]), Self.labels([1]))
        }
    }

    @Test("Images without pixels, or no images, are refused")
    func rejectsEmptyExtents() {
        expectError(.malformed, at: 4) { try read(Self.images(0, 3, 4), Self.labels([1])) }
        expectError(.malformed, at: 8) { try read(Self.images(1, 0, 4), Self.labels([1])) }
        expectError(.malformed, at: 12) { try read(Self.images(1, 3, 0), Self.labels([1])) }
    }

    @Test("Bytes after the last image are refused")
    func rejectsTrailingBytes() {
        expectError(.malformed, at: 40, "3 bytes follow the last of the 2 images") {
            try read(Self.images(2, 3, 4) + [0, 0, 0], Self.labels([1, 2]))
        }
    }

    @Test("Another number of labels than of images is refused, with both")
    func rejectsCountMismatch() {
        expectError(.inconsistent, at: 4, "2 images, but labels has 3 labels") {
            try read(Self.images(2, 3, 4), Self.labels([1, 2, 3]))
        }
    }

    @Test("A label that names no class is refused, with its place")
    func rejectsLabelOutOfRange() {
        expectError(.malformed, at: 9, "labels", "label 1 is 10; expected 0 to 9") {
            try read(Self.images(2, 3, 4), Self.labels([9, 10]))
        }
    }
}
