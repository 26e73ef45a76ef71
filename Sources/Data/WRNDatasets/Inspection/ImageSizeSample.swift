// SPDX-License-Identifier: Apache-2.0

package import WRNFetch
import WRNText

/// The sizes of some image files of a set, by their headers alone.
package struct ImageSizeSample: Hashable, Sendable {
    /// The files whose headers are read by default.
    package static let usualCount = 100

    /// The median of the images' shorter sides, in pixels; of an even number of them the larger of
    /// the two in the middle.
    package let medianSide: Int
    /// The files whose headers could be read.
    package let count: Int

    /// Reads the headers of files that are spread evenly over a set, at most so many.
    ///
    /// - Throws: ``DataError`` where no header can be read, with the sentence about the first file.
    package init(
        of images: ImageFiles, count limit: Int = ImageSizeSample.usualCount
    ) throws(DataError) {
        let tried = min(images.count, max(limit, 1))
        var sides: [Int] = []
        var first: DataError?
        for number in 0..<tried {
            do throws(DataError) {
                let size = try images.size(at: number * images.count / tried)
                sides.append(min(size.height, size.width))
            } catch {
                first = first ?? error
            }
        }
        guard !sides.isEmpty else {
            throw DataError(
                first?.code ?? .notFound, file: images.name,
                "expected image files, found none that can be read among "
                    + "\(Numbers.counted(tried, "file")) of the set"
                    + (first.map { ", for example \($0.message)" } ?? ""))
        }
        sides.sort()
        medianSide = sides[sides.count / 2]
        count = sides.count
    }
}
