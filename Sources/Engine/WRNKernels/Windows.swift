// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The division of an image's rows into windows whose sums are kept apart.
///
/// The division follows from shapes alone, never from the number of threads: that keeps sums the
/// same to the bit.
package struct Windows: Hashable, Sendable {
    /// The rows and columns of an image.
    package let height: Int
    package let width: Int
    /// The rows of a window; the last one of an image may have fewer.
    package let rows: Int

    init(height: Int, width: Int, rows: Int) {
        self.height = height
        self.width = width
        self.rows = rows
    }

    /// One window per image.
    package init(wholeImagesOf height: Int, _ width: Int) {
        self.init(height: height, width: width, rows: height)
    }

    /// The windows of one image.
    package var perImage: Int { (height + rows - 1) / rows }

    /// The pixels of each window of `images` images, in order.
    func pixelCounts(images: Int) -> [Int32] {
        let image = (0..<perImage).map { Int32(min(rows, height - $0 * rows) * width) }
        return Array(repeatElement(image, count: images).joined())
    }
}

/// Two sums per window and channel: means and squared deviations, or the sums of a normalisation's
/// gradient.
package struct WindowSums {
    /// The division of the map.
    package let windows: Windows
    /// The padded channels.
    package let lanes: Int
    /// `[image][window][lane]`, `first` before `second`.
    package let first: UnsafeMutablePointer<Float>
    package let second: UnsafeMutablePointer<Float>

    /// Describes sums that lie at `base`, for at most `images` images.
    package init(
        base: UnsafeMutablePointer<Float>, windows: Windows, channels: Int, images: Int
    ) {
        self.windows = windows
        lanes = Kernels.padded(channels)
        first = base
        second = base + images * windows.perImage * lanes
    }

    /// The floats that sums of `images` images take.
    package static func floatCount(windows: Windows, channels: Int, images: Int) -> Int {
        2 * images * windows.perImage * Kernels.padded(channels)
    }
}

extension WindowSums {
    /// Takes the moments of one window, of the lanes from `lane` on; `offset` is that of its first
    /// value in `map`.
    func measure(
        _ map: FeatureMap, at offset: Int, rows: Int, window: Int, lane: Int, blocks: Int,
        with kernels: Kernels
    ) {
        var arguments = wrn_moments(
            image: map.pointer(at: offset), row_stride: map.width * map.pixelStride,
            column_stride: map.pixelStride, rows: Int32(rows), columns: Int32(map.width),
            blocks: Int32(blocks), mean: first + window * lanes + lane,
            deviation: second + window * lanes + lane)
        kernels.maps(map.elementType).moments(&arguments)
    }

    /// Takes the moments of every window of the first `images` images.
    package func measure(_ map: FeatureMap, images: Int, in workspace: Workspace) {
        workspace.pool.run(count: images * windows.perImage) { window, _ in
            let (image, tile) = window.quotientAndRemainder(dividingBy: windows.perImage)
            let firstRow = tile * windows.rows
            let offset = image * map.imageStride + firstRow * map.width * map.pixelStride
            measure(
                map, at: offset, rows: min(windows.rows, map.height - firstRow), window: window,
                lane: 0, blocks: map.blocks, with: workspace.kernels)
        }
    }
}

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

    /// Allocates memory for the sums of at most `images` images.
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
