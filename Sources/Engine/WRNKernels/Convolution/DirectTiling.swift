// SPDX-License-Identifier: Apache-2.0

/// The written rule by which a direct convolution is cut into tasks: from the shape and the batch alone, so that results repeat.
///
/// 1. A tile is as many output rows as keep its patch within `patchBytes`, about a quarter of a second-level cache.
/// 2. A batch should give at least `wantedTasks` tasks. When it does not, weights that outgrow the cache are cut by output channels
///    (each task then reads only its share of them); small weights leave the image to be cut into thinner tiles.
struct DirectTiling {
    static let patchBytes = 256 << 10
    static let weightBytes = 512 << 10
    static let wantedTasks = 8

    /// The output rows of a tile.
    let rows: Int
    /// Into how many parts the output channels are cut.
    let panelParts: Int

    init(_ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction, images: Int) {
        let phase = shape.phases(direction)[0]
        let rowBytes =
            (phase.columns + 2) * phase.stride * phase.stride
            * Kernels.padded(shape.reducedChannels(direction)) * shape.precision.byteCount
        let fitting = max(1, min(phase.rows, Self.patchBytes / rowBytes - 2))
        let tasks = images * ((phase.rows + fitting - 1) / fitting)
        if tasks >= Self.wantedTasks {
            rows = Self.evenRows(phase.rows, atMost: fitting)
            panelParts = 1
        } else if Self.packedCount(shape, direction) * MemoryLayout<Float>.stride > Self.weightBytes
        {
            rows = Self.evenRows(phase.rows, atMost: fitting)
            panelParts = (Self.wantedTasks + tasks - 1) / tasks
        } else {
            let tiles = (Self.wantedTasks + images - 1) / images
            rows = Self.evenRows(
                phase.rows, atMost: min(fitting, max(1, (phase.rows + tiles - 1) / tiles)))
            panelParts = 1
        }
    }

    private static func packedCount(
        _ shape: ConvolutionShape, _ direction: ConvolutionOperator.Direction
    ) -> Int {
        ConvolutionPlan(shape, direction, images: 1, algorithm: .direct).packedCount
    }

    /// 32 rows in tiles of at most 14 are 11 + 11 + 10.
    private static func evenRows(_ rows: Int, atMost limit: Int) -> Int {
        let tiles = (rows + limit - 1) / limit
        return (rows + tiles - 1) / tiles
    }
}
