// SPDX-License-Identifier: Apache-2.0

/// The similarity of two small pictures of 32 x 32 pixels: the correlation of their details.
///
/// The details are the luma minus its mean over 3 x 3 pixels. Pictures of the same kind have
/// similar light and shade, but not the same details, which compression, brightness and other sizes
/// leave. One picture is moved and enlarged a little against the other, so that a copy whose edges
/// are cropped has them, too.
struct PictureSimilarity {
    /// The correlations of the luma and of the details, without moving, below which pictures are
    /// not compared further.
    private static let (leastLuma, leastDetails): (Float, Float) = (0.78, 0.3)
    /// The correlation on the coarse grid below which no better place is looked for.
    private static let leastCoarse: Float = 0.5
    /// The largest mean difference of the colours of copies, of 256 levels.
    private static let colourTolerance = 12
    /// The enlargements that are tried: of a copy that lacks up to 6 % at each edge.
    private static let scales: [Float] = [1, 0.96, 0.92, 0.88]
    /// The pixels at the edges of moved pictures that are not compared.
    private static let margin = 2

    private static let side = ImageTrace.side
    private static let size = side * side

    /// The similarity of two images, in `0...1`.
    ///
    /// - Parameter isMirrored: Whether the first image is mirrored before.
    static func of(
        _ first: Int, _ second: Int, in traces: ImageTraces, isMirrored: Bool
    ) -> Float {
        measured(first, second, in: traces, isMirrored: isMirrored) { $0.value() }
    }

    /// The similarity of two images that are not moved, in `0...1`: it takes far less time.
    ///
    /// - Parameter isMirrored: Whether the first image is mirrored before.
    static func unmoved(
        _ first: Int, _ second: Int, in traces: ImageTraces, isMirrored: Bool
    ) -> Float {
        measured(first, second, in: traces, isMirrored: isMirrored) { $0.unmovedValue() }
    }

    private static func measured(
        _ first: Int, _ second: Int, in traces: ImageTraces, isMirrored: Bool,
        by measure: (PictureSimilarity) -> Float
    ) -> Float {
        guard
            colourDistance(first, second, in: traces, isMirrored: isMirrored) <= colourTolerance
        else { return 0 }
        return withUnsafeTemporaryAllocation(of: Float.self, capacity: 5 * size + side) { memory in
            guard let base = memory.baseAddress else { return 0 }
            let similarity = PictureSimilarity(
                one: base, other: base + size, details: base + 2 * size,
                otherDetails: base + 3 * size, moved: base + 4 * size, sums: base + 5 * size)
            copy(first, of: traces, to: similarity.one, isMirrored: isMirrored)
            copy(second, of: traces, to: similarity.other, isMirrored: false)
            return measure(similarity)
        }
    }

    private let one: UnsafeMutablePointer<Float>
    private let other: UnsafeMutablePointer<Float>
    private let details: UnsafeMutablePointer<Float>
    private let otherDetails: UnsafeMutablePointer<Float>
    private let moved: UnsafeMutablePointer<Float>
    /// The sums of a row and its neighbours.
    private let sums: UnsafeMutablePointer<Float>

    private func unmovedValue() -> Float {
        guard Self.correlation(one, other, margin: 0) >= Self.leastLuma else { return 0 }
        findDetails(of: one, to: details)
        findDetails(of: other, to: otherDetails)
        let value = Self.correlation(details, otherDetails, margin: 0)
        return value >= Self.leastDetails ? value : 0
    }

    private func value() -> Float {
        let still = unmovedValue()
        guard still > 0, still < 0.95 else { return still }
        // Either may be the part of the other.
        return min(max(still, best(one, other), best(other, one)), 1)
    }

    /// The largest correlation of the details of a picture with those of another that is enlarged
    /// and moved: on a coarse grid, and from its best place in smaller steps uphill.
    private func best(
        _ fixed: UnsafeMutablePointer<Float>, _ picture: UnsafeMutablePointer<Float>
    ) -> Float {
        findDetails(of: fixed, to: details)
        func correlation(_ place: Place) -> Float {
            Self.move(picture, to: moved, place)
            findDetails(of: moved, to: otherDetails)
            return Self.correlation(details, otherDetails, margin: Self.margin)
        }
        var best = (place: Place(scale: 1, row: 0, column: 0), value: Float(0))
        for scale in Self.scales {
            for row in -1...1 {
                for column in -1...1 {
                    let place = Place(scale: scale, row: Float(row), column: Float(column))
                    let value = correlation(place)
                    if value > best.value { best = (place, value) }
                }
            }
        }
        guard best.value >= Self.leastCoarse else { return best.value }
        for step: Float in [0.5, 0.25] {
            var isRising = true
            var rounds = 0
            while isRising, rounds < 4 {
                isRising = false
                rounds += 1
                for (row, column) in [(-step, 0), (step, 0), (0, -step), (0, step)] {
                    var place = best.place
                    place.row += row
                    place.column += column
                    let value = correlation(place)
                    if value > best.value {
                        best = (place, value)
                        isRising = true
                    }
                }
            }
        }
        return best.value
    }

