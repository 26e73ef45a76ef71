// SPDX-License-Identifier: Apache-2.0

/// Suggestions of known names for a mistyped one.
package enum NameSuggestions {
    /// The longest text that is compared, in bytes; the rest is ignored.
    private static let maximumByteCount = 256

    /// The names most like a text, best first: those that contain it, then by the number of letters
    /// to change.
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

    /// The most likely name for a text: one that contains it, or differs in few letters; nil if
    /// none is similar.
    package static func likely(for text: String, among names: [String]) -> String? {
        guard let name = nearest(to: text, among: names).first else { return nil }
        let wanted = Array(text.lowercased().utf8.prefix(maximumByteCount))
        let letters = Array(name.lowercased().utf8)
        let isLike =
            contains(letters, wanted) || distance(letters, wanted) <= max(2, wanted.count / 3)
        return isLike && distance(letters, wanted) < max(letters.count, wanted.count) ? name : nil
    }

    /// The names that a text may misspell: those that differ in the fewest letters, or begin with
    /// it; empty if none is near.
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

    /// The question `did you mean a or b?` for a text that misspells names; nil if none is near.
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
