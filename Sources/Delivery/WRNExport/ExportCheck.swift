// SPDX-License-Identifier: Apache-2.0

import WRNBatches
package import WRNDatasets
import WRNGraph
package import WRNImages
import WRNInference
package import WRNModel
package import WRNPlan
import WRNRandom

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Images and the engine's results for them, with which a written file is compared.
package struct ExportCheck {
    /// The images in the size and channels that the network reads.
    package let images: [PixelImage]
    /// The engine's results, image after image, channels first.
    package let expected: [Float]
    private let normalization: Normalization

    /// Computes the engine's results for images of noise, of a gradient and of one colour, and for
    /// a few of the given ones.
    ///
    /// - Throws: A `PlanError` when the memory does not suffice, a `DataError` for an image that
    ///   cannot be read.
    package init(
        of network: ExportedNetwork, _ model: Model, on photographs: ImageList?, device: Device
    ) throws {
        let shape = network.inputShape
        // A large network's evaluation takes seconds an image.
        let isLarge = network.graph.multiplyAdds > 1 << 30
        var images: [PixelImage] = []
        if let photographs, photographs.count > 0 {
            let count = min(photographs.count, isLarge ? 2 : 8)
            for index in 0..<count {
                let photograph = try photographs.image(at: index * photographs.count / count)
                images.append(try model.description.fitted(photograph))
            }
        } else {
            let kinds: [Pattern] = isLarge ? [.noise, .gradient] : Pattern.allCases
            images = kinds.map { $0.image(shape) }
        }
        normalization = try model.description.normalization
        self.images = images
        let part = NetworkPart(of: network.graph, at: [network.graph.output])
        let executor = try device.features(part, batch: images.count).executor(model.tensors)
        let inputs = images.flatMap { [normalization] in normalization.values(of: $0) }
        let result = try executor.features(for: inputs, count: images.count)[0]
        let numbers = Self.channelsFirst(result, network.graph.outputShape, count: images.count)
        guard case .softmax = network.output.kind else {
            expected = numbers
            return
        }
        let classes = network.output.shape.channels
        let temperature = model.description.temperature
        expected = (0..<images.count).flatMap { row -> [Float] in
            let logits = numbers[row * classes..<(row + 1) * classes]
            let largest = Double(logits.max() ?? 0)
            let powers = logits.map { exp((Double($0) - largest) / temperature) }
            let sum = powers.reduce(0, +)
            return powers.map { Float($0 / sum) }
        }
    }

    /// The images as normalised numbers, channels first.
    package var normalizedInputs: [Float] {
        images.flatMap { image in
            Self.channelsFirst(
                normalization.values(of: image),
                FeatureShape(
                    channels: image.channels, height: image.height, width: image.width), count: 1)
        }
    }

    /// The images' bytes as numbers, channels last.
    package var pixelInputs: [Float] { images.flatMap { $0.pixels.map { Float($0) } } }

    /// The images' bytes as numbers, channels first.
    package var pixelPlanes: [Float] {
        images.flatMap { image in
            Self.channelsFirst(
                image.pixels.map { Float($0) },
                FeatureShape(
                    channels: image.channels, height: image.height, width: image.width), count: 1)
        }
    }

    /// The largest difference of results from the engine's, and the same as a fraction of the
    /// engine's largest; not a number where a result of either is none.
    package func difference(of found: [Float]) -> (largest: Double, relative: Double) {
        // The comparison below would pass over the engine's that are not numbers.
        guard found.count == expected.count, found.allSatisfy(\.isFinite),
            expected.allSatisfy(\.isFinite)
        else { return (.nan, .nan) }
        let largest = zip(found, expected).reduce(0.0) {
            max($0, abs(Double($1.0) - Double($1.1)))
        }
        let scale = expected.reduce(0.0) { max($0, abs(Double($1))) }
        return (largest, largest / max(scale, 1e-6))
    }

    /// The largest relative difference that is allowed.
    package static func bound(_ precision: ExportOptions.Precision) -> Double {
        switch precision {
        case .float32: 1e-4
        case .float16: 1e-2
        // Rounding to 8 bits moves logits by a tenth; something wrong moves them altogether.
        case .int8: 0.5
        }
    }

    /// Numbers of images with the channels last in the order with the channels first.
    private static func channelsFirst(
        _ numbers: [Float], _ shape: FeatureShape, count: Int
    ) -> [Float] {
        let positions = shape.pixelCount
        guard positions > 1 else { return numbers }
        var result: [Float] = []
        result.reserveCapacity(numbers.count)
        for image in 0..<count {
            let start = image * shape.elementCount
            for channel in 0..<shape.channels {
                for position in 0..<positions {
                    result.append(numbers[start + position * shape.channels + channel])
                }
            }
        }
        return result
    }

    /// Images that need no file.
    private enum Pattern: Int, CaseIterable {
        case noise, gradient, grey, otherNoise

        func image(_ shape: FeatureShape) -> PixelImage {
            let random = RandomStream(seed: 1, purpose: .shuffling, item: rawValue)
            var pixels: [UInt8] = []
            pixels.reserveCapacity(shape.elementCount)
            for row in 0..<shape.height {
                for column in 0..<shape.width {
                    for channel in 0..<shape.channels {
                        let value: Double
                        switch self {
                        case .noise, .otherNoise: value = random.uniform(at: pixels.count)
                        case .gradient:
                            value =
                                Double(row + (channel + 1) * column)
                                / Double(shape.height + (channel + 1) * shape.width)
                        case .grey: value = 0.5
                        }
                        pixels.append(UInt8(value * 255))
                    }
                }
            }
            return PixelImage(
                height: shape.height, width: shape.width, channels: shape.channels, pixels: pixels)
        }
    }
}
