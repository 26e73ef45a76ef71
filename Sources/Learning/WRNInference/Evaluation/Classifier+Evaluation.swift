// SPDX-License-Identifier: Apache-2.0

import WRNBatches
public import WRNDatasets
import WRNFetch
import WRNGraph
import WRNImages
import WRNModel
import WRNPlan

extension Classifier {
    /// Classifies all images and compares with their labels.
    ///
    /// The sums run over the images in their order, so the result is the same on any number of
    /// threads and workers.
    ///
    /// - Parameters:
    ///   - images: Labelled images of the model's size; classes with the model's names are those,
    ///     others are numbered as the model's.
    ///   - workers: The threads that prepare batches.
    ///   - skipsBroken: Whether files that are no images are left out and counted in
    ///     ``Evaluation/broken``, instead of an error.
    ///   - views: The views of each image: its probabilities are the mean of theirs, and the loss
    ///     is that of the mean. Each view takes the time of one.
    ///   - progress: Called after each batch with the number of images that are done.
    ///   - isCancelled: Called before each batch; true stops. The default follows the current task.
    /// - Throws: ``InferenceError`` when the images do not fit the model, there are none, or the
    ///   network's answer is not finite; `CancellationError` when `isCancelled` returns true; a
    ///   `DataError` for a file that is no image, an image that has not the set's size, a label
    ///   that names no class, and when there is no thread.
    public func evaluate(
        _ images: any ImageSet, workers: Int = 1, skipsBroken: Bool = false,
        views: TestTimeViews = .single, progress: (_ done: Int) -> Void = { _ in },
        isCancelled: () -> Bool = { Task.isCancelled }
    ) throws -> Evaluation {
        try evaluation(
            of: images,
            joining: [
                evaluatePart(
                    of: images, workers: workers, skipsBroken: skipsBroken, views: views,
                    progress: progress, isCancelled: isCancelled)
            ])
    }

    /// Classifies a part of the images and compares with their labels.
    ///
    /// - Parameter batches: Which of the batches, of as many there are; nil for all.
    /// - Throws: As ``evaluate(_:workers:skipsBroken:views:progress:isCancelled:)``.
    package func evaluatePart(
        of images: any ImageSet, batches: ((_ count: Int) -> Range<Int>)? = nil, workers: Int = 1,
        skipsBroken: Bool = false, views: TestTimeViews = .single,
        progress: (_ done: Int) -> Void = { _ in }, isCancelled: () -> Bool = { false }
    ) throws -> EvaluationPart {
        try images.checkFits(graph.inputShape)
        try images.checkLabels()
        let numbers = try classNumbers(of: images)
        var part = EvaluationPart()
        try forEachBatch(
            of: images, batches, views: views, workers: workers, skipsBroken: skipsBroken,
            isCancelled: isCancelled
        ) { batch, logits in
            part.broken += batch.broken.map(\.message)
            for (row, index) in batch.imageIndices.enumerated() {
                part.add(
                    try softmax(of: logits, row: row, dataset: images.name, index: index),
                    index: index, label: numbers[batch.labels[row]])
            }
            progress(part.count + part.broken.count)
        }
        return part
    }

    /// Joins the parts of an evaluation, in the order of their images, to what one evaluation of
    /// all images is.
    ///
    /// - Throws: ``InferenceError`` when no part has an image.
    package func evaluation(
        of images: any ImageSet, joining parts: [EvaluationPart]
    ) throws(InferenceError) -> Evaluation {
        let all = EvaluationPart(joining: parts)
        guard all.count > 0 else { throw .noImages(dataset: images.name) }
        return all.evaluation(classNames: classNames(or: images))
    }

    /// Computes images batch by batch.
    ///
    /// - Parameters:
    ///   - chosen: Which of the batches, of as many there are; nil for all.
    ///   - body: Called with each batch and the logits of its images in each view, image after
    ///     image.
    /// - Throws: As ``evaluate(_:workers:skipsBroken:views:progress:isCancelled:)``.
    func forEachBatch(
        of images: any ImageSet, _ chosen: ((_ count: Int) -> Range<Int>)? = nil,
        views: TestTimeViews = .single, workers: Int, skipsBroken: Bool,
        isCancelled: () -> Bool, _ body: (_ batch: Batch, _ logits: [[Float]]) throws -> Void
    ) throws {
        try images.checkFits(graph.inputShape)
        guard images.count > 0 else { throw InferenceError.noImages(dataset: images.name) }
        let count = (images.count + batch - 1) / batch
        let batches = chosen?(count) ?? 0..<count
        let places = views.places
        let loaders = try places.map { place in
            try BatchLoader(
                images: place == .centre ? images : WindowedImages(of: images, at: place),
                normalization: normalization, augmentation: .none, batchSize: batch,
                order: .sequential, seed: 0, skipsBroken: skipsBroken,
                workers: max(workers / places.count, 1), startingAt: batches.lowerBound)
        }
        while !isCancelled() {
            guard let first = try loaders[0].next(), batches.contains(first.index) else { return }
            var logits: [[Float]] = []
            for loader in loaders {
                let next = loader === loaders[0] ? first : try loader.next()
                guard let next, next.imageIndices == first.imageIndices else {
                    throw DataError(
                        .inconsistent, file: images.name,
                        "files changed while they were read; try again when they stay as they are")
                }
                guard next.count > 0 else { continue }
                logits += try self.logits(of: next.images, count: next.count, views)
            }
            try body(first, logits)
        }
        throw CancellationError()
    }

