// SPDX-License-Identifier: Apache-2.0

/// How the rows of an image are divided into the windows whose sums are kept apart.
///
/// The division follows from shapes alone, never from the number of threads: that keeps sums the same to the bit.
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

/// Two sums per window and channel: means and squared deviations, or the sums of a normalisation's gradient.
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
