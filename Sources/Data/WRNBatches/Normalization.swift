// SPDX-License-Identifier: Apache-2.0

public import WRNDatasets
public import WRNFetch
package import WRNImages

/// A normalisation of images: 8-bit values become numbers around zero, channel by channel.
///
///     x = (pixel / 255 - mean) / standardDeviation
public struct Normalization: Hashable, Sendable {
    /// The mean of each channel, as a fraction of 255.
    public let mean: [Float]
    /// The standard deviation of each channel, as a fraction of 255.
    public let standardDeviation: [Float]

    /// Creates a normalisation.
    ///
    /// - Throws: ``DataError`` unless there is one mean and one deviation a channel, all finite,
    ///   and the deviations are above zero.
    public init(mean: [Float], standardDeviation: [Float]) throws(DataError) {
        guard mean.count == standardDeviation.count, !mean.isEmpty,
            mean.allSatisfy(\.isFinite),
            standardDeviation.allSatisfy({ $0.isFinite && $0 > 0 })
        else {
            throw DataError(
                .invalidArgument,
                "a normalisation needs a finite mean and a deviation above zero for each channel, "
                    + "not means \(mean) and deviations \(standardDeviation)")
        }
        self.init(trusted: mean, standardDeviation)
    }

    private init(trusted mean: [Float], _ standardDeviation: [Float]) {
        self.mean = mean
        self.standardDeviation = standardDeviation
    }

    /// The number of channels.
    public var channels: Int { mean.count }

    /// The one of the authors of Wide ResNets for CIFAR-10 and CIFAR-100.
    public static let cifar = Normalization(
        trusted: [125.3 / 255, 123.0 / 255, 113.9 / 255], [63.0 / 255, 62.1 / 255, 66.7 / 255])

    /// The usual one for MNIST.
    public static let mnist = Normalization(trusted: [0.1307], [0.3081])

    /// The one of Fashion-MNIST's training images.
    public static let fashionMNIST = Normalization(trusted: [0.2860], [0.3530])

    /// Measures the mean and the (biased) deviation of each channel over all pixels.
    ///
    /// The sums are exact, so the result does not depend on any order. A channel that never changes
    /// gets the deviation 1.
    public init(measuring images: LabelledImages) {
        var histogram = [[Int]](
            repeating: [Int](repeating: 0, count: 256), count: images.channels)
        images.withAllPixels { pixels in
            for channel in 0..<images.channels {
                histogram[channel].withUnsafeMutableBufferPointer { counts in
                    for index in stride(from: channel, to: pixels.count, by: images.channels) {
                        counts[Int(pixels[index])] += 1
                    }
                }
            }
        }
        var (means, deviations): ([Float], [Float]) = ([], [])
        for counts in histogram {
            let total = Double(max(counts.reduce(0, +), 1))
            let sum = counts.enumerated().reduce(0.0) { $0 + Double($1.offset * $1.element) }
            let mean = sum / total
            let squares = counts.enumerated().reduce(0.0) { partial, bin in
                let distance = Double(bin.offset) - mean
                return partial + distance * distance * Double(bin.element)
            }
            let deviation = (squares / total).squareRoot() / 255
            means.append(Float(mean / 255))
            deviations.append(deviation > 0 ? Float(deviation) : 1)
        }
        self.init(trusted: means, deviations)
    }

    /// The usual one for photographs: the mean and deviation of ImageNet's training images.
    public static let imageNet = Normalization(
        trusted: [0.485, 0.456, 0.406], [0.229, 0.224, 0.225])

    /// The paper's for SVHN: pixels divided by 255, and nothing else.
    public static let svhn = Normalization(trusted: [0, 0, 0], [1, 1, 1])

    /// The means of ImageNet's three channels, for photographs that are made grey.
    static let greyPhotographs = Normalization(trusted: [0.449], [0.226])

    /// The published normalisation of a known data set, ImageNet's for image files, or else the one
    /// measured on `images`, the training images.
    ///
    /// `fashion-mnist-small` has the one measured on it, an exception that keeps the figures that
    /// are recorded of it.
    ///
    /// A set of one's own counts as image files; those of 1 channel have the mean of ImageNet's
    /// normalisation. For another one, measure ``LabelledImages`` (``init(measuring:)``), or give
    /// the numbers in a `ModelDescription`.
    public static func suited(to images: any ImageSet) -> Normalization {
        guard let arrays = images as? LabelledImages else {
            return images.channels == 1 ? .greyPhotographs : .imageNet
        }
        return suited(toArrays: arrays)
    }

    private static func suited(toArrays images: LabelledImages) -> Normalization {
        let known: Normalization? =
            switch images.name {
            case "cifar10", "cifar100": .cifar
            case "mnist": .mnist
            case "fashion-mnist": .fashionMNIST
            case "svhn", "svhn-extra": .svhn
            default: nil
            }
        guard let known, known.channels == images.channels else {
            return Normalization(measuring: images)
        }
        return known
    }

    /// The numbers that a network reads for an image, pixel after pixel.
    ///
    /// - Precondition: The image has as many channels.
    package func values(of image: PixelImage) -> [Float] {
        precondition(image.channels == channels, "channels differ")
        let table = table()
        return image.pixels.enumerated().map { table[256 * ($0 % channels) + Int($1)] }
    }

    /// The normalised value of each of the 256 levels of each channel, channel after channel.
    func table() -> [Float] {
        zip(mean, standardDeviation).flatMap { mean, deviation in
            (0...255).map { (Float($0) / 255 - mean) / deviation }
        }
    }
}

extension Normalization: Codable {
    private enum CodingKeys: String, CodingKey {
        case mean
        case standardDeviation
    }

    /// Decodes a normalisation, with the same checks as any other.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        try self.init(
            mean: container.decode([Float].self, forKey: .mean),
            standardDeviation: container.decode([Float].self, forKey: .standardDeviation))
    }
}
