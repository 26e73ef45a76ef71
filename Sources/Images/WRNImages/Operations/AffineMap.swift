// SPDX-License-Identifier: Apache-2.0

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
