// SPDX-License-Identifier: Apache-2.0

/// Known names that a mistyped one may have meant.
package enum NameSuggestions {
    /// The longest text that is compared, in bytes; what follows counts for nothing.
    private static let maximumByteCount = 256

    /// The names most like a text, the likeliest first: those that contain it, then by the letters to change.
    package static func nearest(to text: String, among names: [String]) -> [String] {
        let wanted = Array(text.lowercased().utf8.prefix(maximumByteCount))
        let ranked = names.map { name in
            let letters = Array(name.lowercased().utf8)
            return (
                name: name, misses: contains(letters, wanted) ? 0 : 1,
                distance: distance(letters, wanted)
            )
        }
        return ranked.sorted {
            ($0.misses, $0.distance, $0.name) < ($1.misses, $1.distance, $1.name)
        }.map(\.name)
    }

    /// The name that a text most likely means: one that contains it, or one of which few letters differ; nil where none is like it.
    package static func likely(for text: String, among names: [String]) -> String? {
        guard let name = nearest(to: text, among: names).first else { return nil }
        let wanted = Array(text.lowercased().utf8.prefix(maximumByteCount))
        let letters = Array(name.lowercased().utf8)
        let isLike =
            contains(letters, wanted) || distance(letters, wanted) <= max(2, wanted.count / 3)
        return isLike && distance(letters, wanted) < max(letters.count, wanted.count) ? name : nil
    }

    /// The names that a text misspells, the likeliest first: those that differ in a few letters, or begin with it; none when nothing is near.
    package static func near(_ text: String, among names: [String]) -> [String] {
        let wanted = Array(text.lowercased().utf8.prefix(maximumByteCount))
        // A third of the letters may be wrong; of short names only one.
        let limit = max(1, min(wanted.count / 3, 3))
        let ranked = names.compactMap { name -> (name: String, distance: Int)? in
            let letters = Array(name.lowercased().utf8)
            let isBeginning = wanted.count >= 3 && letters.starts(with: wanted)
            let distance = isBeginning ? 0 : distance(letters, wanted)
            return distance <= limit ? (name, distance) : nil
        }
        let least = ranked.map(\.distance).min()
        return ranked.filter { $0.distance == least }.map(\.name).sorted()
    }

    /// The question `did you mean a or b?` for a text that misspells names; nil when nothing is near.
    package static func question(about text: String, among names: [String]) -> String? {
        let near = near(text, among: names)
        return near.isEmpty ? nil : "did you mean \(near.joined(separator: " or "))?"
    }

    private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        text.count >= part.count
            && (0...text.count - part.count).contains { text[$0...].starts(with: part) }
    }

    /// The fewest letters to insert, to remove, to replace or to swap with the next one.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var before: [Int] = []
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var next = [index + 1]
            for (column, wanted) in other.enumerated() {
                var best = min(
                    row[column + 1] + 1, next[column] + 1, row[column] + (letter == wanted ? 0 : 1))
                if index > 0, column > 0, letter == other[column - 1], one[index - 1] == wanted {
                    best = min(best, before[column - 1] + 1)
                }
                next.append(best)
            }
            (before, row) = (row, next)
        }
        return row[other.count]
    }
}
