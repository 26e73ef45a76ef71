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
