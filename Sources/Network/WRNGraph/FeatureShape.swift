// SPDX-License-Identifier: Apache-2.0

/// The shape of one image's features: channels, height and width, without the batch.
public struct FeatureShape: Hashable, Sendable, CustomStringConvertible {
    /// The number of channels, C.
    public let channels: Int
    /// The number of rows, H.
    public let height: Int
    /// The number of columns, W.
    public let width: Int

    /// Creates a shape from its three extents.
    public init(channels: Int, height: Int, width: Int) {
        self.channels = channels
        self.height = height
        self.width = width
    }

    /// The number of values of one image: C · H · W.
    public var elementCount: Int { channels * height * width }

    /// The number of positions: H · W.
    public var pixelCount: Int { height * width }

    /// `CxHxW`, for example `16x32x32`.
    public var description: String { "\(channels)x\(height)x\(width)" }
}
