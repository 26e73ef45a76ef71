// SPDX-License-Identifier: Apache-2.0

import WRNTensor
import WRNTensorFiles
import WRNZoo

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The normalisation of images in a file: a mean and a deviation for each channel, beside the
/// network or in the metadata.
///
/// Programs that normalise in their first layer save both with the weights: `mean` and `std`, `mu`
/// and `sigma`, `normalize.mean`, ...
enum NormalizationTensors {
    private static let names = [("mean", "std"), ("mu", "sigma"), ("mean", "sigma"), ("mu", "std")]
    private static let keys = [("mean", "std"), ("image_mean", "image_std"), ("mu", "sigma")]

    /// The names of a mean and of a deviation that are none of the network's own; empty where there
    /// are none.
    static func names(in archive: TensorArchive, beside match: NameMatch) -> [String] {
        let used = match.used
        let channels = match.network.inputChannels
        for entry in archive.entries where !used.contains(entry.name) {
            guard fits(entry, channels) else { continue }
            let parts = entry.name.split(separator: ".")
            let parent = parts.dropLast().map { $0 + "." }.joined()
            // Those of averaged weights or of an optimizer are not of images.
            guard !TensorNames.isAverage(parent) || parent.hasPrefix(match.prefix),
                !parent.hasPrefix("optim")
            else { continue }
            for (mean, deviation) in names where parts.last?.elementsEqual(mean) == true {
                guard let other = archive[parent + deviation], fits(other, channels),
                    !used.contains(other.name)
                else { continue }
                return [entry.name, other.name]
            }
        }
        return []
    }

    private static func fits(_ entry: TensorArchive.Entry, _ channels: Int) -> Bool {
        entry.elementType.isFloatingPoint && entry.shape.elementCount == channels
            && entry.shape.extents.allSatisfy { $0 == 1 || $0 == channels }
    }

    /// A list of numbers for each of two keys of the metadata, such as `[0.5, 0.5, 0.5]`.
    static func metadata(
        of archive: TensorArchive, channels: Int
    ) -> (keys: [String], mean: [Float], deviation: [Float])? {
        for (mean, deviation) in keys {
            guard let first = numbers(archive.metadata[mean]), first.count == channels,
                let second = numbers(archive.metadata[deviation]), second.count == channels
            else { continue }
            return ([mean, deviation], first, second)
        }
        return nil
    }

    private static func numbers(_ text: String?) -> [Float]? {
        guard let text else { return nil }
        return try? JSONDecoder().decode([Float].self, from: Data(text.utf8))
    }
}

/// The normalisation of images in a file of weights, in units of pixel / 255.
package struct StatedNormalization: Codable, Hashable, Sendable {
    /// The names of the tensors or metadata.
    package let names: [String]
    /// The mean of each channel.
    package let mean: [Float]
    /// The standard deviation of each channel.
    package let standardDeviation: [Float]

    /// Takes numbers in units of pixel / 255, or of pixels, which are divided; nil for numbers that
    /// are neither.
    init?(names: [String], mean: [Float], deviation: [Float]) {
        guard (mean + deviation).allSatisfy(\.isFinite), deviation.allSatisfy({ $0 > 0 }) else {
            return nil
        }
        let isOfPixels = (mean + deviation).contains { $0 > 1.5 }
        let unit: Float = isOfPixels ? 255 : 1
        guard mean.allSatisfy({ (-unit...unit).contains($0) }) else { return nil }
        self.names = names
        self.mean = mean.map { $0 / unit }
        standardDeviation = deviation.map { $0 / unit }
    }
}
