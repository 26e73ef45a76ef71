// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
package import WRNImages
package import WRNInference
import WRNModel
import WRNText
import WRNThreads

/// Collects what an audit needs of each image while the images are decoded, and then searches.
///
///     let collector = try AuditCollector(of: splits, features: features)
///     for (number, (split, images)) in splits.enumerated() {
///         inspections.append(try SplitInspection(of: images, split) { index, image in
///             collector.add(image, index, ofSplit: number)
///         })
///     }
///     let audit = try collector.audit(inspections)
///
/// It takes about 1.3 kB for each image, and 4 bytes for each of its features; no image is kept.
package final class AuditCollector: Sendable {
    /// The images whose features are computed at once.
    private static let batch = 32

    private struct State {
        var traces: ImageTraces
        var table: FeatureTable?
        var pending: [(image: Int, picture: PixelImage)] = []
        var extractors: [LentExtractor] = []
        var failure: (any Error)?
    }

    /// An extractor out of the pool; one thread has it until it is put back.
    private struct LentExtractor: @unchecked Sendable {
        let extractor: FeatureExtractor
    }

    private let splits: [(split: Split, images: any ImageSet)]
    /// The number of the first image of each split among all.
    private let offsets: [Int]
    private let features: PreparedFeatures?
    private let state: Locked<State>

    /// Prepares an audit.
    ///
    /// - Parameter features: The model up to the layers whose outputs describe an image; nil to
    ///   check no labels and find no outliers.
    /// - Throws: A `DataError` when the channels of the images cannot become those of the model.
    package init(of splits: [(Split, any ImageSet)], features: PreparedFeatures?) throws {
        for (_, images) in splits {
            try features?.description.checkPhotographs(channels: images.channels)
        }
        self.splits = splits.map { (split: $0.0, images: $0.1) }
        self.features = features
        var offsets: [Int] = []
        var count = 0
        for (_, images) in splits {
            offsets.append(count)
            count += images.count
        }
        self.offsets = offsets
        state = Locked(
            State(
                traces: ImageTraces(count: count),
                table: features.map {
                    FeatureTable(count: count, dimension: AuditFeatures.dimension(of: $0))
                }))
    }

    /// Takes an image as it is stored, decoded; can be called by several threads.
    package func add(_ image: PixelImage, _ index: Int, ofSplit number: Int) {
        let place = offsets[number] + index
        let trace = ImageTrace(of: image)
        let picture: PixelImage?
        do {
            picture = try features.map { try Self.picture(image, for: $0.description) }
        } catch {
            return state.withLock { $0.failure = $0.failure ?? error }
        }
        let batch = state.withLock { state -> [(image: Int, picture: PixelImage)] in
            state.traces.set(trace, at: place)
            guard let picture else { return [] }
            state.pending.append((place, picture))
            guard state.pending.count >= Self.batch else { return [] }
            defer { state.pending = [] }
            return state.pending
        }
        compute(batch)
    }

    /// An image as the model reads it; one of the model's size stays whole.
    private static func picture(
        _ image: PixelImage, for model: ModelDescription
    ) throws -> PixelImage {
        guard image.height == model.inputHeight, image.width == model.inputWidth else {
            return try model.fitted(image)
        }
        try model.checkPhotographs(channels: image.channels)
        return image.converted(toChannels: model.inputChannels)
    }

    /// Computes the features of some images.
    private func compute(_ batch: [(image: Int, picture: PixelImage)]) {
        guard let features, !batch.isEmpty else { return }
        let lent = state.withLock { $0.extractors.popLast() }
        do {
            // The threads that decode compute, too, each by itself.
            let extractor =
                try lent?.extractor
                ?? FeatureExtractor(features, batch: Self.batch, threads: 1)
            let model = features.description
            let images = try LabelledImages(
                name: "the images", channels: model.inputChannels, height: model.inputHeight,
                width: model.inputWidth, pixels: batch.flatMap(\.picture.pixels),
                labels: Array(repeating: 0, count: batch.count), classNames: [""])
            let answers = try extractor.features(of: images, indices: Array(batch.indices))
            let vectors = answers.map(AuditFeatures.vector)
            state.withLock { state in
                for (item, vector) in zip(batch, vectors) {
                    state.table?.set(vector, at: item.image)
                }
                state.extractors.append(LentExtractor(extractor: extractor))
            }
        } catch {
            state.withLock { $0.failure = $0.failure ?? error }
        }
    }

    /// The steps after the images are decoded.
    package enum Step: Hashable, Sendable {
        /// Images are compared with each other.
        case comparing
        /// Labels are checked.
        case checkingLabels
    }

    /// Searches what was collected.
    ///
    /// - Parameters:
    ///   - inspections: The inspections of the splits, in their order.
    ///   - progress: Called with the step and the numbers of images that are done and of all, on
    ///     several threads.
    ///   - isCancelled: Called now and then, on several threads; true cancels.
    /// - Throws: `CancellationError` when `isCancelled` returned true, an `InferenceError` when the
    ///   features of an image are not finite.
    package func audit(
        _ inspections: [SplitInspection],
        progress: @Sendable (Step, _ done: Int, _ total: Int) -> Void = { _, _, _ in },
        isCancelled: @Sendable () -> Bool = { false }
    ) throws -> DataAudit {
        compute(
            state.withLock { state in
                defer { state.pending = [] }
                return state.pending
            })
        // What was collected is taken out, so that it is in memory once.
        let (traces, table, failure) = state.withLock { state in
            defer {
                state.traces = ImageTraces(count: 0)
                state.table = nil
                state.extractors = []
            }
            state.traces.finish()
            return (state.traces, state.table, state.failure)
        }
        if let failure { throw failure }
        let copies = try CopySearch(
            traces, progress: { progress(.comparing, $0, $1) }, isCancelled: isCancelled)
        let labels = splits.flatMap(\.images.labels)
        let classNames = splits.first?.images.classNames ?? []
        progress(.checkingLabels, 0, labels.count)
        let check = try table.map {
            try LabelCheck(
                $0, labels: labels, classes: classNames.count, copies: copies.groups,
                isCancelled: isCancelled)
        }
        return DataAudit(
            splits: splits.map(\.split), classNames: classNames, imageCount: labels.count,
            findings: brokenFindings(inspections, traces) + copyFindings(copies, labels, traces)
                + labelFindings(check) + remarkFindings(traces) + outlierFindings(check),
            agreement: check?.agreement, checkedLabelCount: check?.checkedCount ?? 0,
            notes: notes(copies, check))
    }
}

