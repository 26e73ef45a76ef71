// SPDX-License-Identifier: Apache-2.0

public import WRNFetch
import WRNFiles

/// A data set in memory: 8-bit images of one size, each with the number of its class.
///
/// The pixels are stored as NHWC: image after image, row after row, the channels of a pixel side by
/// side.
public struct LabelledImages: Sendable {
    /// The name of the set, for example `cifar10`.
    public let name: String
    /// The number of channels: 1 for grey, 3 for red, green and blue.
    public let channels: Int
    /// The number of rows.
    public let height: Int
    /// The number of columns.
    public let width: Int
    /// The class of each image, in `0 ..< classNames.count`.
    public let labels: [Int]
    /// The names of the classes.
    public let classNames: [String]
    /// Which split of their data set the images are; nil for those that come from no
    /// ``DataSource``.
    public internal(set) var split: Split?

    private let pixels: [UInt8]
    /// The number of each image in the whole set; nil where no image was left out.
    private var numbers: [Int]?

    /// Creates a set from its pixels (NHWC) and labels.
    ///
    /// - Throws: ``DataError`` when an extent is not positive, when the pixels do not fill as many
    ///   images as there are labels, or when a label names no class.
    public init(
        name: String, channels: Int, height: Int, width: Int, pixels: [UInt8], labels: [Int],
        classNames: [String]
    ) throws(DataError) {
        guard channels >= 1, height >= 1, width >= 1 else {
            throw DataError(
                .invalidArgument,
                "\(name): images of \(height) x \(width) pixels and \(channels) channels are none; "
                    + "each must be 1 or more")
        }
        guard let size = checkedProduct([labels.count, height, width, channels]),
            size == pixels.count
        else {
            throw DataError(
                .inconsistent,
                "\(name): \(pixels.count) bytes of pixels do not fill \(labels.count) images of "
                    + "\(height) x \(width) x \(channels)")
        }
        if let index = labels.firstIndex(where: { !classNames.indices.contains($0) }) {
            throw DataError(
                .inconsistent,
                "\(name): image \(index) has the label \(labels[index]), but there are "
                    + "\(classNames.count) classes; labels start at 0")
        }
        self.init(
            name: name, channels: channels, height: height, width: width, trusted: pixels,
            labels: labels, classNames: classNames)
    }

    private init(
        name: String, channels: Int, height: Int, width: Int, trusted pixels: [UInt8],
        labels: [Int], classNames: [String]
    ) {
        self.name = name
        self.channels = channels
        self.height = height
        self.width = width
        self.pixels = pixels
        self.labels = labels
        self.classNames = classNames
    }

    /// The number of images.
    public var count: Int { labels.count }

    /// The number of bytes of one image.
    public var imageByteCount: Int { channels * height * width }

    /// The first `count` images, or all of them when there are fewer; shares the pixels.
    public func prefix(_ count: Int) -> LabelledImages {
        var first = LabelledImages(
            name: name, channels: channels, height: height, width: width, trusted: pixels,
            labels: Array(labels.prefix(max(count, 0))), classNames: classNames)
        first.split = split
        first.numbers = numbers.map { Array($0.prefix(first.count)) }
        return first
    }

    /// The number of an image in the whole set, from which others may have been left out.
    func number(of index: Int) -> Int { numbers?[index] ?? index }

    /// The images without some of them, whose titles keep their numbers.
    func without(_ leftOut: Set<Int>) -> LabelledImages {
        let kept = labels.indices.filter { !leftOut.contains($0) }
        var pixels: [UInt8] = []
        pixels.reserveCapacity(kept.count * imageByteCount)
        for index in kept { withPixels(of: index) { pixels += $0 } }
        var rest = LabelledImages(
            name: name, channels: channels, height: height, width: width, trusted: pixels,
            labels: kept.map { labels[$0] }, classNames: classNames)
        rest.split = split
        rest.numbers = kept.map(number)
        return rest
    }

    /// The same images, marked as a split of their data set.
    func marked(as split: Split) -> LabelledImages {
        var images = self
        images.split = split
        return images
    }

    /// The pixels of one image, as a copy in HWC order.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    public func pixels(of index: Int) -> [UInt8] {
        withPixels(of: index) { Array($0) }
    }

    /// Calls `body` with the pixels of one image in HWC order, without a copy.
    ///
    /// - Precondition: `index` is in `0 ..< count`.
    public func withPixels<Result>(
        of index: Int, _ body: (UnsafeBufferPointer<UInt8>) throws -> Result
    ) rethrows -> Result {
        precondition(labels.indices.contains(index), "image \(index) of \(count)")
        let size = imageByteCount
        return try pixels.withUnsafeBufferPointer {
            try body(UnsafeBufferPointer(rebasing: $0[index * size..<(index + 1) * size]))
        }
    }

    /// Calls `body` with the pixels of all images, without a copy.
    package func withAllPixels<Result>(_ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let size = count * imageByteCount
        return pixels.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[..<size])) }
    }
}
