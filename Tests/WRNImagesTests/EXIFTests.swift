// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNImages

@Suite("EXIF data")
struct EXIFTests {
    /// A TIFF file with a directory of entries: tag, type, count, value.
    private func tiff(
        _ entries: [(Int, Int, Int, Int)], littleEndian: Bool = true, directory: Int = 8,
        claiming count: Int? = nil
    ) -> [UInt8] {
        func number(_ value: Int, _ byteCount: Int) -> [UInt8] {
            let bytes = (0..<byteCount).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
            return littleEndian ? bytes : bytes.reversed()
        }
        var bytes: [UInt8] = littleEndian ? [0x49, 0x49] : [0x4D, 0x4D]
        bytes += number(42, 2) + number(directory, 4) + number(count ?? entries.count, 2)
        for (tag, type, count, value) in entries {
            bytes += number(tag, 2) + number(type, 2) + number(count, 4)
            let size = [1: 1, 3: 2][type] ?? 4
            bytes += number(value, size) + [UInt8](repeating: 0, count: 4 - size)
        }
        return bytes + number(0, 4)
    }

    private func orientation(_ bytes: [UInt8]) -> Orientation { EXIF.orientation(in: bytes[...]) }

    @Test("give the orientation in either byte order, of any width, behind any prefix")
    func found() {
        for value in 1...8 {
            for littleEndian in [true, false] {
                for type in [1, 3, 4] {
                    let bytes = tiff(
                        [(0x010F, 3, 1, 9), (0x0112, type, 1, value)], littleEndian: littleEndian)
                    #expect(orientation(bytes) == Orientation(exif: value))
                    #expect(
                        orientation(EXIF.prefix + EXIF.prefix + bytes) == Orientation(exif: value))
                    // Of a slice whose indices do not begin at zero.
                    #expect(
                        EXIF.orientation(in: ([1, 2, 3] + bytes).dropFirst(3))
                            == Orientation(exif: value))
                }
            }
        }
        #expect(orientation(tiff([(0x0112, 3, 1, 3), (0x0112, 3, 1, 6)])) == Orientation(exif: 6))
    }

    @Test("that are broken leave the image upright")
    func broken() {
        let entry = (0x0112, 3, 1, 6)
        #expect(orientation(tiff([entry])) == Orientation(exif: 6))
        #expect(orientation([]) == .upright)
        #expect(orientation(Array("garbage".utf8)) == .upright)
        for value in [0, 9, 255, 65_535] {
            #expect(orientation(tiff([(0x0112, 3, 1, value)])) == .upright)
        }
        // Two values, no value, a fraction.
        #expect(orientation(tiff([(0x0112, 3, 2, 6)])) == .upright)
        #expect(orientation(tiff([(0x0112, 3, 0, 6)])) == .upright)
        #expect(orientation(tiff([(0x0112, 5, 1, 6)])) == .upright)
        // A directory behind the end, at the end, over the header, and in itself.
        for place in [0, 1, 4, 7, 22, 23, 24, 25, 26, 1000, 0x7FFF_FFFF, 0xFFFF_FFFF] {
            #expect(orientation(tiff([entry], directory: place)) == .upright)
        }
        // More entries than bytes: those that are there count.
        #expect(orientation(tiff([entry], claiming: 65_535)) == Orientation(exif: 6))
        let bytes = tiff([entry])
        for count in 0..<bytes.count - 4 {
            #expect(orientation(Array(bytes.prefix(count))) == .upright)
        }
    }

    @Test("turn rectangles and images alike")
    func turning() throws {
        let stored = PixelImage.formula(5, 7, 3, seed: 1)
        for value in 1...8 {
            let orientation = try #require(Orientation(exif: value))
            let shown = orientation.shown(stored)
            for top in 0..<shown.height {
                for left in 0..<shown.width {
                    let region = PixelRegion(
                        top: top, left: left, height: min(2, shown.height - top),
                        width: min(3, shown.width - left))
                    let source = orientation.stored(region, height: 5, width: 7)
                    #expect(
                        orientation.shown(stored.cropped(to: source))
                            == shown.cropped(to: region))
                }
            }
        }
    }
}
