// SPDX-License-Identifier: Apache-2.0

import CWRNKernels
package import WRNTensor

/// A batch of activations in memory: NHWC, in float32 or bfloat16, the channels of a pixel padded
/// with zeros to whole blocks.
package struct FeatureMap {
    /// The first channel of the first pixel of the first image.
    package let base: UnsafeMutableRawPointer
    /// The type of a number: float32 or bfloat16.
    package let elementType: ElementType
    /// The channels that count.
    package let channels: Int
    /// The number of rows.
    package let height: Int
    /// The number of columns.
    package let width: Int

    /// Describes a map that lies at `base`.
    package init(
        base: UnsafeMutableRawPointer, elementType: ElementType, channels: Int, height: Int,
        width: Int
    ) {
        precondition(
            elementType == .float32 || elementType == .bfloat16,
            "maps hold no \(elementType.rawValue)")
        self.base = base
        self.elementType = elementType
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// The channels rounded up to blocks: the elements from pixel to pixel.
    package var pixelStride: Int { Kernels.padded(channels) }
    /// The elements from image to image.
    package var imageStride: Int { height * width * pixelStride }
    /// The blocks of a pixel.
    package var blocks: Int { pixelStride / Kernels.lanes }
    /// The pixels of an image.
    package var pixelCount: Int { height * width }
    /// The bytes of an element.
    var elementByteCount: Int { elementType == .float32 ? 4 : 2 }

    /// The place of the element that is so many behind the first.
    func pointer(at offset: Int) -> UnsafeMutableRawPointer { base + offset * elementByteCount }

    /// The map's numbers, which must be float32.
    var floats: UnsafeMutablePointer<Float> {
        precondition(elementType == .float32, "float32 expected, not \(elementType.rawValue)")
        return base.assumingMemoryBound(to: Float.self)
    }

    /// The elements of one image of this shape.
    package static func elementCount(channels: Int, height: Int, width: Int) -> Int {
        height * width * Kernels.padded(channels)
    }
}

extension FeatureMap {
    /// Writes the sum over all pixels of the first `images` images, one value per padded channel;
    /// the map's numbers are float32.
    package func sumPixels(images: Int, into total: UnsafeMutablePointer<Float>) {
        var totals = [Double](repeating: 0, count: pixelStride)
        wrn_sum_rows(
            floats, pixelStride, Int32(images * pixelCount), Int32(pixelStride), &totals)
        for (channel, value) in totals.enumerated() { total[channel] = Float(value) }
    }

    /// Fills the first `images` images with values in NHWC order without padding, rounded to the
    /// map's type, on the threads of `workspace` or on the calling one.
    package func fill(
        _ values: ArraySlice<Float>, images: Int, in workspace: Workspace? = nil
    ) {
        withElements(Filling(values: values, images: images, pool: workspace?.pool))
    }

    /// The numbers of the first `images` images as float32, in NHWC order without padding.
    package func values(images: Int) -> [Float] {
        withElements(Reading(images: images))
    }

    private struct Filling: ElementBody {
        let values: ArraySlice<Float>
        let images: Int
        let pool: ThreadPool?

        func run<Element: MapElement>(_ map: FeatureMap, _ base: UnsafeMutablePointer<Element>) {
            let (channels, stride, pixels) = (map.channels, map.pixelStride, map.pixelCount)
            values.withUnsafeBufferPointer { source in
                func fill(image: Int) {
                    for pixel in image * pixels..<(image + 1) * pixels {
                        for c in 0..<channels {
                            base[pixel * stride + c] = Element(source[pixel * channels + c])
                        }
                        // Other buffers use this memory between runs.
                        for c in channels..<stride { base[pixel * stride + c] = Element(0) }
                    }
                }
                guard let pool else { return (0..<images).forEach(fill) }
                pool.run(count: images) { image, _ in fill(image: image) }
            }
        }
    }

    private struct Reading: ElementBody {
        let images: Int

        func run<Element: MapElement>(
            _ map: FeatureMap, _ base: UnsafeMutablePointer<Element>
        ) -> [Float] {
            let (channels, stride) = (map.channels, map.pixelStride)
            let count = images * map.pixelCount * channels
            return [Float](unsafeUninitializedCapacity: count) { result, initializedCount in
                for pixel in 0..<images * map.pixelCount {
                    for c in 0..<channels {
                        result[pixel * channels + c] = base[pixel * stride + c].float
                    }
                }
                initializedCount = count
            }
        }
    }
}

// MARK: Element by element

/// A number of a map, for the few operations that are written in Swift.
protocol MapElement {
    /// The number nearest to a float32.
    init(_ value: Float)
    /// The number as float32.
    var float: Float { get }
}

extension Float: MapElement {
    var float: Float { self }
}

extension BFloat16: MapElement {
    var float: Float { Float(self) }
}

/// A piece of code on the elements of a map of either type.
protocol ElementBody {
    associatedtype Result
    func run<Element: MapElement>(
        _ map: FeatureMap, _ base: UnsafeMutablePointer<Element>
    ) -> Result
}

extension FeatureMap {
    /// Runs code that is compiled for each type on the elements of the map's.
    func withElements<Body: ElementBody>(_ body: Body) -> Body.Result {
        elementType == .float32
            ? body.run(self, base.assumingMemoryBound(to: Float.self))
            : body.run(self, base.assumingMemoryBound(to: BFloat16.self))
    }
}
