// SPDX-License-Identifier: Apache-2.0

/// How wide a text may become in any of the fonts that a viewer may have: those of DejaVu Sans, the widest of them.
enum TextWidth {
    /// An upper estimate in the picture's unit.
    static func of(_ text: String, size: Double, isBold: Bool = false) -> Double {
        let ems = text.reduce(0) { $0 + width(of: $1) }
        return ems * size * (isBold ? 1.12 : 1)
    }

    /// The text itself, or as much of its beginning and end as fits.
    static func fitted(
        _ text: String, in width: Double, size: Double, isBold: Bool = false
    ) -> String {
        guard of(text, size: size, isBold: isBold) > width else { return text }
        var kept = text.count - 1
        while kept > 2 {
            let short = text.prefix((kept + 1) / 2) + "…" + text.suffix(kept / 2)
            if of(String(short), size: size, isBold: isBold) <= width { return String(short) }
            kept -= 1
        }
        return "…"
    }

    private static func width(of character: Character) -> Double {
        switch character {
        case "i", "j", "l", "I", "'", "|": 0.32
        case " ", ".", ",", ":", ";", "f", "t", "r", "(", ")", "/", "-": 0.42
        case "m", "w", "M", "W", "@", "%", "…": 1.0
        case "→", "×", "=", "+", "·", "<", ">": 0.85
        case "A"..."Z", "&": 0.76
        default: character.isASCII ? 0.64 : 1.0
        }
    }
}
