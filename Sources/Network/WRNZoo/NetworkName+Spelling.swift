// SPDX-License-Identifier: Apache-2.0

import WRNText

extension NetworkName {
    /// Other programs' spellings of the families, the longest first.
    private static let families = [
        ("wide-residual-network", "wrn"), ("wide-resnet", "wrn"), ("wideresnet", "wrn"),
        ("wide-res-net", "wrn"), ("wrn", "wrn"), ("resnet", "resnet"), ("res-net", "resnet"),
    ]

    /// The name in small letters with the separators of this package, from the spellings of others:
    /// `wide_resnet50_2`, `WRN_28_10`, `WideResNet-28x10`, `ResNet50`, `preactresnet164`; a text
    /// that is spelt in no such way, as it is.
    static func canonical(_ name: String) -> String {
        let whole = String(name.lowercased().map { $0 == "_" || $0 == " " ? "-" : $0 })
        var rest = whole[...]
        let isPre = ["preactivation", "pre-act", "preact"].contains { prefix in
            guard rest.hasPrefix(prefix) else { return false }
            rest = withoutSeparator(rest.dropFirst(prefix.count))
            return true
        }
        guard let (spelling, family) = families.first(where: { rest.hasPrefix($0.0) }) else {
            return whole
        }
        rest = withoutSeparator(rest.dropFirst(spelling.count))
        let depth = rest.prefix { "0123456789".contains($0) }
        guard !depth.isEmpty else { return whole }
        rest = rest.dropFirst(depth.count)
        if family == "wrn", rest.first == "x" || rest.first == "k" { rest = "-" + rest.dropFirst() }
        return (isPre ? "preact-" : "") + family + "-" + depth + rest
    }

    private static func withoutSeparator(_ text: Substring) -> Substring {
        text.first == "-" ? text.dropFirst() : text
    }

    /// Suggestions for a misspelt name, at most three; none for a name without numbers.
    static func suggestions(for name: String) -> [String] {
        guard name.utf8.contains(where: (UInt8(ascii: "0")...UInt8(ascii: "9")).contains) else {
            return []
        }
        let known = Set(Paper.rows.map(\.network)).union([
            "resnet-18", "resnet-34", "resnet-50", "resnet-101", "resnet-152", "wrn-50-2",
            "wrn-101-2", "preact-resnet-18", "preact-resnet-50",
        ])
        return Array(NameSuggestions.near(canonical(name), among: known.sorted()).prefix(3))
    }
}
