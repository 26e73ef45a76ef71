// SPDX-License-Identifier: Apache-2.0

import WRNImages

/// A map of how much each part of an image contributes to one logit.
///
/// It is a grid over the part of the picture that the network sees; ``resized(height:width:)``
/// gives it in the coordinates of the picture.
public struct SaliencyMap: Hashable, Sendable, Codable {
    /// A rectangle in the coordinates of a picture, in its pixels; it may reach beyond the picture
    /// where the preparation adds black.
    public struct Region: Hashable, Sendable, Codable {
        /// The upper edge.
        public let top: Double
        /// The left edge.
        public let left: Double
        /// The rows.
        public let height: Double
        /// The columns.
        public let width: Double
    }

    /// The rows of the grid.
    public let height: Int
    /// The columns of the grid.
    public let width: Int
    /// The values of the grid, row by row.
    public let values: [Float]
    /// The part of the picture that the grid covers.
    public let region: Region
    /// The rows of the picture.
    public let pictureHeight: Int
    /// The columns of the picture.
    public let pictureWidth: Int

    init(
        height: Int, width: Int, values: [Float], preparation: ImagePreparation?,
        pictureHeight: Int, pictureWidth: Int
    ) {
        self.height = height
        self.width = width
        self.values = values
        self.pictureHeight = pictureHeight
        self.pictureWidth = pictureWidth
        let seen = preparation?.region(height: pictureHeight, width: pictureWidth)
        region = Region(
            top: seen?.top ?? 0, left: seen?.left ?? 0,
            height: seen?.height ?? Double(pictureHeight),
            width: seen?.width ?? Double(pictureWidth))
    }

    /// The value at a place of the region, both coordinates in `0...1`: bilinear between the
    /// centres of the grid's cells, as PyTorch's `interpolate` without `align_corners`.
    func value(row: Double, column: Double) -> Float {
        func place(_ position: Double, _ count: Int) -> (Int, Int, Float) {
            let cell = min(max(position * Double(count) - 0.5, 0), Double(count - 1))
            let first = Int(cell)
            return (first, min(first + 1, count - 1), Float(cell - Double(first)))
        }
        let (top, bottom, down) = place(row, height)
        let (left, right, along) = place(column, width)
        let upper =
            values[top * width + left] * (1 - along) + values[top * width + right] * along
        let lower =
            values[bottom * width + left] * (1 - along) + values[bottom * width + right] * along
        return upper * (1 - down) + lower * down
    }

    /// The map on the whole picture scaled to some size, row by row; nil where the network sees
    /// nothing of the picture.
    ///
    /// - Precondition: `height` and `width` are 1 or more.
    public func resized(height: Int, width: Int) -> [Float?] {
        precondition(height >= 1 && width >= 1, "a map has one row and one column at least")
        var result: [Float?] = []
        result.reserveCapacity(height * width)
        for row in 0..<height {
            let y = (Double(row) + 0.5) * Double(pictureHeight) / Double(height)
            let down = (y - region.top) / region.height
            for column in 0..<width {
                let x = (Double(column) + 0.5) * Double(pictureWidth) / Double(width)
                let along = (x - region.left) / region.width
                let isSeen = (0...1).contains(down) && (0...1).contains(along)
                result.append(isSeen ? value(row: down, column: along) : nil)
            }
        }
        return result
    }

    /// Spearman's rank correlation with another map of the same picture, on the finer of the two
    /// grids; nil where one of them is the same everywhere.
    ///
    /// Equal values share the mean of their ranks.
    public func rankCorrelation(with other: SaliencyMap) -> Double? {
        let (rows, columns) = (max(height, other.height), max(width, other.width))
        func ranks(_ map: SaliencyMap) -> [Double] {
            let values = (0..<rows * columns).map { index in
                map.value(
                    row: (Double(index / columns) + 0.5) / Double(rows),
                    column: (Double(index % columns) + 0.5) / Double(columns))
            }
            return Self.ranks(of: values)
        }
        let (first, second) = (ranks(self), ranks(other))
        let mean = Double(first.count - 1) / 2
        var (product, left, right) = (0.0, 0.0, 0.0)
        for (a, b) in zip(first, second) {
            product += (a - mean) * (b - mean)
            left += (a - mean) * (a - mean)
            right += (b - mean) * (b - mean)
        }
        return left > 0 && right > 0 ? product / (left * right).squareRoot() : nil
    }

    /// The ranks from 0, of equal values their mean.
    private static func ranks(of values: [Float]) -> [Double] {
        let order = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for position in start...end { ranks[order[position]] = Double(start + end) / 2 }
            start = end + 1
        }
        return ranks
    }
}
