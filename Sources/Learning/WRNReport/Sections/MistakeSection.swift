// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNInference
import WRNText

/// The mistakes with the highest probabilities, as pictures.
struct MistakeSection {
    let findings: RunFindings

    var section: Markup {
        guard !findings.mistakes.isEmpty else {
            return .section(
                "The surest mistakes", [.paragraph("The model makes no mistake on these images.")])
        }
        let count = findings.evaluation.count - findings.evaluation.correct
        return .section(
            "The surest mistakes",
            [
                .paragraph(
                    "\(Numbers.counted(count, "image")) of "
                        + "\(Numbers.grouped(findings.evaluation.count)) "
                        + "\(count == 1 ? "is" : "are") taken for another class. The model was "
                        + "surest of these."
                        + (findings.mistakes.contains { $0.map != nil }
                            ? " Beside each image is the map of its predicted class: what speaks "
                                + "for that class is bright."
                            : "")),
                .tag("ul", ["class": "mistakes"], findings.mistakes.map(item)),
            ])
    }

    private func item(_ mistake: RunFindings.Mistake) -> Markup {
        let answer = mistake.answer
        let (right, wrong) = (name(answer.label), name(answer.prediction))
        return .tag(
            "li", [:],
            [
                .tag(
                    "div", ["class": "pair"],
                    [picture(mistake.png, "\(mistake.title), of the class \(right)")]
                        + [mistake.map].compactMap(\.self).map {
                            picture($0, "\(mistake.title) with the map of \(wrong) over it")
                        }),
                line("true", right, answer.labelProbability),
                line("predicted", wrong, answer.probability),
                .tag("div", ["class": "pale"], text: mistake.title),
            ])
    }

    private func picture(_ png: [UInt8], _ text: String) -> Markup {
        .tag(
            "img",
            [
                "src": "data:image/png;base64," + Data(png).base64EncodedString(), "alt": text,
                "loading": "lazy",
            ])
    }

    private func line(_ what: String, _ name: String, _ probability: Double) -> Markup {
        .tag(
            "div", [:],
            [
                .tag("span", ["class": "pale"], text: what + " "), .tag("strong", text: name),
                .text(" \(FigureText.percent(probability, decimals: 1))"),
            ])
    }

    private func name(_ index: Int) -> String { findings.evaluation.classes[index].name }
}
