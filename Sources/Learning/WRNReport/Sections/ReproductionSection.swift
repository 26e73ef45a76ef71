// SPDX-License-Identifier: Apache-2.0

import WRNRuns

/// How to get the same weights again, and what to do with these.
struct ReproductionSection {
    let run: RunRecord
    let findings: RunFindings?

    var section: Markup {
        let directory = Self.word(run.path)
        let source = Self.word(findings?.source ?? run.source)
        var children: [Markup] = [
            .paragraph(
                "A run follows from its config.json and the images alone, on any number of threads. So this trains "
                    + "it once more, to the same bytes of model.safetensors on the same kind of processor:"
            ),
            commands([
                "mkdir again", "cp \(Self.word(run.path + "/config.json")) again/",
                "wrn train --resume again",
            ]),
        ]
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

    private func commands(_ lines: [String]) -> Markup {
        .tag("pre", [:], [.tag("code", text: lines.joined(separator: "\n"))])
    }

    /// Text as one word of a shell's command line.
    private static func word(_ text: String) -> String {
        let plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-./:+,=@%"
        return !text.isEmpty && text.allSatisfy(plain.contains)
            ? text : "'" + text.replacing("'", with: "'\\''") + "'"
    }
}