extension AuditCollector {
    /// The image with a number among all.
    private func image(_ number: Int) -> AuditedImage {
        let place = (offsets.lastIndex { $0 <= number }) ?? 0
        let (split, images) = splits[place]
        let index = number - offsets[place]
        return AuditedImage(
            split: split, index: index, name: ImageName.of(index, in: images),
            className: images.classNames[images.labels[index]])
    }

    private func brokenFindings(
        _ inspections: [SplitInspection], _ traces: ImageTraces
    ) -> [AuditFinding] {
        let readable = Set(traces.readable)
        let broken = (0..<traces.count).filter { !readable.contains($0) }
        return zip(broken, inspections.flatMap(\.broken)).map { number, error in
            AuditFinding(
                kind: .broken, images: [image(number)], detail: error.message, score: 1,
                leftOut: [0])
        }
    }

    private func copyFindings(
        _ search: CopySearch, _ labels: [Int], _ traces: ImageTraces
    ) -> [AuditFinding] {
        let findings = search.groups.map { group -> AuditFinding in
            let images = group.images.map(image)
            let hasOtherSplits = Set(images.map(\.split)).count > 1
            let hasOtherClasses = Set(group.images.map { labels[$0] }).count > 1
            var words = [
                group.isExact
                    ? "equal pixels"
                    // Only equal images have 1.
                    : "similarity "
                        + Numbers.fixed(min(Double(group.similarity), 0.99), decimals: 2)
            ]
            if group.isMirrored { words.append("mirrored") }
            if hasOtherClasses { words.append("different labels") }
            // An image for evaluation is kept before one for training, so that what is measured
            // stays the same; of one split, the one with the most pixels.
            let kept = images.indices.max { one, other in
                (rank(images[one]), pixels(group.images[one], traces), -one)
                    < (rank(images[other]), pixels(group.images[other], traces), -other)
            }
            return AuditFinding(
                kind: hasOtherSplits
                    ? .copiesAcrossSplits : hasOtherClasses ? .copiesAcrossClasses : .copies,
                images: images, detail: words.joined(separator: ", "),
                score: Double(group.isExact ? 1 : group.similarity),
                leftOut: images.indices.filter { hasOtherClasses || $0 != kept })
        }
        return [.copiesAcrossSplits, .copiesAcrossClasses, .copies].flatMap { kind in
            // A sort by the score that keeps the order of equal ones.
            findings.filter { $0.kind == kind }.enumerated()
                .sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
                .map(\.element)
        }
    }

    private func rank(_ image: AuditedImage) -> Int {
        switch image.split {
        case .train: 0
        case .validation: 1
        case .test: 2
        }
    }

    private func pixels(_ number: Int, _ traces: ImageTraces) -> Int {
        Int(traces.sizes[number].height) * Int(traces.sizes[number].width)
    }

    private func labelFindings(_ check: LabelCheck?) -> [AuditFinding] {
        guard let check else { return [] }
        let classNames = splits.first?.images.classNames ?? []
        return check.doubts.map { doubt in
            let (image, suggestion) = (image(doubt.image), classNames[doubt.suggestion])
            return AuditFinding(
                kind: .label, images: [image],
                detail: "rather \(suggestion) (\(percent(doubt.suggestedProbability))) than "
                    + "\(image.className) (\(percent(doubt.probability)))",
                score: Double(-doubt.logRatio), suggestion: suggestion, leftOut: [0])
        }
    }

