// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNKernels

@Suite("Dropout's keep bits")
struct DropoutMaskTests {
    private static let pixels = 8
    /// Three blocks, the last of them in part.
    private static let channels = 40
    private static let wordsPerImage = pixels * 3

    /// The words of two images of a batch.
    private func words(from first: Int, _ workspace: Workspace) -> [UInt16] {
        let count = 2 * Self.wordsPerImage
        let bits = UnsafeMutablePointer<UInt16>.allocate(capacity: count)
        defer { bits.deallocate() }
        bits.initialize(repeating: 0, count: count)
        DropoutMaskOperator(
            destination: bits, pixelsPerImage: Self.pixels, channels: Self.channels,
            probability: 0.4
        ).run(images: 2, from: first, key: 5, stream: (item: 3, step: 2, purpose: 4), in: workspace)
        return Array(UnsafeBufferPointer(start: bits, count: count))
    }

    @Test(
        "begin again in batches whose pixels 32 bits do not count",
        arguments: InstructionSet.usable)
    func manyPixels(set: InstructionSet) throws {
        let workspace = try TestMap.workspace(set)
        let first = words(from: 0, workspace)
        #expect(Set(first).count > Self.wordsPerImage)
        // Pixel 2^31 is number 0 again, by the 32 bits of the counter.
        let turn = (1 << 31) / Self.pixels
        #expect(words(from: turn, workspace) == first)
        #expect(words(from: 8 * turn, workspace) == first)
        #expect(words(from: turn + 5, workspace) == words(from: 5, workspace))
        let across = words(from: turn - 1, workspace)
        #expect(across.suffix(Self.wordsPerImage) == first.prefix(Self.wordsPerImage))
        #expect(across == words(from: turn / 2 - 1, workspace))
    }
}
