// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
package import WRNFetch
package import WRNImages

/// A set as a user of the library may write one: it does not have to keep what it declares.
package struct OwnImages: ImageSet {
    private let images: LabelledImages
    /// Whether the closure that chooses a part is called, and whether its answer is followed.
    private let cropping: Cropping

    package let labels: [Int]
    package let channels: Int
    package let height: Int
    package let width: Int

    /// What the set does with the closure that chooses a part of an image.
    package enum Cropping: Sendable {
        /// It calls the closure and returns the part.
        case followed
        /// It calls the closure and returns the whole image.
        case ignored
        /// It returns the whole image.
        case skipped
    }

    /// The images of an array, with what is given here in place of what the array declares.
    package init(
        _ images: LabelledImages, labels: [Int]? = nil, channels: Int? = nil, height: Int? = nil,
        width: Int? = nil, cropping: Cropping = .followed
    ) {
        self.images = images
        self.cropping = cropping
        self.labels = labels ?? images.labels
        self.channels = channels ?? images.channels
        self.height = height ?? images.height
        self.width = width ?? images.width
    }

    package var name: String { images.name }
    package var classNames: [String] { images.classNames }

    package func image(
        at index: Int, cropping choose: (_ height: Int, _ width: Int) -> PixelRegion?
    ) throws(DataError) -> PixelImage {
        switch cropping {
        case .followed: return try images.image(at: index, cropping: choose)
        case .ignored:
            _ = choose(images.height, images.width)
            return try images.fittedImage(at: index)
        case .skipped: return try images.fittedImage(at: index)
        }
    }

    package func fittedImage(at index: Int) throws(DataError) -> PixelImage {
        try images.fittedImage(at: index)
    }

    package func prefix(_ count: Int) -> OwnImages {
        OwnImages(
            images.prefix(count), labels: Array(labels.prefix(max(count, 0))), channels: channels,
            height: height, width: width, cropping: cropping)
    }
}