    /// Where a picture is sampled: around its middle, `scale` pixels apart.
    private struct Place {
        let scale: Float
        var row: Float
        var column: Float
    }

    /// Samples a picture bilinearly; beyond its edges it goes on with its last pixels.
    private static func move(
        _ picture: UnsafeMutablePointer<Float>, to output: UnsafeMutablePointer<Float>,
        _ place: Place
    ) {
        let (middle, last) = (Float(side - 1) / 2, Float(side - 1))
        for row in 0..<side {
            let y = min(max(middle + (Float(row) - middle) * place.scale + place.row, 0), last)
            let top = min(Int(y), side - 2)
            let down = y - Float(top)
            let (upper, lower) = (picture + top * side, picture + (top + 1) * side)
            for column in 0..<side {
                let x = min(
                    max(middle + (Float(column) - middle) * place.scale + place.column, 0), last)
                let left = min(Int(x), side - 2)
                let right = x - Float(left)
                let above = upper[left] + right * (upper[left + 1] - upper[left])
                let below = lower[left] + right * (lower[left + 1] - lower[left])
                output[row * side + column] = above + down * (below - above)
            }
        }
    }

    private static func copy(
        _ image: Int, of traces: ImageTraces, to picture: UnsafeMutablePointer<Float>,
        isMirrored: Bool
    ) {
        traces.luma.withUnsafeBufferPointer { luma in
            for row in 0..<side {
                let start = (image * side + row) * side
                for column in 0..<side {
                    let place = isMirrored ? side - 1 - column : column
                    picture[row * side + column] = Float(luma[start + place])
                }
            }
        }
    }

    /// A picture minus its mean over 3 x 3 pixels, without those beyond the edges.
    private func findDetails(
        of picture: UnsafeMutablePointer<Float>, to output: UnsafeMutablePointer<Float>
    ) {
        let (side, last) = (Self.side, Self.side - 1)
        for row in 0..<side {
            let here = picture + row * side
            for column in 0..<side { sums[column] = here[column] }
            if row > 0 {
                let above = here - side
                for column in 0..<side { sums[column] += above[column] }
            }
            if row < last {
                let below = here + side
                for column in 0..<side { sums[column] += below[column] }
            }
            let rows: Float = row == 0 || row == last ? 2 : 3
            let (inner, outer) = (1 / (3 * rows), 1 / (2 * rows))
            let result = output + row * side
            for column in 1..<last {
                let sum = sums[column - 1] + sums[column] + sums[column + 1]
                result[column] = here[column] - sum * inner
            }
            result[0] = here[0] - (sums[0] + sums[1]) * outer
            result[last] = here[last] - (sums[last - 1] + sums[last]) * outer
        }
    }

    /// The correlation coefficient of two pictures without their margins; 0 where one has no
    /// contrast.
    private static func correlation(
        _ one: UnsafeMutablePointer<Float>, _ other: UnsafeMutablePointer<Float>, margin: Int
    ) -> Float {
        let range = margin..<side - margin
        var (sum, otherSum): (Float, Float) = (0, 0)
        for row in range {
            for place in row * side + margin..<(row + 1) * side - margin {
                sum += one[place]
                otherSum += other[place]
            }
        }
        let count = Float(range.count * range.count)
        let (mean, otherMean) = (sum / count, otherSum / count)
        var (squares, otherSquares, products): (Float, Float, Float) = (0, 0, 0)
        for row in range {
            for place in row * side + margin..<(row + 1) * side - margin {
                let (a, b) = (one[place] - mean, other[place] - otherMean)
                squares += a * a
                otherSquares += b * b
                products += a * b
            }
        }
        guard squares > 0.5, otherSquares > 0.5 else { return 0 }
        return products / (squares * otherSquares).squareRoot()
    }

    private static func colourDistance(
        _ first: Int, _ second: Int, in traces: ImageTraces, isMirrored: Bool
    ) -> Int {
        let side = ImageTrace.colourSide
        let count = 2 * side * side
        return traces.colours.withUnsafeBufferPointer { colours in
            var sum = 0
            for row in 0..<2 * side {
                for column in 0..<side {
                    let place = isMirrored ? side - 1 - column : column
                    let one = colours[first * count + row * side + place]
                    sum += abs(Int(one) - Int(colours[second * count + row * side + column]))
                }
            }
            return sum / count
        }
    }
}
