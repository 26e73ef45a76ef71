// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages
import WRNRandom

@testable import WRNAudit

@Suite("The search for copies")
struct CopySearchTests {
    /// Smooth noise in colours, another one for each number.
    static func picture(_ number: Int, height: Int = 60, width: Int = 80) -> PixelImage {
        let random = RandomStream(seed: 7, purpose: .shuffling, item: number)
        let coarse = PixelImage(
            height: 10, width: 10, channels: 3,
            pixels: (0..<300).map { UInt8(random.integer(at: $0, below: 256)) })
        return coarse.resized(height: height, width: width, by: .bicubic)
    }

    /// The image with each byte replaced.
    private func mapped(_ image: PixelImage, _ change: (Int, UInt8) -> UInt8) -> PixelImage {
        PixelImage(
            height: image.height, width: image.width, channels: image.channels,
            pixels: image.pixels.enumerated().map { change($0.offset, $0.element) })
    }

    private func groups(_ images: [PixelImage]) throws -> [CopyGroup] {
        try CopySearch(Self.traces(images)).groups
    }

    static func traces(_ images: [PixelImage]) -> ImageTraces {
        var traces = ImageTraces(count: images.count)
        for (index, image) in images.enumerated() { traces.set(ImageTrace(of: image), at: index) }
        traces.finish()
        return traces
    }

    @Test("Different pictures are no copies of each other")
    func different() throws {
        #expect(try groups((0..<60).map { Self.picture($0) }).isEmpty)
    }

    @Test("Equal pictures are one group of copies, whatever else there is")
    func equal() throws {
        let images = [3, 1, 2, 1, 4, 1].map { Self.picture($0) }
        let group = try #require(try groups(images).first)
        #expect(group.images == [1, 3, 5] && group.isExact && group.similarity == 1)
        #expect(!group.isMirrored)
    }

    @Test("A changed copy is found: another size, noise, brightness, contrast, cropped edges")
    func changed() throws {
        let whole = Self.picture(5, height: 100, width: 120)
        let random = RandomStream(seed: 1, purpose: .shuffling)
        let copies = [
            whole.resized(height: 61, width: 73, by: .bilinear),
            whole.resized(height: 240, width: 300, by: .bicubic),
            mapped(whole) { place, byte in
                UInt8(clamping: Int(byte) + random.integer(at: place, below: 21) - 10)
            },
            mapped(whole) { UInt8(clamping: Int($1) + 12 + 0 * $0) },
            mapped(whole) { UInt8(clamping: 128 + (Int($1) - 128) * 4 / 5 + 0 * $0) },
            whole.cropped(to: PixelRegion(top: 3, left: 4, height: 95, width: 113)),
        ]
        for (number, copy) in copies.enumerated() {
            let group = try groups([Self.picture(6), whole, Self.picture(8), copy]).first
            #expect(group?.images == [1, 3], "copy \(number)")
            #expect(group?.isExact == false)
            #expect((0.84...1).contains(group?.similarity ?? 0))
        }
    }

    @Test("A mirror image is found, and marked")
    func mirrored() throws {
        let image = Self.picture(9)
        var pixels: [UInt8] = []
        for row in 0..<image.height {
            for column in (0..<image.width).reversed() {
                let place = 3 * (row * image.width + column)
                pixels += image.pixels[place..<place + 3]
            }
        }
        let mirror = PixelImage(
            height: image.height, width: image.width, channels: 3, pixels: pixels)
        let group = try #require(try groups([image, Self.picture(2), mirror]).first)
        #expect(group.images == [0, 2] && group.isMirrored && !group.isExact)
    }

    @Test("Pictures of one colour are copies only where they are equal")
    func blank() throws {
        let images = [100, 101, 100, 102].map {
            PixelImage(height: 9, width: 9, channels: 1, pixels: Array(repeating: $0, count: 81))
        }
        #expect(try groups(images).map(\.images) == [[0, 2]])
    }

