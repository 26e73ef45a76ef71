// SPDX-License-Identifier: Apache-2.0

public import WRNFetch
public import WRNImages

/// Labelled images from which batches are made: pixels in memory, or files that are decoded when
/// their turn comes.
///
/// All images leave a set with one size, `height` by `width`, and the same channels, whatever size
/// their files have.
public protocol ImageSet: Sendable {
    /// What the set is called, for example `cifar10` or a folder's path.
    var name: String { get }
    /// The channels that the network is given: 1 for grey, 3 for red, green and blue.
    var channels: Int { get }
    /// The rows that the network is given.
    var height: Int { get }
    /// The columns that the network is given.
    var width: Int { get }
    /// The class of each image, in `0 ..< classNames.count`.
    var labels: [Int] { get }
    /// What the classes are called.
    var classNames: [String] { get }
    /// Which split of their data set the images are, which may be another than the one that was
    /// asked for: where there are no validation images, the test images take their place, and the
    /// other way round. Nil where that is not known.
    var split: Split? { get }

    /// What messages call an image: its file, or its number.
    func title(of index: Int) -> String

    /// An image as it is stored, of any size, with the set's channels, or a part of it.
    ///
    /// - Parameter cropping: Told the image's size; answers the rectangle that is wanted, which a
    ///   file's decoder may then decode alone, or nil for the whole image.
    /// - Throws: ``DataError`` for a file that cannot be read or is no image.
    /// - Precondition: `index` is in `0 ..< count`, and the rectangle lies in the image.
    func image(
        at index: Int, cropping: (_ height: Int, _ width: Int) -> PixelRegion?
    ) throws(DataError) -> PixelImage

    /// An image of the set's size, as an evaluation sees it: resized and cropped where it is a
    /// file.
    ///
    /// - Throws: ``DataError`` for a file that cannot be read or is no image.
    /// - Precondition: `index` is in `0 ..< count`.
    func fittedImage(at index: Int) throws(DataError) -> PixelImage

    /// `count` images, or all of them when there are fewer: the first ones of arrays, of files as
    /// many of each class as there are.
    func prefix(_ count: Int) -> Self
}

extension ImageSet {
    /// The number of images.
    public var count: Int { labels.count }

    /// Nil: not known.
    public var split: Split? { nil }
}

extension LabelledImages: ImageSet {
    /// `cifar10: image 12`.
    public func title(of index: Int) -> String { "\(name): image \(index)" }

    /// The image of an index, or a part of it.
    public func image(
        at index: Int, cropping: (_ height: Int, _ width: Int) -> PixelRegion?
    ) throws(DataError) -> PixelImage {
        let image = try fittedImage(at: index)
        return cropping(height, width).map(image.cropped) ?? image
    }

    /// The image of an index, which has the set's size already.
    public func fittedImage(at index: Int) throws(DataError) -> PixelImage {
        PixelImage(height: height, width: width, channels: channels, pixels: pixels(of: index))
    }
}
