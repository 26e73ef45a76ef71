// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNAudit
import WRNDatasets
import WRNText

/// The audit's part of the output of `wrn data inspect`.
struct AuditReport {
    let audit: DataAudit
    let source: String
    /// The page that was written; nil for none.
    let page: String?
    /// The list that was written; nil for none.
    let list: String?
    let leaveOut: LeaveOutKinds

    /// A row for each kind with its clearest finding, and what to do.
    func lines(width: TextWidth) -> [String] {
        guard !audit.findings.isEmpty else {
            return ["audit: nothing found"] + agreementLines(width: width.columns)
                + noteLines(width)
        }
        var table = Table(
            [("audit", .left), ("findings", .right), ("for example", .left)], yielding: [2])
        for kind in AuditFinding.Kind.allCases {
            let found = audit.findings.filter { $0.kind == kind }
            guard let first = found.first else { continue }
            table.add([kind.words, Numbers.grouped(found.count), Self.example(first)])
        }
        var lines = table.lines(width: width)
        lines += agreementLines(width: width.columns) + noteLines(width)
        return lines + advice(width: width.columns)
    }

    /// The names of two images of a finding, with their classes where they differ, and the class
    /// that a doubtful label should be.
    private static func example(_ finding: AuditFinding) -> String {
        let images = finding.shownPlaces(atMost: 2).map { finding.images[$0] }
        let haveOtherClasses = Set(images.map(\.className)).count > 1
        let names = images.map { image in
            haveOtherClasses ? "\(image.name) (\(printable(image.className)))" : image.name
        }.joined(separator: " = ")
        return names + (finding.suggestion.map { ": rather \($0)" } ?? "")
    }

    private func agreementLines(width: Int) -> [String] {
        guard let agreement = audit.agreement else { return [] }
        return wrapped(
            "A small model that was not fitted on them predicts "
                + "\(Numbers.percent(agreement, decimals: 1)) of "
                + "\(Numbers.counted(audit.checkedLabelCount, "label")).", width: width)
    }

    private func noteLines(_ width: TextWidth) -> [String] {
        audit.notes.flatMap { wrapped("note: " + $0, width: width.columns) }
    }

    private func advice(width: Int) -> [String] {
        var lines = wrapped(
            page.map { "The pictures are in \($0)." } ?? "--html PAGE shows the pictures.",
            width: width)
        let count = Numbers.counted(audit.leftOut(leaveOut.kinds).count, "image")
        if let list {
            lines += wrapped("\(list) names \(count) to leave out:", width: width)
            lines.append(
                "  \(Invocation.program) train NAME --data \(shellWord(source)) --exclude "
                    + "\(shellWord(list)) ...")
        } else if !audit.leftOut(leaveOut.kinds).isEmpty {
            lines += wrapped(
                "--export-list FILE names \(count) to leave out, which 'wrn train --exclude FILE' "
                    + "takes.", width: width)
        }
        return lines
    }
}

extension AuditReport: Encodable {
    private enum Key: String, CodingKey {
        case version, images, labelAgreement, checkedLabels, counts, findings, notes, page, list
        case leftOut
    }

    private struct Finding: Encodable {
        struct Image: Encodable {
            let name: String
            let split: Split
            let index: Int
            let className: String
            let leaveOut: Bool
        }

        let kind: String
        let detail: String
        let score: Double
        let suggestion: String?
        let images: [Image]

