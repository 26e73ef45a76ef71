// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNAudit
package import WRNDatasets
import WRNImages
import WRNText

/// The page of an audit: what was found, with the pictures, which can be filtered by kind, split
/// and class.
///
/// It is one file that needs no other, without scripts: the controls act by selectors of the style
/// sheet.
package struct AuditPage {
    /// The most findings of one kind that are shown.
    static let maximumCount = 120
    /// The most pictures of one finding that are shown.
    static let maximumPictureCount = 8
    /// The longer side of a picture, in pixels.
    static let side = 112

    private let audit: DataAudit
    private let source: String
    private let images: [any ImageSet]

    /// Prepares a page.
    ///
    /// - Parameters:
    ///   - source: The data set's name in the title.
    ///   - images: The images of the audit's splits, in their order.
    package init(_ audit: DataAudit, source: String, images: [any ImageSet]) {
        self.audit = audit
        self.source = source
        self.images = images
    }

    /// The page; the pictures that it shows are decoded again.
    ///
    /// - Parameter isCancelled: Called before each finding; true cancels.
    /// - Throws: `CancellationError` when `isCancelled` returned true, an `ImageError` when a
    ///   picture cannot be written.
    package func html(isCancelled: () -> Bool = { false }) throws -> String {
        let title = "Audit of \(source)"
        let sections = try AuditFinding.Kind.allCases.compactMap { kind -> Markup? in
            let found = audit.findings.filter { $0.kind == kind }
            return found.isEmpty ? nil : try section(kind, found, isCancelled)
        }
        return "<!DOCTYPE html>\n"
            + Markup.tag(
                "html", ["lang": "en"],
                [
                    .tag(
                        "head", [:],
                        RunReport.head(title) + [.tag("style", [:], [.trusted(style)])]),
                    .tag("body", [:], [.tag("main", [:], [header(title), filters] + sections)]),
                ]
            ).rendered
    }

    private func header(_ title: String) -> Markup {
        let splits = audit.splits.map(\.adjective).joined(separator: ", ")
        let count = Numbers.counted(audit.findings.count, "finding")
        var words = [
            "\(count) in \(Numbers.counted(audit.imageCount, "image")) of "
                + "\(Numbers.grouped(audit.classNames.count)) classes (\(splits))."
        ]
        if let agreement = audit.agreement {
            words.append(
                "A small model that was not fitted on them predicts "
                    + "\(FigureText.percent(agreement, decimals: 1)) of the labels.")
        }
        return .tag(
            "header", [:],
            [
                .tag("h1", text: title),
                .tag("p", ["class": "pale"], text: words.joined(separator: " ")),
            ]
                + audit.notes.map { .paragraph("Note: \($0).") }
                + (audit.findings.isEmpty ? [.paragraph("Nothing was found.")] : []))
    }

    // MARK: Filters

    private var kinds: [AuditFinding.Kind] {
        AuditFinding.Kind.allCases.filter { audit.count(of: $0) > 0 }
    }

    private var filters: Markup {
        guard !audit.findings.isEmpty else { return .text("") }
        func box(_ id: String, _ label: String) -> Markup {
            .tag(
                "label", [:],
                [
                    .tag("input", ["type": "checkbox", "id": id, "checked": "checked"]),
                    .text(" " + label),
                ])
        }
        let kindBoxes = kinds.map { kind in
            box(
                "kind-\(kind.rawValue)", "\(kind.title) (\(Numbers.grouped(audit.count(of: kind))))"
            )
        }
        let splitBoxes = audit.splits.map { box("split-\($0.rawValue)", $0.adjective) }
        let options =
            [Markup.tag("option", ["value": "all"], text: "all classes")]
            + shownClasses.map { .tag("option", ["value": "\($0)"], text: audit.classNames[$0]) }
        return .tag(
            "form", ["class": "filters", "autocomplete": "off"],
            [
                .tag("fieldset", [:], [.tag("legend", text: "Kinds")] + kindBoxes),
                .tag("fieldset", [:], [.tag("legend", text: "Splits")] + splitBoxes),
                .tag(
                    "fieldset", [:],
                    [
                        .tag("legend", text: "Class"),
                        .tag("select", ["id": "class", "aria-label": "Class"], options),
                        .tag("button", ["type": "reset"], text: "Show all"),
                    ]),
            ])
    }

    private var classNumbers: [String: Int] {
        Dictionary(
            audit.classNames.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The numbers of the classes that findings have, in their order.
    private var shownClasses: [Int] {
        let numbers = classNumbers
        return Set(audit.findings.flatMap { Self.names(of: $0) }.compactMap { numbers[$0] })
            .sorted()
    }

    private static func names(of finding: AuditFinding) -> [String] {
        finding.images.map(\.className) + [finding.suggestion].compactMap(\.self)
    }

    private func splits(of finding: AuditFinding) -> [String] {
        audit.splits.filter { split in finding.images.contains { $0.split == split } }
            .map(\.rawValue)
    }

    /// The rules that hide what the controls leave out, and those of the page's own parts.
    private var style: String {
        var rules = [
            ".filters{display:flex;flex-wrap:wrap;gap:12px;margin:16px 0}",
            ".filters fieldset{border:1px solid var(--line);border-radius:8px;padding:6px 12px;margin:0;"
                + "display:flex;flex-wrap:wrap;gap:4px 16px;align-items:center;min-width:0}",
            ".filters legend{color:var(--pale);font-size:.8125rem;padding:0 4px}",
            ".filters label{white-space:nowrap}.filters select{max-width:60vw}",
            ".filters select,.filters button{font:inherit;font-size:.875rem}",
            ".findings{display:flex;flex-wrap:wrap;gap:12px;padding:0;margin:12px 0;list-style:none}",
            ".findings>li{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:10px;"
                + "max-width:100%;font-size:.8125rem;line-height:1.4;overflow-wrap:anywhere}",
            ".views{display:flex;flex-wrap:wrap;gap:10px}.views figure{margin:0;width:136px}",
            ".views figcaption{font-weight:400;margin:4px 0 0}",
            ".views img{display:block;width:136px;height:136px;object-fit:contain;background:#000;border-radius:6px}",
            ".views img.tiny{image-rendering:pixelated}",
            ".findings .detail{margin:6px 0 0;max-width:300px;font-weight:600}",
            ".findings .single .detail{max-width:136px}.findings .wide{width:300px}",
            ".leave{color:var(--second);font-weight:600}",
            "@media print{.filters{display:none}.findings>li{break-inside:avoid}}",
        ]
        for kind in kinds {
            rules.append(
                "body:has(#kind-\(kind.rawValue):not(:checked)) .kind-\(kind.rawValue){display:none}"
            )
        }
        for splits in Set(audit.findings.map(splits(of:))).sorted(by: { $0.joined() < $1.joined() })
        {
            let unchecked = splits.map { ":has(#split-\($0):not(:checked))" }.joined()
            rules.append("body\(unchecked) .in-\(splits.joined(separator: "-")){display:none}")
        }
        for number in shownClasses {
            rules.append(
                "body:has(#class option[value=\"\(number)\"]:checked) "
                    + ".findings>li:not(.class-\(number)){display:none}")
        }
        return rules.joined(separator: "\n")
    }

    // MARK: Findings

    private func section(
        _ kind: AuditFinding.Kind, _ findings: [AuditFinding], _ isCancelled: () -> Bool
    ) throws -> Markup {
        let numbers = classNumbers
        let items = try findings.prefix(Self.maximumCount).map { finding in
            guard !isCancelled() else { throw CancellationError() }
            return try item(finding, numbers)
        }
        let more = findings.count - items.count
        // Of some kinds a look decides, and the list never has them.
        let places =
            findings.contains { !$0.leftOut.isEmpty }
            ? "the JSON and in the list of what to leave out" : "the JSON"
        return .tag(
            "section", ["class": "kind-\(kind.rawValue)"],
            [
                .tag("h2", text: "\(kind.title) (\(Numbers.grouped(findings.count)))"),
                .paragraph(kind.explanation),
                .tag("ul", ["class": "findings"], items),
            ]
                + (more > 0
                    ? [
                        .paragraph(
                            "The first \(items.count) are shown; "
                                + "\(Numbers.grouped(more)) more are in \(places).")
                    ] : []))
    }

    private func item(_ finding: AuditFinding, _ numbers: [String: Int]) throws -> Markup {
        let leftOut = Set(finding.leftOut)
        let isGroup = finding.images.count > 1
        let views = try finding.shownPlaces(atMost: Self.maximumPictureCount).map {
            try view(finding.images[$0], isLeftOut: isGroup && leftOut.contains($0))
        }
        let more = finding.images.count - views.count
        var styles = ["in-" + splits(of: finding).joined(separator: "-")]
        styles += Set(Self.names(of: finding).compactMap { numbers[$0] }).sorted()
            .map { "class-\($0)" }
        if finding.images.count == 1 {
            styles.append(finding.kind == .broken ? "wide" : "single")
        }
        return .tag(
            "li", ["class": styles.joined(separator: " ")],
            [
                .tag("div", ["class": "views"], views),
                .tag(
                    "div", ["class": "detail"],
                    text: finding.detail
                        + (more > 0 ? "; and \(Numbers.grouped(more)) more images" : "")),
            ])
    }

    private func view(_ image: AuditedImage, isLeftOut: Bool) throws -> Markup {
        var parts: [Markup] = []
        if let picture = try picture(of: image) { parts.append(picture) }
        parts.append(
            .tag(
                "figcaption", [:],
                [
                    .tag("div", ["class": "pale"], text: image.name),
                    .tag("div", [:], text: "class \(image.className), \(image.split.adjective)"),
                ]
                    + (isLeftOut ? [.tag("div", ["class": "leave"], text: "leave out")] : [])))
        return .tag("figure", [:], parts)
    }

    /// The picture of an image; nil for one that cannot be read.
    private func picture(of image: AuditedImage) throws -> Markup? {
        guard let place = audit.splits.firstIndex(of: image.split), images.indices.contains(place),
            let whole = try? images[place].image(at: image.index, cropping: { _, _ in nil })
        else { return nil }
        let longer = max(whole.height, whole.width)
        let shown =
            longer > Self.side
            ? whole.resized(
                height: max(whole.height * Self.side / longer, 1),
                width: max(whole.width * Self.side / longer, 1), by: .bilinear) : whole
        return .tag(
            "img",
            [
                "src": "data:image/png;base64," + Data(try shown.png()).base64EncodedString(),
                "class": longer <= Self.side / 2 ? "tiny" : "",
                "alt": "\(image.name), of the class \(image.className)", "loading": "lazy",
            ])
    }
}

extension AuditFinding.Kind {
    /// The heading of the findings.
    var title: String {
        switch self {
        case .broken: "Broken files"
        case .copiesAcrossSplits: "Copies across splits"
        case .copiesAcrossClasses: "Copies with different labels"
        case .copies: "Copies within a split"
        case .label: "Doubtful labels"
        case .blank: "Blank images"
        case .grey: "Grey images"
        case .shape: "Odd sizes and shapes"
        case .outlier: "Far from all classes"
        }
    }

    /// What the findings are, and what to do.
    var explanation: String {
        switch self {
        case .broken:
            "These files cannot be used. Repair or remove them."
        case .copiesAcrossSplits:
            "These images show the same and are in different splits, so that an evaluation measures "
                + "what was learnt by heart. One of each is kept: of the test images before the "
                + "validation images, and of these before the training images; where the labels "
                + "differ, none is."
        case .copiesAcrossClasses:
            "These images show the same and have different labels, of which at most one is right."
        case .copies:
            "These images show the same and have the same label; they count several times."
        case .label:
            "A small model that was fitted on other images contradicts these labels, the surest "
                + "contradiction first. Many of them are wrong, some are hard images: look at each."
        case .blank:
            "These images are of nearly one colour and show nothing."
        case .grey:
            "These images have no colours, unlike most others. A model may learn this instead of "
                + "what they show where one class has most of them."
        case .shape:
            "These images are far smaller, wider or taller than the others, so that resizing and "
                + "cropping leaves little of them."
        case .outlier:
            "The features of these images are far from those of all classes: other things, drawings "
                + "among photographs, damaged images. Look at each."
        }
    }
}
