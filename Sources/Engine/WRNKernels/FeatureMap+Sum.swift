// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

extension FeatureMap {
    /// Writes the sum over all pixels of the first `images` images, one value per padded channel.
    package func sumPixels(images: Int, into total: UnsafeMutablePointer<Float>) {
        var totals = [Double](repeating: 0, count: pixelStride)
        wrn_sum_rows(base, pixelStride, Int32(images * pixelCount), Int32(pixelStride), &totals)
        for (channel, value) in totals.enumerated() { total[channel] = Float(value) }
    }
}