        init(_ finding: AuditFinding, _ leaveOut: LeaveOutKinds) {
            kind = finding.kind.rawValue
            detail = finding.detail
            score = finding.score
            suggestion = finding.suggestion
            let isLeftOut = leaveOut.kinds.contains(finding.kind)
            images = finding.images.enumerated().map { place, image in
                Image(
                    name: image.name, split: image.split, index: image.index,
                    className: image.className,
                    leaveOut: isLeftOut && finding.leftOut.contains(place))
            }
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: Key.self)
        try container.encode(DataAudit.formatVersion, forKey: .version)
        try container.encode(audit.imageCount, forKey: .images)
        try container.encodeIfPresent(audit.agreement, forKey: .labelAgreement)
        try container.encode(audit.checkedLabelCount, forKey: .checkedLabels)
        let counts = AuditFinding.Kind.allCases.map { ($0.rawValue, audit.count(of: $0)) }
        try container.encode(
            Dictionary(uniqueKeysWithValues: counts), forKey: .counts)
        try container.encode(
            audit.findings.map { Finding($0, leaveOut) }, forKey: .findings)
        try container.encode(audit.leftOut(leaveOut.kinds).map(\.1.name), forKey: .leftOut)
        try container.encode(audit.notes, forKey: .notes)
        try container.encodeIfPresent(page, forKey: .page)
        try container.encodeIfPresent(list, forKey: .list)
    }
}

extension AuditFinding.Kind {
    /// The kind in the table.
    fileprivate var words: String {
        switch self {
        case .broken: "broken files"
        case .copiesAcrossSplits: "copies across splits"
        case .copiesAcrossClasses: "copies with different labels"
        case .copies: "copies within a split"
        case .label: "doubtful labels"
        case .blank: "blank images"
        case .grey: "grey images"
        case .shape: "odd sizes and shapes"
        case .outlier: "far from all classes"
        }
    }
}

/// The kinds of findings whose images `--export-list` leaves out.
struct LeaveOutKinds: Hashable {
    private static let names: [(name: String, kinds: Set<AuditFinding.Kind>)] = [
        ("broken", [.broken]), ("blank", [.blank]),
        ("copies", [.copiesAcrossSplits, .copiesAcrossClasses, .copies]), ("labels", [.label]),
    ]

    /// All but doubtful labels, of which a look has to decide.
    static let usual = LeaveOutKinds(
        kinds: names.dropLast().reduce(into: []) { $0.formUnion($1.kinds) })

    let kinds: Set<AuditFinding.Kind>

    private init(kinds: Set<AuditFinding.Kind>) { self.kinds = kinds }

    /// Reads `broken,copies`.
    ///
    /// - Throws: A `ValidationError` with the valid names.
    init(argument: String) throws {
        var kinds: Set<AuditFinding.Kind> = []
        for name in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let known = Self.names.first(where: { $0.name == name }) else {
                let names = Self.names.map(\.name)
                throw ValidationError(
                    "\"\(name)\" is nothing that is left out; there are "
                        + names.joined(separator: ", ")
                        + question(about: String(name), among: names)
                )
            }
            kinds.formUnion(known.kinds)
        }
        self.kinds = kinds
    }
}

/// The list of `--export-list`.
enum ExclusionText {
    /// The names under a comment for each kind; doubtful labels that are not left out are comments.
    static func text(_ audit: DataAudit, source: String, _ leaveOut: LeaveOutKinds) -> String {
        let images = audit.leftOut(leaveOut.kinds)
        var lines = [
            "# Images of \(printable(source)) to leave out: \(Numbers.grouped(images.count)) of "
                + "\(Numbers.grouped(audit.imageCount)). A line without # is a name.",
            "# wrn train NAME --data \(shellWord(source)) --exclude FILE ...",
        ]
        var last: AuditFinding.Kind?
        for (kind, image) in images {
            if kind != last { lines += ["", "# \(kind.words)"] }
            last = kind
            lines.append(ImageExclusion.line(for: image.name))
        }
        let doubts = audit.findings.filter { $0.kind == .label }
        if !leaveOut.kinds.contains(.label), !doubts.isEmpty {
            lines += [
                "", "# doubtful labels: take the # away from those to leave out, the surest first",
            ]
            let named = Set(images.map(\.1))
            for finding in doubts {
                for image in finding.images where !named.contains(image) {
                    lines.append("#" + ImageExclusion.line(for: image.name))
                }
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
