// SPDX-License-Identifier: Apache-2.0

/// A colour of 8 bits a channel.
struct Pixel: Equatable {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    /// The luma of BT.601, in `0...255`.
    var luma: Int { (299 * Int(red) + 587 * Int(green) + 114 * Int(blue) + 500) / 1000 }

    /// The nearest of the terminal's colours 16...255: a 6x6x6 cube, then 24 greys.
    var index: Int {
        let cube = [red, green, blue].map(Self.nearestLevel)
        let cubeDistance = distance(to: cube.map { Self.levels[$0] })
        let grey = min(max((luma - 8 + 5) / 10, 0), 23)
        let greyDistance = distance(to: [Int](repeating: 8 + 10 * grey, count: 3))
        return greyDistance < cubeDistance
            ? 232 + grey : 16 + 36 * cube[0] + 6 * cube[1] + cube[2]
    }

    private static let levels = [0, 95, 135, 175, 215, 255]

    private static func nearestLevel(_ value: UInt8) -> Int {
        levels.indices.min { abs(levels[$0] - Int(value)) < abs(levels[$1] - Int(value)) } ?? 0
    }

    private func distance(to other: [Int]) -> Int {
        zip([red, green, blue], other).map { (Int($0) - $1) * (Int($0) - $1) }.reduce(0, +)
    }
}
