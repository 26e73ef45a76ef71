// SPDX-License-Identifier: Apache-2.0

extension PretrainedWeights {
    /// How many tags a message proposes.
    private static let proposalCount = 4

    /// The known tags most like a text: those that contain it first, then by the number of letters to change.
    static func nearest(to text: String) -> [String] {
        let wanted = Array(text.lowercased().utf8.prefix(HubFile.maximumByteCount))
        let ranked = all.map { entry in
            let tag = Array(entry.tag.lowercased().utf8)
            return (tag: entry.tag, misses: !contains(tag, wanted), distance: distance(tag, wanted))
        }
        return ranked.sorted {
            ($0.misses ? 1 : 0, $0.distance, $0.tag) < ($1.misses ? 1 : 0, $1.distance, $1.tag)
        }.prefix(proposalCount).map(\.tag)
    }

    /// Whether a text is a good part of a known tag, and so no path.
    static func isPartOfTag(_ text: String) -> Bool {
        text.hasPrefix("wide_resnet") && all.contains { $0.tag.contains(text) }
    }

    /// What to say of a tag that is not known.
    static func unknown(_ text: String) -> HubError {
        HubError(
            .invalidReference,
            "there are no weights with the name '\(text)'; names are exact, and the nearest are \(nearest(to: text).joined(separator: ", ")) (all: 'wrn weights list')"
        )
    }

    private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        text.count >= part.count
            && (0...text.count - part.count).contains { text[$0...].starts(with: part) }
    }

    /// The fewest letters to insert, to remove or to replace.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for (column, wanted) in other.enumerated() {
                let best = min(row[column], row[column + 1]) + 1
                (diagonal, row[column + 1]) = (
                    row[column + 1], min(best, diagonal + (letter == wanted ? 0 : 1))
                )
            }
        }
        return row[other.count]
    }
}
