// SPDX-License-Identifier: Apache-2.0

/// One change of an image that keeps its size, with its strength: what augmentation policies are
/// made of.
///
/// The results are byte for byte those of Pillow, called as torchvision does. Pixels from outside
/// the image are 0.
package enum ImageOperation: Hashable, Sendable {
    /// Nothing.
    case identity
    /// Moves each row sideways by `level` times its distance from the top.
    case shearX(Double)
    /// Moves each column up or down by `level` times its distance from the left.
    case shearY(Double)
    /// Moves the content to the right by whole pixels.
    case translateX(Int)
    /// Moves the content down by whole pixels.
    case translateY(Int)
    /// Turns the content counter-clockwise by degrees.
    case rotate(Double)
    /// Multiplies every channel by a factor.
    case brightness(Double)
    /// Multiplies the distance from the mean grey by a factor.
    case contrast(Double)
    /// Multiplies the distance from the pixel's own grey by a factor.
    case saturation(Double)
    /// Multiplies the distance from the smoothed image by a factor.
    case sharpness(Double)
    /// Turns the hue by a fraction of the circle, in -0.5...0.5.
    case hue(Double)
    /// Keeps the highest bits of each channel, 1 to 8 of them.
    case posterize(Int)
    /// Inverts the levels from a threshold on.
    case solarize(Double)
    /// Stretches each channel to 0...255.
    case autocontrast
    /// Makes each channel's levels about equally frequent.
    case equalize
    /// Replaces each level by its distance from 255.
    case invert
}

extension PixelImage {
    /// The image after an operation.
    ///
    /// - Precondition: The operation's number is finite and in its range, and the image is grey or
    ///   in colour.
    package func applying(_ operation: ImageOperation) -> PixelImage {
        switch operation {
        case .identity: self
        case .shearX(let level): sheared(level, .horizontal)
        case .shearY(let level): sheared(level, .vertical)
        case .translateX(let pixels): translated(right: pixels, down: 0)
        case .translateY(let pixels): translated(right: 0, down: pixels)
        case .rotate(let degrees): rotated(degrees: degrees)
        case .brightness(let factor): brightened(by: factor)
        case .contrast(let factor): contrasted(by: factor)
        case .saturation(let factor): saturated(by: factor)
        case .sharpness(let factor): sharpened(by: factor)
        case .hue(let turn): hueTurned(by: turn)
        case .posterize(let bits): posterized(toBits: bits)
        case .solarize(let threshold): solarized(from: threshold)
        case .autocontrast: autocontrasted()
        case .equalize: equalized()
        case .invert: inverted()
        }
    }
}

extension ImageOperation: CustomStringConvertible {
    /// The operation's name and its strength: `rotate -12`, `posterize 4`, `equalize`.
    package var description: String {
        switch self {
        case .identity: "identity"
        case .shearX(let level): "shearX \(Self.rounded(level))"
        case .shearY(let level): "shearY \(Self.rounded(level))"
        case .translateX(let pixels): "translateX \(pixels)"
        case .translateY(let pixels): "translateY \(pixels)"
        case .rotate(let degrees): "rotate \(Self.rounded(degrees))"
        case .brightness(let factor): "brightness \(Self.rounded(factor))"
        case .contrast(let factor): "contrast \(Self.rounded(factor))"
        case .saturation(let factor): "saturation \(Self.rounded(factor))"
        case .sharpness(let factor): "sharpness \(Self.rounded(factor))"
        case .hue(let turn): "hue \(Self.rounded(turn))"
        case .posterize(let bits): "posterize \(bits)"
        case .solarize(let threshold): "solarize \(Self.rounded(threshold))"
        case .autocontrast: "autocontrast"
        case .equalize: "equalize"
        case .invert: "invert"
        }
    }

    /// Three decimals at most, and none where the number is whole.
    private static func rounded(_ value: Double) -> String {
        let thousandths = (value * 1000).rounded()
        guard let whole = Int(exactly: thousandths / 1000) else { return "\(thousandths / 1000)" }
        return "\(whole)"
    }
}