    @Test("The same structure in other colours is no copy")
    func otherColours() throws {
        let image = Self.picture(3)
        let swapped = PixelImage(
            height: image.height, width: image.width, channels: 3,
            pixels: image.pixels.indices.map { place in
                let channel = place % 3
                return image.pixels[place - channel + (channel == 0 ? 2 : channel == 2 ? 0 : 1)]
            })
        #expect(try groups([image, swapped]).isEmpty)
    }

    @Test("A copy of a copy is in the same group, and a search can be cancelled")
    func chains() throws {
        let whole = Self.picture(5, height: 100, width: 120)
        let traces = Self.traces([
            whole, Self.picture(1), whole.resized(height: 50, width: 60, by: .bilinear), whole,
        ])
        let search = try CopySearch(traces)
        #expect(search.groups.map(\.images) == [[0, 2, 3]])
        #expect(search.groups.first?.isExact == false && search.crowdedCount == 0)
        #expect(throws: CancellationError.self) { try CopySearch(traces, isCancelled: { true }) }
    }

    /// A figure with two legs, like trousers: all look alike, of another cut, shade and grain for
    /// each number.
    private func figure(_ number: Int) -> PixelImage {
        let random = RandomStream(seed: 11, purpose: .shuffling, item: number)
        let draws = (0..<6).map { Double(random.integer(at: $0, below: 1000)) / 1000 }
        let (hip, foot, gap) = (8 + 2 * draws[0], 3 + 2 * draws[1], 1 + 2 * draws[2])
        let (top, tone, lean) = (2 + 2 * draws[3], 150 + 90 * draws[4], 1 + 2 * draws[5])
        var pixels: [UInt8] = []
        for row in 0..<32 {
            let down = (Double(row) - top) / (30 - top)
            let (inner, outer) = (gap * down, hip * (1 - down) + (gap * down + foot) * down)
            let middle = 16 + lean * down
            for column in 0..<32 {
                let (left, right) = (Double(column), Double(column) + 1)
                let legs = [(middle - outer, middle - inner), (middle + inner, middle + outer)]
                let share = legs.reduce(0.0) { sum, leg in
                    sum + min(max(min(right, leg.1) - max(left, leg.0), 0), 1)
                }
                let grain = Double(random.integer(at: 10 + row * 32 + column, below: 40)) - 20
                let level = Double(row) < top || row >= 30 ? 0 : share * (tone - 40 * down + grain)
                pixels.append(UInt8(min(max(level, 0), 255)))
            }
        }
        return PixelImage(height: 32, width: 32, channels: 1, pixels: pixels)
    }

    @Test("Different images that all look alike are no copies, and copies among them are found")
    func lookAlikes() throws {
        let images = (0..<30).map(figure)
        // Many are as similar as copies: a similarity alone would make groups of them.
        let traces = Self.traces(images)
        let alike = try PictureComparisons(of: traces.readable, traces)
            .alike(progress: { _, _ in }, isCancelled: { false }).pairs
        #expect(alike.count { $0.similarity >= CopyRule.threshold } > 15)
        #expect(try groups(images).isEmpty)

        let mirror = PixelImage(
            height: 32, width: 32, channels: 1,
            pixels: (0..<1024).map { images[5].pixels[$0 / 32 * 32 + 31 - $0 % 32] })
        let copies = [
            mapped(images[3]) { $1 / 16 * 16 + 8 + 0 * UInt8($0 % 2) },
            mapped(images[12]) { UInt8(Int($1) * 85 / 100 + 0 * $0) }, mirror,
        ]
        let found = try groups(images + copies)
        #expect(found.map(\.images) == [[3, 30], [5, 32], [12, 31]])
        #expect(found.map(\.isMirrored) == [false, true, false])
    }

    @Test("Where more images look alike than are compared, they are counted")
    func crowded() throws {
        let limit = PictureComparisons.maximumCandidateCount
        // The same picture with another pixel changed each time: near fingerprints, other digests.
        let picture = Self.picture(1)
        let images = (0..<limit + 3).map { number in
            mapped(picture) { $0 == number ? $1 ^ 1 : $1 }
        }
        let search = try CopySearch(Self.traces(images))
        #expect(search.crowdedCount == 2)
    }
}
