// SPDX-License-Identifier: Apache-2.0

import Dispatch
import WRNFetch
package import WRNImages
import WRNThreads

/// An inspection of a split before training: its classes, sizes, broken images and statistics, for
/// which every image was decoded.
package struct SplitInspection: Hashable, Sendable {
    /// The smallest, the middle and the largest of some lengths.
    package struct Spread: Hashable, Sendable, Codable {
        /// The smallest.
        package let minimum: Int
        /// The middle one; of an even number, the smaller of the two.
        package let median: Int
        /// The largest.
        package let maximum: Int

        /// The spread of sorted lengths; nil for none.
        init?(sorted lengths: [Int]) {
            guard let first = lengths.first, let last = lengths.last else { return nil }
            (minimum, median, maximum) = (first, lengths[(lengths.count - 1) / 2], last)
        }
    }

    /// A class, and how many images it has.
    package struct ClassCount: Hashable, Sendable, Codable {
        /// The class's name.
        package let name: String
        /// Its images, the broken ones among them.
        package let count: Int
    }

    /// An image that cannot be used, or only in part.
    package struct BrokenImage: Hashable, Sendable, Codable {
        /// Its file, or its number.
        package let title: String
        /// The whole sentence with the fault.
        package let message: String
    }

    /// Which split.
    package let split: Split
    /// The classes, in the order of their numbers.
    package let classes: [ClassCount]
    /// The widths of the images as they are stored, without the broken ones; nil for none.
    package let widths: Spread?
    /// The heights of the images as they are stored, without the broken ones; nil for none.
    package let heights: Spread?
    /// How many images are stored in each format; `array` for sets that are no files.
    package let formats: [String: Int]
    /// The mean of each channel over all pixels of the fitted images, as a fraction of 255.
    package let mean: [Double]
    /// The standard deviation of each channel over all pixels of the fitted images, as a fraction
    /// of 255.
    package let standardDeviation: [Double]
    /// The images that cannot be used, in their order.
    package let broken: [BrokenImage]
    /// The images that are damaged and read all the same, in part grey or wrong, in their order.
    package let damaged: [BrokenImage]
    /// The images of 16-bit grey whose brighter values are clipped to white, in their order.
    package let clipped: [BrokenImage]
    /// Further notes on the images and their folders, one sentence each.
    package let notes: [String]

    /// The number of images, the broken ones among them.
    package var count: Int { classes.reduce(0) { $0 + $1.count } }
}

extension SplitInspection {
    /// Decodes every image of a split, on all processors.
    ///
    /// The result does not depend on the number of processors. Images that cannot be used are
    /// listed and do not stop anything.
    ///
    /// - Parameters:
    ///   - progress: Called with the number of images that are done, on several threads.
    ///   - isCancelled: Called before each image, on several threads; true cancels.
    ///   - visit: Called with each image that can be used, as it is stored, on several threads.
    /// - Throws: `CancellationError` when `isCancelled` returned true.
    package init(
        of images: any ImageSet, _ split: Split,
        progress: @Sendable (_ done: Int) -> Void = { _ in },
        isCancelled: @Sendable () -> Bool = { false },
        visit: @Sendable (_ index: Int, _ image: PixelImage) -> Void = { _, _ in }
    ) throws {
        let total = Locked(InspectionTotals(channels: images.channels))
        let (size, count) = (Self.partSize, images.count)
        let wasCancelled = Locked(false)
        DispatchQueue.concurrentPerform(iterations: (count + size - 1) / size) { part in
            var totals = InspectionTotals(channels: images.channels)
            for index in part * size..<min((part + 1) * size, count) {
                guard !isCancelled() else {
                    wasCancelled.withLock { $0 = true }
                    return
                }
                totals.add(images, index, visit)
            }
            let done = total.withLock {
                $0.add(totals)
                return $0.done
            }
            progress(done)
        }
        guard !wasCancelled.withLock({ $0 }) else { throw CancellationError() }
        self.init(images, split, total.withLock { $0 })
    }

