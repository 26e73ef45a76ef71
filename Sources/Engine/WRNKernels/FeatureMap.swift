// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// A batch of activations in memory: NHWC float32, the channels of a pixel padded with zeros to whole blocks.
package struct FeatureMap {
    /// The first channel of the first pixel of the first image.
    package let base: UnsafeMutablePointer<Float>
    /// The channels that count.
    package let channels: Int
    /// The number of rows.
    package let height: Int
    /// The number of columns.
    package let width: Int

    /// Describes a map that lies at `base`.
    package init(base: UnsafeMutablePointer<Float>, channels: Int, height: Int, width: Int) {
        self.base = base
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// The channels rounded up to blocks: the floats from pixel to pixel.
    package var pixelStride: Int { Kernels.padded(channels) }
    /// The floats from image to image.
    package var imageStride: Int { height * width * pixelStride }
    /// The blocks of a pixel.
    package var blocks: Int { pixelStride / Kernels.lanes }
    /// The pixels of an image.
    package var pixelCount: Int { height * width }

    /// The floats of one image of this shape.
    package static func floatCount(channels: Int, height: Int, width: Int) -> Int {
        height * width * Kernels.padded(channels)
    }
}

/// Per-channel coefficients of a view, `nil` where it has none.
package struct Coefficients {
    /// The factor of the map's value.
    package let scale: UnsafePointer<Float>
    /// What is added.
    package let shift: UnsafePointer<Float>
    /// The factor of the second map's value.
    package let slope: UnsafePointer<Float>?

    /// Collects the vectors; each is as long as the map's padded channels.
    package init(
        scale: UnsafePointer<Float>, shift: UnsafePointer<Float>,
        slope: UnsafePointer<Float>? = nil
    ) {
        self.scale = scale
        self.shift = shift
        self.slope = slope
    }
}

/// A map as a step reads it: through an affine map per channel, an activation and dropout's keep bits, nothing of which is stored.
package struct MapView {
    /// The map.
    package let map: FeatureMap
    /// A second map of the same shape that the coefficients' slope multiplies.
    package let second: UnsafePointer<Float>?
    /// The affine map.
    package let coefficients: Coefficients?
    /// What is applied to each value.
    package let activation: PointwiseFunction
    /// One word per pixel and block; a zero bit makes the value zero.
    package let keep: UnsafePointer<UInt16>?
    /// What multiplies each value whose bit is one; 1 where the coefficients have it in them.
    package let factor: Float

    /// Describes a view; without further arguments, the map itself.
    package init(
        _ map: FeatureMap, second: UnsafePointer<Float>? = nil, coefficients: Coefficients? = nil,
        activation: PointwiseFunction = .identity, keep: UnsafePointer<UInt16>? = nil,
        factor: Float = 1
    ) {
        self.map = map
        self.second = second
        self.coefficients = coefficients
        self.activation = activation
        self.keep = keep
        self.factor = factor
    }

    var view: wrn_view {
        wrn_view(
            scale: coefficients?.scale, shift: coefficients?.shift, slope: coefficients?.slope,
            activation: activation.argument, factor: factor)
    }
}