    /// The model's names of the classes, or the data set's where the model has none.
    func classNames(or images: any ImageSet) -> [String] {
        (0..<description.classes).map { index in
            description.classNames.isEmpty && images.classNames.indices.contains(index)
                ? images.classNames[index] : className(index)
        }
    }

    /// The model's number for each class of a set: by the names where the model has them all, else
    /// the set's own number, where it means the same.
    ///
    /// Folders number their classes in the order of their names, so a folder with other classes
    /// than the model's, or fewer, has other numbers.
    ///
    /// - Throws: ``InferenceError`` where a class is none of the model's or has a name that two of
    ///   them have, or numbers do not tell.
    package func classNumbers(of images: any ImageSet) throws(InferenceError) -> [Int] {
        // Two classes of one name may be among them.
        if images.classNames == description.classNames { return Array(images.classNames.indices) }
        let known = Dictionary(
            grouping: description.classNames.indices, by: { description.classNames[$0] })
        let numbers = images.classNames.map { known[$0] ?? [] }
        guard let unknown = numbers.firstIndex(where: \.isEmpty) else {
            if let index = numbers.firstIndex(where: { $0.count > 1 }) {
                throw .ambiguousClass(
                    dataset: images.name, name: images.classNames[index], numbers: numbers[index])
            }
            return numbers.compactMap(\.first)
        }
        let stranger = InferenceError.unknownClass(
            dataset: images.name, name: images.classNames[unknown], known: description.classNames)
        if images is ImageFiles, !known.isEmpty { throw stranger }
        guard images.classNames.count <= description.classes else {
            throw .classesDoNotFit(
                dataset: images.name, expected: description.classes,
                found: images.classNames.count)
        }
        // A name that the model has at another number shows that the set's numbers are others.
        for (number, own) in numbers.enumerated() where !own.isEmpty && !own.contains(number) {
            throw stranger
        }
        // By number only where both have all numbers, or a class map assigns them.
        guard images.classNames.count == description.classes || images.hasGivenClassNumbers else {
            throw .classesWithoutNames(
                dataset: images.name, expected: description.classes,
                found: images.classNames.count)
        }
        return Array(images.classNames.indices)
    }
}

extension ImageSet {
    /// Refuses images of another size or number of channels.
    func checkFits(_ shape: FeatureShape) throws(InferenceError) {
        let found = FeatureShape(channels: channels, height: height, width: width)
        guard found == shape else {
            throw .imagesDoNotFit(dataset: name, expected: shape, found: found)
        }
    }

    /// Whether a class map assigns the classes their numbers.
    fileprivate var hasGivenClassNumbers: Bool { (self as? ImageFiles)?.hasClassMap ?? false }

    /// Refuses an index without an image.
    func check(_ indices: [Int]) throws(InferenceError) {
        if let index = indices.first(where: { !(0..<count).contains($0) }) {
            throw .indexOutOfRange(dataset: name, index: index, count: count)
        }
    }
}

extension [Float] {
    /// The mirror images of a batch (NHWC), left and right swapped.
    ///
    /// - Precondition: The values fill whole rows.
    func mirrored(width: Int, channels: Int) -> [Float] {
        let rowSize = width * channels
        precondition(count.isMultiple(of: rowSize), "\(count) values are no rows of \(rowSize)")
        // A batch whose files are all broken; the storage that all empty arrays share must not be
        // written to.
        guard count > 0 else { return [] }
        return [Float](unsafeUninitializedCapacity: count) { output, filled in
            for row in stride(from: 0, to: count, by: rowSize) {
                for column in 0..<width {
                    let (place, source) = (column * channels, (width - 1 - column) * channels)
                    for channel in 0..<channels {
                        output[row + place + channel] = self[row + source + channel]
                    }
                }
            }
            filled = count
        }
    }
}
