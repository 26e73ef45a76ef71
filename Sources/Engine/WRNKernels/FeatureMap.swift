// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// A batch of activations in memory: NHWC float32, the channels of a pixel padded with zeros to
/// whole blocks.
package struct FeatureMap {
    /// The first channel of the first pixel of the first image.
    package let base: UnsafeMutablePointer<Float>
    /// The channels that count.
    package let channels: Int
    /// The number of rows.
    package let height: Int
    /// The number of columns.
    package let width: Int

    /// Describes a map that lies at `base`.
    package init(base: UnsafeMutablePointer<Float>, channels: Int, height: Int, width: Int) {
        self.base = base
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// The channels rounded up to blocks: the floats from pixel to pixel.
    package var pixelStride: Int { Kernels.padded(channels) }
    /// The floats from image to image.
    package var imageStride: Int { height * width * pixelStride }
    /// The blocks of a pixel.
    package var blocks: Int { pixelStride / Kernels.lanes }
    /// The pixels of an image.
    package var pixelCount: Int { height * width }

    /// The floats of one image of this shape.
    package static func floatCount(channels: Int, height: Int, width: Int) -> Int {
        height * width * Kernels.padded(channels)
    }
}

extension FeatureMap {
    /// Writes the sum over all pixels of the first `images` images, one value per padded channel.
    package func sumPixels(images: Int, into total: UnsafeMutablePointer<Float>) {
        var totals = [Double](repeating: 0, count: pixelStride)
        wrn_sum_rows(base, pixelStride, Int32(images * pixelCount), Int32(pixelStride), &totals)
        for (channel, value) in totals.enumerated() { total[channel] = Float(value) }
    }
}
