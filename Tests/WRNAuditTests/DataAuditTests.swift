// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets
import WRNEngine
import WRNImages
import WRNInference
import WRNModel
import WRNPlan
import WRNRandom

@testable import WRNAudit

@Suite("The audit of a data set")
struct DataAuditTests {
    /// Labelled images that stand for files: the audit takes their pictures apart from them.
    private func set(_ labels: [Int]) throws -> LabelledImages {
        try LabelledImages(
            name: "stripes", channels: 3, height: 1, width: 1,
            pixels: Array(repeating: 0, count: 3 * labels.count), labels: labels,
            classNames: ["rows", "columns"])
    }

    /// Coloured stripes, in rows or in columns, of another width and phase for each number.
    private func stripes(_ number: Int, inRows: Bool) -> PixelImage {
        let random = RandomStream(seed: 5, purpose: .shuffling, item: number)
        let (period, phase) = (6 + random.integer(at: 0, below: 5), random.integer(at: 1, below: 9))
        var pixels: [UInt8] = []
        for row in 0..<40 {
            for column in 0..<40 {
                let isLight = ((inRows ? row : column) + phase) % period < period / 2
                let noise = random.integer(at: 2 + row * 40 + column, below: 60)
                let level = (isLight ? 180 : 20) + noise
                pixels += [UInt8(level), UInt8(level / 2), UInt8(255 - level)]
            }
        }
        return PixelImage(height: 40, width: 40, channels: 3, pixels: pixels)
    }

    private func features() throws -> PreparedFeatures {
        try AuditFeatures.prepared(
            TrainedNetwork(contentsOf: .bundled, normalization: nil, facts: ImageFacts()),
            device: .cpu())
    }

    /// 60 training and 30 test images; two labels are swapped, and five images are odd.
    private func pictures() throws -> (labels: [[Int]], images: [[PixelImage]]) {
        var labels = [60, 30].map { count in (0..<count).map { $0 % 2 } }
        var images = labels.enumerated().map { split, labels in
            labels.enumerated().map { stripes(100 * split + $0, inRows: $1 == 0) }
        }
        labels[0][11] = 0
        labels[1][8] = 1
        images[0][20] = images[1][4]
        images[1][6] = images[0][30].resized(height: 31, width: 33, by: .bilinear)
        images[0][21] = PixelImage(
            height: 40, width: 40, channels: 3, pixels: Array(repeating: 77, count: 4800))
        images[1][9] = images[1][9].converted(toChannels: 1).converted(toChannels: 3)
        images[0][40] = images[0][40].resized(height: 20, width: 120, by: .bilinear)
        return (labels, images)
    }

    /// Audits the pictures, which are added in an order of their own.
    private func audit(order: (Int) -> [Int], isQuick: Bool = false) throws -> DataAudit {
        let (labels, images) = try pictures()
        let sets = try labels.map(set)
        let collector = try AuditCollector(
            of: [(.train, sets[0]), (.test, sets[1])], features: isQuick ? nil : features())
        for (split, images) in images.enumerated() {
            for index in order(images.count) { collector.add(images[index], index, ofSplit: split) }
        }
        return try collector.audit([])
    }

    private func names(_ audit: DataAudit, _ kind: AuditFinding.Kind) -> [[String]] {
        audit.findings.filter { $0.kind == kind }.map { $0.images.map(\.name) }
    }

    @Test("Images whose channels cannot become the model's are refused before any is decoded")
    func otherChannels() throws {
        let description = ModelDescription(
            architecture: "wrn-10-1", classes: 2, inputChannels: 4, inputHeight: 8, inputWidth: 8,
            classNames: [], mean: [0.5, 0.5, 0.5, 0.5], standardDeviation: [0.2, 0.2, 0.2, 0.2])
        let features = try PreparedFeatures(
            description: description,
            tensors: Model.initialTensors(for: description.graph(), seed: 3))
        let images = try set([0, 1])
        #expect(throws: (any Error).self) {
            try AuditCollector(of: [(.train, images)], features: features)
        }
        _ = try AuditCollector(of: [(.train, images)], features: nil)
    }

    @Test("What was done to the images is found, and what to leave out")
    func finds() throws {
        let audit = try audit { Array(0..<$0) }
        // Arrays that come from no source are all called training images.
        #expect(
            names(audit, .copiesAcrossSplits) == [
                ["train/20", "train/4"], ["train/30", "train/6"],
            ])
        #expect(audit.findings.first?.images.map(\.split) == [.train, .test])
        #expect(names(audit, .blank) == [["train/21"]])
        #expect(names(audit, .grey) == [["train/9"]])
        #expect(names(audit, .shape) == [["train/40"]])
        let doubts = audit.findings.filter { $0.kind == .label }
        #expect(doubts.count < 12)
        #expect(Set(doubts.map(\.images[0].index)).isSuperset(of: [11, 8]))
        #expect(doubts.first { $0.images[0].index == 11 }?.suggestion == "columns")
        #expect((audit.agreement ?? 0) > 0.85 && audit.checkedLabelCount == 90)
        let out = audit.leftOut([.copiesAcrossSplits, .blank]).map(\.1)
        #expect(out.map(\.split) == [.train, .train, .train])
        #expect(out.map(\.index) == [20, 30, 21])
    }

    @Test("The order in which threads add images changes nothing")
    func order() throws {
        let forward = try audit { Array(0..<$0) }
        let backward = try audit { (0..<$0).reversed() }
        #expect(forward.findings == backward.findings)
        #expect(forward.agreement == backward.agreement)
    }

    @Test("Without a model there are no doubtful labels, and the rest is the same")
    func quick() throws {
        let (whole, quick) = (
            try audit { Array(0..<$0) }, try audit(order: { Array(0..<$0) }, isQuick: true)
        )
        #expect(quick.agreement == nil && quick.count(of: .label) == 0)
        #expect(
            quick.findings
                == whole.findings.filter { $0.kind != .label && $0.kind != .outlier })
    }

    @Test("Of copies that differ in their label or split, two that differ are shown")
    func shownPlaces() {
        func places(_ kind: AuditFinding.Kind, _ images: [(Split, String)]) -> [Int] {
            let images = images.enumerated().map { index, image in
                AuditedImage(
                    split: image.0, index: index, name: "\(index)", className: image.1)
            }
            return AuditFinding(kind: kind, images: images, detail: "", score: 1)
                .shownPlaces(atMost: 2)
        }
        let train = Split.train
        #expect(
            places(.copiesAcrossClasses, [(train, "a"), (train, "a"), (train, "b")]) == [0, 2])
        #expect(places(.copiesAcrossClasses, [(train, "a"), (train, "b")]) == [0, 1])
        #expect(
            places(.copiesAcrossSplits, [(train, "a"), (train, "a"), (.test, "a"), (.test, "b")])
                == [0, 3])
        #expect(
            places(.copiesAcrossSplits, [(train, "a"), (train, "b"), (.test, "a")]) == [0, 2])
        #expect(places(.copies, [(train, "a"), (train, "a"), (train, "a")]) == [0, 1])
        #expect(places(.blank, [(train, "a")]) == [0])
    }
}
