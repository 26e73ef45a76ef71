// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNImages

@testable import WRNAudit
@testable import WRNReport

@Suite("The page of an audit")
struct AuditPageTests {
    private static let hostile = #"<script>alert("1")</script>"#

    private let train: LabelledImages
    private let test: LabelledImages

    init() throws {
        func images(_ count: Int) throws -> LabelledImages {
            try LabelledImages(
                name: "noise", channels: 3, height: 4, width: 6,
                pixels: (0..<count * 72).map { UInt8(truncatingIfNeeded: $0 &* 37) },
                labels: (0..<count).map { $0 % 3 }, classNames: ["a", Self.hostile, "c"])
        }
        (train, test) = (try images(9), try images(6))
    }

    private func image(_ split: Split, _ index: Int) -> AuditedImage {
        let images = split == .train ? train : test
        return AuditedImage(
            split: split, index: index, name: "\(split.rawValue)/\(index)",
            className: images.classNames[images.labels[index]])
    }

    private func audit(_ findings: [AuditFinding]) -> DataAudit {
        DataAudit(
            splits: [.train, .test], classNames: train.classNames, imageCount: 15,
            findings: findings, agreement: 0.875, checkedLabelCount: 15, notes: ["a <note>"])
    }

    private func page(_ findings: [AuditFinding]) throws -> String {
        try AuditPage(audit(findings), source: "some data", images: [train, test]).html()
    }

    private var findings: [AuditFinding] {
        [
            AuditFinding(
                kind: .copiesAcrossSplits, images: [image(.train, 3), image(.test, 0)],
                detail: "similarity 0.93", score: 0.93, leftOut: [0]),
            AuditFinding(
                kind: .label, images: [image(.test, 1)], detail: "rather c", score: 3,
                suggestion: "c", leftOut: [0]),
        ]
    }

    @Test("Pictures are in the page, which needs no other file and no script")
    func selfContained() throws {
        let text = try page(findings)
        #expect(!text.contains("<script") && !text.contains("http://"))
        #expect(text.contains("default-src 'none'; img-src data:; style-src 'unsafe-inline'"))
        let reader = try PageReader(text)
        let pictures = reader.all("img")
        #expect(pictures.count == 3)
        for (picture, index) in zip(pictures, [3, 0, 1]) {
            let source = try #require(picture.attributes["src"])
            let data = try #require(Data(base64Encoded: String(source.split(separator: ",")[1])))
            let images = index == 3 ? train : test
            #expect(
                try PixelImage(decoding: [UInt8](data), file: "picture")
                    == images.fittedImage(at: index))
        }
        #expect(reader.all("p").contains { $0.text.contains("87.5\u{A0}%") })
        #expect(reader.all("p").contains { $0.text == "Note: a <note>." })
        #expect(reader.all("option").map(\.text) == ["all classes", "a", Self.hostile, "c"])
    }

    @Test("Each finding has the marks by which kinds, splits and classes are hidden")
    func filters() throws {
        let reader = try PageReader(try page(findings))
        let items = reader.all("li").compactMap { $0.attributes["class"] }
        #expect(items == ["in-train-test class-0", "in-test class-1 class-2 single"])
        let ids = reader.all("input").compactMap { $0.attributes["id"] }
        #expect(
            ids == ["kind-copies_across_splits", "kind-label", "split-train", "split-test"])
        #expect(reader.all("input").allSatisfy { $0.attributes["checked"] != nil })
        let style = reader.all("style").map(\.text).joined()
        for rule in [
            "body:has(#kind-label:not(:checked)) .kind-label{display:none}",
            "body:has(#split-test:not(:checked)) .in-test{display:none}",
            "body:has(#split-train:not(:checked)):has(#split-test:not(:checked)) .in-train-test"
                + "{display:none}",
            "body:has(#class option[value=\"2\"]:checked) .findings>li:not(.class-2){display:none}",
        ] { #expect(style.contains(rule), "\(rule)") }
        #expect(
            reader.all("section").map { $0.attributes["class"] }
                == ["kind-copies_across_splits", "kind-label"])
        // Of the copies one is marked.
        #expect(reader.all("div", class: "leave").count == 1)
    }

    @Test("A page shows the first of many findings and pictures, and the number of the others")
    func limits() throws {
        let many = Array(repeating: findings[1], count: AuditPage.maximumCount + 7)
        let group = AuditFinding(
            kind: .copies, images: Array(repeating: image(.train, 0), count: 11),
            detail: "equal pixels", score: 1)
        let text = try page(many + [group])
        let reader = try PageReader(text)
        #expect(reader.all("img").count == AuditPage.maximumCount + AuditPage.maximumPictureCount)
        #expect(text.contains("7 more are in the JSON and in the list of what to leave out."))
        #expect(text.contains("equal pixels; and 3 more images"))
    }

    @Test("Of many copies with different labels one with the other label is shown")
    func otherLabel() throws {
        let same = Array(repeating: image(.train, 0), count: AuditPage.maximumPictureCount + 2)
        let group = AuditFinding(
            kind: .copiesAcrossClasses, images: same + [image(.train, 2)],
            detail: "different labels", score: 1, leftOut: [0])
        let text = try page([group])
        #expect(text.contains("class c, ") && text.contains("train/2"))
        #expect(text.contains("different labels; and 3 more images"))
    }

    @Test("The list of what to leave out is named only for findings that it can have")
    func listedKinds() throws {
        let grey = AuditFinding(
            kind: .grey, images: [image(.train, 0)], detail: "no colours", score: 1)
        let text = try page(Array(repeating: grey, count: AuditPage.maximumCount + 5))
        #expect(text.contains("5 more are in the JSON."))
        #expect(!text.contains("the list of what to leave out"))
    }

    @Test("An audit without findings is a page, and writing one can be cancelled")
    func empty() throws {
        let reader = try PageReader(try page([]))
        #expect(reader.all("form").isEmpty && reader.all("section").isEmpty)
        #expect(reader.all("p").contains { $0.text == "Nothing was found." })
        let page = AuditPage(audit(findings), source: "x", images: [train, test])
        #expect(throws: CancellationError.self) { try page.html(isCancelled: { true }) }
    }
}
