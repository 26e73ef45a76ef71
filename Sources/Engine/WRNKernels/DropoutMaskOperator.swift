// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// Draws dropout's keep bits of a batch: one word per pixel and block of channels.
package struct DropoutMaskOperator {
    private let destination: UnsafeMutablePointer<UInt16>
    private let pixelsPerImage: Int
    private let blocks: Int
    private let threshold: UInt32

    /// Describes the bits of a map of this shape; a value is dropped with `probability`, in `0 ..<
    /// 1`.
    package init(
        destination: UnsafeMutablePointer<UInt16>, pixelsPerImage: Int, channels: Int,
        probability: Double
    ) {
        self.destination = destination
        self.pixelsPerImage = pixelsPerImage
        blocks = Kernels.padded(channels) / Kernels.lanes
        threshold = Self.threshold(probability)
    }

    /// Words below this are dropped.
    package static func threshold(_ probability: Double) -> UInt32 {
        UInt32(min(probability * 0x1p32, 0x1p32 - 1))
    }

    /// Draws the bits of the first `images` images for one step; after 2^30 words of a batch they
    /// begin again.
    ///
    /// - Parameters:
    ///   - first: The place of the first image in the step's batch, 0 or more: image i gets the
    ///     bits that image `first + i` of a whole batch gets.
    ///   - stream: The key and the last three words of the counter, as `RandomStream` orders them.
    package func run(
        images: Int, from first: Int = 0, key: UInt64,
        stream: (item: UInt32, step: UInt32, purpose: UInt32), in workspace: Workspace
    ) {
        workspace.pool.run(count: images) { image, _ in
            var arguments = wrn_dropout_mask(
                bits: destination + image * pixelsPerImage * blocks,
                // The counter has 32 bits, so the low bits of the pixel's number are all it takes.
                first_pixel: Int32(truncatingIfNeeded: (first + image) * pixelsPerImage),
                pixels: Int32(pixelsPerImage), blocks: Int32(blocks), threshold: threshold,
                key: (UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)),
                item: stream.item, step: stream.step, purpose: stream.purpose)
            workspace.kernels.table.dropout_mask(&arguments)
        }
    }
}
