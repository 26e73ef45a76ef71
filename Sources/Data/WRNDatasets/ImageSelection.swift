// SPDX-License-Identifier: Apache-2.0

package import WRNFetch
package import WRNImages

/// Some images of a set, in an order of their own.
package struct ImageSelection: ImageSet {
    private let base: any ImageSet
    private let indices: [Int]

    /// Selects images by their indices, which may repeat.
    ///
    /// - Precondition: Each index is in `0 ..< base.count`.
    package init(of base: any ImageSet, indices: [Int]) {
        precondition(indices.allSatisfy { (0..<base.count).contains($0) }, "no such image")
        self.base = base
        self.indices = indices
        labels = indices.map { base.labels[$0] }
    }

    package let labels: [Int]
    package var name: String { base.name }
    package var channels: Int { base.channels }
    package var height: Int { base.height }
    package var width: Int { base.width }
    package var classNames: [String] { base.classNames }
    package var split: Split? { base.split }

    package func title(of index: Int) -> String { base.title(of: indices[index]) }

    package func image(
        at index: Int, cropping: (_ height: Int, _ width: Int) -> PixelRegion?
    ) throws(DataError) -> PixelImage {
        try base.image(at: indices[index], cropping: cropping)
    }

    package func fittedImage(at index: Int) throws(DataError) -> PixelImage {
        try base.fittedImage(at: indices[index])
    }

    package func prefix(_ count: Int) -> ImageSelection {
        ImageSelection(of: base, indices: Array(indices.prefix(max(count, 0))))
    }
}
