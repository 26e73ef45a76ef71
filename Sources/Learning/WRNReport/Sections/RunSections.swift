// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNInspect
import WRNRuns
import WRNText

/// A drawing of the network.
struct NetworkSection {
    let name: String
    let graph: Graph

    var section: Markup {
        .section(
            "The network",
            [
                .scrolled(
                    "Drawing of the network", [.trusted(NetworkDiagram(graph, name: name).svg)],
                    class: "drawing")
            ])
    }
}

/// The run's configuration.
struct SettingSection {
    let settings: [RunSetting]

    /// The most elements of a list that are written.
    private static let maximumElementCount = 20

    var section: Markup {
        .section(
            "Configuration",
            [
                .paragraph(
                    "The values of config.json, under the names that recipes and options have for "
                        + "them."
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
        return first + ", and \(Numbers.grouped(elements.count - maximumElementCount)) more"
    }
}

/// The commands that train the same weights again, and that use these.
struct ReproductionSection {
    let run: RunRecord
    let findings: RunFindings?
    /// The other numbers of epochs that the run had when it took steps.
    let earlierLengths: [Int]

    var section: Markup {
        let directory = shellWord(run.path)
        let source = shellWord(findings?.source ?? run.source)
        var children: [Markup] = [
            .paragraph(promise),
            commands([
                "mkdir again", "cp \(shellWord(run.path + "/config.json")) again/",
                "wrn train --resume again",
            ]),
        ]
        if findings?.calibration != nil, earlierLengths.isEmpty {
            children.append(
                .paragraph(
                    "The model was calibrated afterwards, so that its file differs in the "
                        + "description: the weights have the same bytes."))
        }
        if let findings {
            children += [
                .paragraph("The SHA-256 of the model.safetensors that was evaluated here:"),
                commands([findings.weightsSHA256]),
            ]
        }
        return .section(
            "Again",
            children + [
                .paragraph("To go on from here:"),
                commands([
                    "wrn evaluate --weights \(directory) --data \(source)",
                    "wrn predict --weights \(directory) photo.jpg",
                    "wrn report \(directory)", "tensorboard --logdir \(directory)",
                ]),
            ])
    }

    /// What a new run of the configuration leads to.
    private var promise: String {
        let beginning =
            "A run follows from its config.json and the images alone, on any number of threads"
        guard !earlierLengths.isEmpty else {
            return beginning + ". So this trains it once more, to the same bytes of "
                + "model.safetensors on the same kind of processor:"
        }
        let earlier = earlierLengths.map { Numbers.grouped($0) }.joined(separator: " and ")
        let epochs = Numbers.counted(run.epochs, "epoch")
        return beginning + ", unless its number of epochs is changed. This one had \(earlier) "
            + "before, and took steps at the learning rate or by the rules of such a run. So this "
            + "trains a run of \(epochs) from the beginning, which need not lead to the same "
            + "weights:"
    }

    private func commands(_ lines: [String]) -> Markup {
        .tag("pre", [:], [.tag("code", text: lines.joined(separator: "\n"))])
    }
}
