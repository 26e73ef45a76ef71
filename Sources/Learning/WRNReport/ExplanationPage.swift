// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNImages
package import WRNInference
import WRNText

/// A page of explained images: each with its classes and with the map of one of them over it.
///
/// It is one file that needs no other, without scripts.
package struct ExplanationPage {
    /// The most images of a page.
    package static let maximumCount = 500

    private let title: String
    private let method: String
    private var items: [Markup] = []

    /// Begins a page.
    ///
    /// - Parameter method: How the maps are computed, in a sentence.
    package init(title: String, method: String) {
        self.title = title
        self.method = method
    }

    /// Adds an image.
    ///
    /// - Throws: An `ImageError` when a picture cannot be written.
    package mutating func append(
        _ picture: PixelImage, _ explanation: Explanation, title: String, top: Int
    ) throws(ImageError) {
        let longer = max(picture.height, picture.width)
        let shown =
            longer > 480
            ? picture.resized(
                height: max(picture.height * 480 / longer, 1),
                width: max(picture.width * 480 / longer, 1), by: .bilinear) : picture
        items.append(
            .tag(
                "section", ["class": "explained"],
                [
                    .tag("h2", text: title),
                    .tag(
                        "div", ["class": "pair"],
                        [
                            Self.image(try shown.png(), "\(title)"),
                            Self.image(
                                try explanation.overlay(on: picture).png(),
                                "\(title) with the map of \(explanation.className) over it"),
                        ]),
                    .tag("p", text: "Map of \(explanation.className)."),
                    .tag(
                        "table", ["class": "words"],
                        [
                            .tag(
                                "tbody", [:],
                                explanation.predictions.prefix(top).map { prediction in
                                    .tag(
                                        "tr", [:],
                                        [
                                            .rowHead(prediction.className),
                                            .tag(
                                                "td", [:],
                                                [
                                                    .tag(
                                                        "meter",
                                                        [
                                                            "value": "\(prediction.probability)",
                                                            "min": "0", "max": "1",
                                                        ]),
                                                    .text(
                                                        " "
                                                            + FigureText.percent(
                                                                prediction.probability)),
                                                ]),
                                        ])
                                })
                        ]),
                ]))
    }

    /// The page.
    package var html: String {
        "<!DOCTYPE html>\n"
            + Markup.tag(
                "html", ["lang": "en"],
                [
                    .tag("head", [:], RunReport.head(title)),
                    .tag(
                        "body", [:],
                        [
                            .tag(
                                "main", [:],
                                [
                                    .tag(
                                        "header", [:],
                                        [
                                            .tag("h1", text: title),
                                            .tag("p", ["class": "pale"], text: method),
                                        ])
                                ] + items)
                        ]),
                ]
            ).rendered
    }

    private static func image(_ png: [UInt8], _ text: String) -> Markup {
        .tag(
            "img",
            [
                "src": "data:image/png;base64," + Data(png).base64EncodedString(), "alt": text,
                "loading": "lazy",
            ])
    }
}
