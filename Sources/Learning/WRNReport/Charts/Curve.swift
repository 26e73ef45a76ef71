// SPDX-License-Identifier: Apache-2.0

/// One line of a chart.
struct Curve {
    /// A place on it.
    struct Place {
        let x: Double
        let y: Double
    }

    /// The most places of which a line is drawn; more would not be seen.
    static let maximumPlaceCount = 1000

    /// What is written at its end.
    let name: String
    /// The places, from left to right.
    let places: [Place]

    /// The lowest and the highest place of each stretch of a long line, in their order, and its ends; a short line as it is.
    var drawn: [Place] {
        let stretches = Self.maximumPlaceCount / 2 - 1
        guard places.count > Self.maximumPlaceCount, let first = places.first,
            let last = places.last
        else { return places }
        let inner = places.dropFirst().dropLast()
        var drawn = [first]
        for number in 0..<stretches {
            let begin = inner.startIndex + inner.count * number / stretches
            let end = inner.startIndex + inner.count * (number + 1) / stretches
            let stretch = inner[begin..<end]
            guard let low = stretch.min(by: { $0.y < $1.y }),
                let high = stretch.max(by: { $0.y < $1.y })
            else { continue }
            drawn += low.x <= high.x ? [low, high] : [high, low]
        }
        return drawn + [last]
    }
}