    private func percent(_ share: Float) -> String {
        share < 0.005
            ? "below 1 %"
            : share > 0.995 ? "above 99 %" : Numbers.percent(Double(share), decimals: 0)
    }

    private func outlierFindings(_ check: LabelCheck?) -> [AuditFinding] {
        (check?.farImages ?? []).map { far in
            AuditFinding(
                kind: .outlier, images: [image(far.image)],
                detail: "\(Numbers.fixed(Double(far.deviations), decimals: 1)) deviations farther "
                    + "from its nearest class than is usual",
                score: Double(far.deviations))
        }
    }

    /// Images of one colour, grey ones among coloured ones, and odd sizes.
    private func remarkFindings(_ traces: ImageTraces) -> [AuditFinding] {
        let blank = traces.readable.filter { traces.contrasts[$0] < CopySearch.blankContrast }
        let isBlank = Set(blank)
        let grey = traces.readable.filter { traces.colourfulness[$0] <= 2 && !isBlank.contains($0) }
        var findings = blank.map { number in
            AuditFinding(
                kind: .blank, images: [image(number)],
                detail: "nearly one colour: the deviation of its brightness is "
                    + "\(Numbers.fixed(Double(traces.contrasts[number]), decimals: 1)) of 255",
                score: Double(CopySearch.blankContrast - traces.contrasts[number]), leftOut: [0])
        }
        if 2 * grey.count < traces.readable.count {
            findings += grey.map { number in
                AuditFinding(
                    kind: .grey, images: [image(number)], detail: "no colours", score: 1)
            }
        }
        return findings + shapeFindings(traces)
    }

    private func shapeFindings(_ traces: ImageTraces) -> [AuditFinding] {
        let sizes = traces.readable.map { number in
            (
                number: number, height: Int(traces.sizes[number].height),
                width: Int(traces.sizes[number].width)
            )
        }
        let ratios = sizes.map { Double($0.width) / Double($0.height) }
        let shorter = sizes.map { min($0.height, $0.width) }
        guard let middleRatio = Self.middle(ratios), let middleSide = Self.middle(shorter) else {
            return []
        }
        var findings: [AuditFinding] = []
        for (place, size) in sizes.enumerated() {
            let stretch = max(ratios[place] / middleRatio, middleRatio / ratios[place])
            let shrink = Double(middleSide) / Double(shorter[place])
            guard stretch > 2.5 || shrink > 4 else { continue }
            let reason =
                stretch > 2.5
                ? "\(ratios[place] > middleRatio ? "wider" : "taller") than is usual by a factor "
                    + "of \(Numbers.fixed(stretch, decimals: 1))"
                : "smaller than is usual by a factor of \(Numbers.fixed(shrink, decimals: 1))"
            findings.append(
                AuditFinding(
                    kind: .shape, images: [image(size.number)],
                    detail: "\(size.width)x\(size.height) pixels, \(reason)",
                    score: max(stretch, shrink)))
        }
        return findings.enumerated()
            .sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }
            .map(\.element)
    }

    private static func middle<Value: Comparable>(_ values: [Value]) -> Value? {
        values.isEmpty ? nil : values.sorted()[values.count / 2]
    }

    private func notes(_ copies: CopySearch, _ check: LabelCheck?) -> [String] {
        var notes: [String] = []
        if copies.crowdedCount > 0 {
            notes.append(
                "\(Numbers.counted(copies.crowdedCount, "image")) look like more than "
                    + Numbers.grouped(PictureComparisons.maximumCandidateCount)
                    + " others, of which only the most similar so many were compared")
        }
        guard let check else { return notes }
        if check.agreement == nil {
            notes.append(
                "labels were not checked: that takes two classes of "
                    + "\(LabelCheck.fewImages) different images or more")
        } else if !check.uncheckedClasses.isEmpty {
            let names = splits.first?.images.classNames ?? []
            let shown = check.uncheckedClasses.prefix(5).map { "'\(printable(names[$0]))'" }
            notes.append(
                "labels were not checked in classes of fewer than \(LabelCheck.fewImages) "
                    + "different images: " + shown.joined(separator: ", ")
                    + (check.uncheckedClasses.count > 5
                        ? " and \(check.uncheckedClasses.count - 5) more" : ""))
        }
        if let agreement = check.agreement, agreement < LabelCheck.weakAgreement {
            notes.append(
                "the model's features tell the classes apart for only "
                    + "\(Numbers.percent(agreement, decimals: 0)) of the images, so that its "
                    + "doubts are weak evidence; features of a model of such images give better "
                    + "ones")
        }
        return notes
    }
}
