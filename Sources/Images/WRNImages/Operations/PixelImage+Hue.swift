// SPDX-License-Identifier: Apache-2.0

extension PixelImage {
    /// The image with every hue turned by a fraction of the circle; a grey image stays as it is.
    ///
    /// As in torchvision with Pillow, hue, saturation and value are bytes in between, so that
    /// colours lose a little even when `turn` is 0.
    ///
    /// - Precondition: `turn` is in `-0.5...0.5`, and the image is grey or in colour.
    public func hueTurned(by turn: Double) -> PixelImage {
        precondition((-0.5...0.5).contains(turn), "a hue turns by -0.5 to 0.5, not by \(turn)")
        guard channels != 1 else { return self }
        precondition(channels == 3, "\(channels) channels have no hue")
        let shift = UInt8(truncatingIfNeeded: Int(turn * 255))
        return rewritten { input, output in
            for place in stride(from: 0, to: input.count, by: 3) {
                var colour = ByteHSV(
                    red: input[place], green: input[place + 1], blue: input[place + 2])
                colour.hue &+= shift
                (output[place], output[place + 1], output[place + 2]) = colour.rgb
            }
        }
    }
}

/// A colour by hue, saturation and value in Pillow's bytes: 255 is the whole circle, and what it
/// rounds it rounds as Pillow.
struct ByteHSV {
    var hue: UInt8
    let saturation: UInt8
    let value: UInt8

    init(red: UInt8, green: UInt8, blue: UInt8) {
        let largest = max(red, green, blue)
        let smallest = min(red, green, blue)
        value = largest
        guard largest > smallest else {
            hue = 0
            saturation = 0
            return
        }
        let range = Float(largest - smallest)
        saturation = UInt8(Double(range / Float(largest)) * 255)
        func distance(_ channel: UInt8) -> Float { Float(largest - channel) / range }
        let (r, g, b) = (distance(red), distance(green), distance(blue))
        // The sixth of the circle and the place in it, each step in the precision that C gives it.
        let sixths: Float =
            if red == largest {
                b - g
            } else if green == largest {
                Float(2 + Double(r) - Double(b))
            } else {
                Float(4 + Double(g) - Double(r))
            }
        let turns = Double(sixths) / 6 + 1
        let fraction = Float(turns < 1 ? turns : turns - 1)
        hue = UInt8(min(max(Double(fraction) * 255, 0), 255))
    }

    var rgb: (UInt8, UInt8, UInt8) {
        guard saturation > 0 else { return (value, value, value) }
        let sixths = Double(hue) * 6 / 255
        let sixth = Int(sixths)
        let place = Float(sixths - Double(sixth))
        let share = Float(Double(saturation) / 255)
        // For each of the 2^24 colours this rounds as C's `round` does, which is slow.
        func scaled(_ loss: Double) -> UInt8 {
            UInt8(Double(value) * (1 - loss) + 0.5)
        }
        let low = scaled(Double(share))
        let falling = scaled(Double(share * place))
        let rising = scaled(Double(share) * (1 - Double(place)))
        return switch sixth % 6 {
        case 0: (value, rising, low)
        case 1: (falling, value, low)
        case 2: (low, value, rising)
        case 3: (low, falling, value)
        case 4: (rising, low, value)
        default: (value, low, falling)
        }
    }
}
