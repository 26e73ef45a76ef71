// SPDX-License-Identifier: Apache-2.0

import WRNText

extension PretrainedWeights {
    /// How many tags a message proposes.
    private static let proposalCount = 4

    /// The known tags most like a text: those that contain it first, then by the number of letters
    /// to change.
    static func nearest(to text: String) -> [String] {
        Array(NameSuggestions.nearest(to: text, among: all.map(\.tag)).prefix(proposalCount))
    }

    /// Whether a text is a good part of a known tag, and so no path.
    static func isPartOfTag(_ text: String) -> Bool {
        isWithoutVersion(text)
            || text.hasPrefix("wide_resnet") && all.contains { $0.tag.contains(text) }
    }

    /// Whether a text is a name in timm's organization that lacks what says which of its weights
    /// are meant.
    static func isWithoutVersion(_ text: String) -> Bool {
        text.hasPrefix("timm/") && !text.contains(".") && all.contains { $0.tag.hasPrefix(text) }
    }

    /// What to say of a tag that is not known.
    static func unknown(_ text: String) -> HubError {
        HubError(
            .unknownWeights,
            "there are no weights with the name '\(text)'; names are exact, and the nearest are \(nearest(to: text).joined(separator: ", "))"
        )
    }
}
