// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// Two numbers per channel, joined in double precision from those of all windows.
///
/// The memory is taken once, so that a step of training takes none.
package final class ChannelSums {
    /// The sums over windows, or the means.
    package let first: UnsafeMutablePointer<Double>
    /// The second sums, or the biased variances.
    package let second: UnsafeMutablePointer<Double>

    private let sums: WindowSums
    private let counts: [Int32]

    /// Makes room for what at most `images` images have in `sums`.
    package init(_ sums: WindowSums, images: Int) {
        self.sums = sums
        counts = sums.windows.pixelCounts(images: images)
        first = .allocate(capacity: sums.lanes)
        second = .allocate(capacity: sums.lanes)
        first.initialize(repeating: 0, count: sums.lanes)
        second.initialize(repeating: 0, count: sums.lanes)
    }

    deinit {
        first.deallocate()
        second.deallocate()
    }

    /// Takes means and biased variances over the first `images` images from moments.
    package func joinMoments(images: Int) {
        wrn_join_moments(
            sums.first, sums.second, sums.lanes, counts, windowCount(images), Int32(sums.lanes),
            first, second)
    }

    /// Takes both sums over the first `images` images.
    package func add(images: Int) {
        wrn_sum_rows(sums.first, sums.lanes, windowCount(images), Int32(sums.lanes), first)
        wrn_sum_rows(sums.second, sums.lanes, windowCount(images), Int32(sums.lanes), second)
    }

    /// The pixels of `images` images.
    package func pixelCount(images: Int) -> Int {
        images * sums.windows.height * sums.windows.width
    }

    private func windowCount(_ images: Int) -> Int32 { Int32(images * sums.windows.perImage) }
}
