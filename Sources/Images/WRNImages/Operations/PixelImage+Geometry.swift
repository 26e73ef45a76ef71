// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

extension PixelImage {
    /// The two directions of a shear.
    public enum ShearDirection: Sendable {
        /// Rows move sideways.
        case horizontal
        /// Columns move up or down.
        case vertical
    }

    /// The image sheared about its top left corner, with 0 outside.
    ///
    /// The pixel at (x, y) comes from (x + level · y, y), or from (x, y + level · x).
    ///
    /// - Precondition: `level` is finite.
    public func sheared(_ level: Double, _ direction: ShearDirection) -> PixelImage {
        precondition(level.isFinite, "a shear is a finite number, not \(level)")
        // The conversion to degrees and back is torchvision's, and changes the last bits.
        let angle = atan(level) * (180 / Double.pi) * (Double.pi / 180)
        var map = AffineMap()
        switch direction {
        case .horizontal: map.b = tan(angle)
        case .vertical: map.d = sin(angle) / cos(angle)
        }
        return map.applied(to: self)
    }

    /// The image moved by whole pixels, with 0 where it was.
    public func translated(right: Int, down: Int) -> PixelImage {
        var map = AffineMap()
        map.c = -Double(right)
        map.f = -Double(down)
        return map.applied(to: self)
    }

    /// The image turned counter-clockwise about its centre, with 0 outside; its size stays.
    ///
    /// - Precondition: `degrees` is finite.
    public func rotated(degrees: Double) -> PixelImage {
        precondition(degrees.isFinite, "an angle is a finite number of degrees, not \(degrees)")
        let remainder = degrees.truncatingRemainder(dividingBy: 360)
        let angle = remainder < 0 ? remainder + 360 : remainder
        if angle == 0 || angle == 360 { return self }
        let radians = -(angle * (Double.pi / 180))
        // Fifteen decimals, so that a right angle is one.
        func rounded(_ value: Double) -> Double { (value * 1e15).rounded(.toNearestOrEven) / 1e15 }
        var map = AffineMap()
        (map.a, map.b) = (rounded(cos(radians)), rounded(sin(radians)))
        (map.d, map.e) = (rounded(-sin(radians)), rounded(cos(radians)))
        return map.about((x: Double(width) / 2, y: Double(height) / 2)).applied(to: self)
    }
}

/// Where each pixel of a result comes from: the point (x, y) from (a x + b y + c, d x + e y + f).
struct AffineMap {
    var (a, b, c) = (1.0, 0.0, 0.0)
    var (d, e, f) = (0.0, 1.0, 0.0)

    /// The same map about `centre` instead of the origin.
    func about(_ centre: (x: Double, y: Double)) -> AffineMap {
        var map = self
        map.c += a * -centre.x + b * -centre.y
        map.f += d * -centre.x + e * -centre.y
        map.c += centre.x
        map.f += centre.y
        return map
    }

    /// Whether an image's corners stay where Pillow counts in 16 bits before and after the binary
    /// point.
    private func fitsFixedPoint(height: Int, width: Int) -> Bool {
        [(0, 0), (width, height), (0, height), (width, 0)].allSatisfy { x, y in
            abs(Double(x) * a + Double(y) * b + c) < 32_768
                && abs(Double(x) * d + Double(y) * e + f) < 32_768
        }
    }

    /// The image of the same size whose pixels are the nearest ones of `image`, and 0 outside it.
    ///
    /// Pillow counts in fixed point, and in floating point where a map neither turns nor shears or
    /// goes far away; so does this, because it decides which of two pixels is the nearer one.
    func applied(to image: PixelImage) -> PixelImage {
        let isScaling = b == 0 && d == 0
        if !isScaling && fitsFixedPoint(height: image.height, width: image.width) {
            func fixed(_ value: Double) -> Int { Int((value * 65_536 + 0.5).rounded(.down)) }
            return Self.sampled(
                image,
                first: (fixed(c + a * 0.5 + b * 0.5), fixed(f + d * 0.5 + e * 0.5)),
                column: (fixed(a), fixed(d)), row: (fixed(b), fixed(e))
            ) { $0 >> 16 }
        }
        return Self.sampled(
            image, first: (c + b * 0.5 + a * 0.5, f + e * 0.5 + d * 0.5),
            column: (a, d), row: (b, e)
        ) { $0 >= 0 && $0 < 0x1p31 ? Int($0) : -1 }
    }

    /// The pixels at places that begin at `first` and move by `column` and `row` from one pixel to
    /// the next.
    private static func sampled<Place: AdditiveArithmetic>(
        _ image: PixelImage, first: (x: Place, y: Place), column: (x: Place, y: Place),
        row: (x: Place, y: Place), whole: (Place) -> Int
    ) -> PixelImage {
        let (height, width, channels) = (image.height, image.width, image.channels)
        return image.rewritten { input, output in
            var start = first
            var index = 0
            for _ in 0..<height {
                var place = start
                for _ in 0..<width {
                    let (x, y) = (whole(place.x), whole(place.y))
                    let isInside = x >= 0 && x < width && y >= 0 && y < height
                    let source = isInside ? (y * width + x) * channels : 0
                    for channel in 0..<channels {
                        output[index + channel] = isInside ? input[source + channel] : 0
                    }
                    index += channels
                    place.x += column.x
                    place.y += column.y
                }
                start.x += row.x
                start.y += row.y
            }
        }
    }
}
