// SPDX-License-Identifier: Apache-2.0

package import WRNFetch
package import WRNImages

/// Some images of a set, in an order of their own.
package struct ImageSelection: ImageSet {
    fileprivate let base: any ImageSet
    fileprivate let indices: [Int]

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

/// The images of a set as another window shows them: of a file's image one that is cut out of the
/// scaled image at another place, of an image in memory one of the image extended by reflection.
package struct WindowedImages: ImageSet {
    private let base: any ImageSet
    private let place: CropPlace

    /// Moves the window of a set's images.
    package init(of base: any ImageSet, at place: CropPlace) {
        self.base = base
        self.place = place
    }

    package var labels: [Int] { base.labels }
    package var name: String { base.name }
    package var channels: Int { base.channels }
    package var height: Int { base.height }
    package var width: Int { base.width }
    package var classNames: [String] { base.classNames }
    package var split: Split? { base.split }

    package func title(of index: Int) -> String { base.title(of: index) }

    package func image(
        at index: Int, cropping: (_ height: Int, _ width: Int) -> PixelRegion?
    ) throws(DataError) -> PixelImage {
        try base.image(at: index, cropping: cropping)
    }

    package func fittedImage(at index: Int) throws(DataError) -> PixelImage {
        try Self.window(of: base, at: index, place)
    }

    package func prefix(_ count: Int) -> WindowedImages {
        func prefix(_ images: some ImageSet) -> any ImageSet { images.prefix(count) }
        return WindowedImages(of: prefix(base), at: place)
    }

    private static func window(
        of images: any ImageSet, at index: Int, _ place: CropPlace
    ) throws(DataError) -> PixelImage {
        if let selection = images as? ImageSelection {
            return try window(of: selection.base, at: selection.indices[index], place)
        }
        if let files = images as? ImageFiles {
            return files.preparation(try files.image(at: index) { _, _ in nil }, at: place)
        }
        return try images.fittedImage(at: index).window(at: place)
    }
}
