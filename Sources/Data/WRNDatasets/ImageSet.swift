// SPDX-License-Identifier: Apache-2.0

public import WRNFetch
public import WRNImages

/// Labelled images from which batches are made: pixels in memory, or files that are decoded when
/// their turn comes.
///
/// All images leave a set with one size, `height` by `width`, and the same channels, whatever size
/// their files have. An image of another size or with other channels is an error where it is
/// trained on or classified, and so is a label that names no class.
///
/// Whoever has images in a database or draws them conforms to this protocol. Its members are called
/// from several threads at the same time. ``labels`` and ``classNames`` are read for every batch,
/// and should be stored and not computed.
public protocol ImageSet: Sendable {
    /// The name of the set, for example `cifar10` or a folder's path.
    var name: String { get }
    /// The channels of an image: 1 for grey, 3 for red, green and blue.
    var channels: Int { get }
    /// The rows of a fitted image.
    var height: Int { get }
    /// The columns of a fitted image.
    var width: Int { get }
    /// The class of each image, in `0 ..< classNames.count`; read often.
    var labels: [Int] { get }
    /// The names of the classes.
    var classNames: [String] { get }
    /// Which split of their data set the images are, which may be another than the requested one:
    /// where there are no validation images, the test images take their place, and the other way
    /// round. Nil where that is not known.
    var split: Split? { get }

    /// The name of an image in messages: its file, or its number.
    func title(of index: Int) -> String

    /// An image as it is stored, of any size, with the set's channels, or a part of it.
    ///
    /// - Parameter cropping: To be called once with the image's size; returns the rectangle that is
    ///   wanted, in the image's pixels, or nil for the whole image.
    /// - Throws: ``DataError`` for a file that cannot be read or is no image.
    /// - Precondition: `index` is in `0 ..< count`, and the rectangle lies in the image.
    func image(
        at index: Int, cropping: (_ height: Int, _ width: Int) -> PixelRegion?
    ) throws(DataError) -> PixelImage

    /// An image of the set's size, as in evaluations: a file's is resized and cropped.
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

    /// The set's name and the image's number: `cifar10: image 12`.
    public func title(of index: Int) -> String { "\(name): image \(index)" }

    /// Refuses a label that names no class.
    ///
    /// The sets of this package have none; one of a user's own may.
    package func checkLabels() throws(DataError) {
        let (classes, all) = (classNames.count, labels)
        guard let index = all.firstIndex(where: { !(0..<classes).contains($0) }) else { return }
        throw DataError(
            .inconsistent,
            "\(title(of: index)): expected a label that is the number of one of \(classes) classes, "
                + "from 0 on, found \(all[index]); correct the labels, or name all classes")
    }
}

extension LabelledImages: ImageSet {
    /// `cifar10: image 12`.
    public func title(of index: Int) -> String { "\(name): image \(number(of: index))" }

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