    private static let partSize = 16

    private init(_ images: any ImageSet, _ split: Split, _ totals: InspectionTotals) {
        self.split = split
        var counts = Array(repeating: 0, count: images.classNames.count)
        for label in images.labels { counts[label] += 1 }
        classes = zip(images.classNames, counts).map { ClassCount(name: $0, count: $1) }
        widths = Spread(sorted: totals.widths.sorted())
        heights = Spread(sorted: totals.heights.sorted())
        formats = totals.formats
        let moments = totals.histogram.map(Self.moments)
        mean = moments.map(\.mean)
        standardDeviation = moments.map(\.deviation)
        func named(_ list: [(index: Int, message: String)]) -> [BrokenImage] {
            list.sorted { $0.index < $1.index }.map {
                BrokenImage(title: images.title(of: $0.index), message: $0.message)
            }
        }
        broken = named(totals.broken)
        damaged = named(totals.damaged)
        clipped = named(totals.clipped)
        let report = (images as? ImageFiles)?.report
        notes =
            (report?.notes ?? [])
            + (split == .train ? ClassBalance(of: images).warnings : [])
    }

    /// The mean and the deviation of levels from their exact counts, as fractions of 255.
    private static func moments(_ counts: [Int]) -> (mean: Double, deviation: Double) {
        let total = Double(max(counts.reduce(0, +), 1))
        let mean = counts.indices.reduce(0.0) { $0 + Double($1 * counts[$1]) } / total
        let squares = counts.indices.reduce(0.0) {
            let distance = Double($1) - mean
            return $0 + distance * distance * Double(counts[$1])
        }
        return (mean / 255, (squares / total).squareRoot() / 255)
    }
}

/// The sums over images, in any order.
private struct InspectionTotals {
    var widths: [Int] = []
    var heights: [Int] = []
    var formats: [String: Int] = [:]
    var histogram: [[Int]]
    var broken: [(index: Int, message: String)] = []
    var damaged: [(index: Int, message: String)] = []
    var clipped: [(index: Int, message: String)] = []

    init(channels: Int) {
        histogram = Array(repeating: Array(repeating: 0, count: 256), count: channels)
    }

    var done: Int { widths.count + broken.count }

    mutating func add(
        _ images: any ImageSet, _ index: Int, _ visit: (Int, PixelImage) -> Void
    ) {
        do throws(DataError) {
            let (image, format, remark) = try Self.image(of: images, index)
            visit(index, image)
            let fitted = (images as? ImageFiles)?.preparation(image) ?? image
            widths.append(image.width)
            heights.append(image.height)
            formats[format, default: 0] += 1
            let title = images.title(of: index)
            switch remark {
            case .damaged(let words): damaged.append((index, "\(title): \(words)"))
            case .clippedGrey(let fraction):
                let percent = Int((100 * fraction).rounded())
                clipped.append((index, "\(title): \(percent) % of its pixels become white"))
            case nil: break
            }
            for channel in 0..<fitted.channels {
                histogram[channel].withUnsafeMutableBufferPointer { counts in
                    for place in stride(from: channel, to: fitted.pixels.count, by: fitted.channels)
                    {
                        counts[Int(fitted.pixels[place])] += 1
                    }
                }
            }
        } catch {
            broken.append((index, error.message))
        }
    }

    mutating func add(_ other: InspectionTotals) {
        widths += other.widths
        heights += other.heights
        formats.merge(other.formats, uniquingKeysWith: +)
        for channel in histogram.indices {
            for level in 0..<256 { histogram[channel][level] += other.histogram[channel][level] }
        }
        broken += other.broken
        damaged += other.damaged
        clipped += other.clipped
    }

    /// An image as it is stored, its format, and a remark on it.
    private static func image(
        of images: any ImageSet, _ index: Int
    ) throws(DataError) -> (PixelImage, String, ImageRemark?) {
        guard let files = images as? ImageFiles else {
            return (try images.fittedImage(at: index), "array", nil)
        }
        return try files.examined(at: index)
    }
}
