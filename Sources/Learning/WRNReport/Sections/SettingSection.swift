// SPDX-License-Identifier: Apache-2.0

import WRNInspect
import WRNRuns

/// All that the run follows from.
struct SettingSection {
    let settings: [RunSetting]

    /// The most elements of a list that are written out.
    private static let maximumElementCount = 20

    var section: Markup {
        .section(
            "Configuration",
            [
                .paragraph(
                    "The values of config.json, under the names that recipes and options have for them."
                ),
                .tag(
                    "table", ["class": "words"],
                    [
                        .tag(
                            "thead", [:],
                            [
                                .tag("tr", [:], [.columnHead("setting"), .columnHead("value")])
                            ]),
                        .tag(
                            "tbody", [:],
                            settings.map { setting in
                                .tag(
                                    "tr", [:],
                                    [
                                        .rowHead(setting.key),
                                        .tag("td", text: Self.text(setting.value)),
                                    ])
                            }),
                    ]),
            ])
    }

    private static func text(_ value: RunSetting.Value) -> String {
        guard case .array(let elements) = value, elements.count > maximumElementCount else {
            return value.text
        }
        let first = elements.prefix(maximumElementCount).map(\.text).joined(separator: ", ")
        return first + ", and \((elements.count - maximumElementCount).grouped) more"
    }
}
