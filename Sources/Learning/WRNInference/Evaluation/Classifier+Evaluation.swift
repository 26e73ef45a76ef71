// SPDX-License-Identifier: Apache-2.0

public import WRNData
import WRNGraph
import WRNModel
import WRNPlan

extension Classifier {
    /// Classifies all images and compares with their labels.
    ///
    /// The sums run over the images in their order, so the result is the same on any number of threads and workers.
    ///
    /// - Parameters:
    ///   - images: Labelled images of the model's size; classes with the model's names are those, others are numbered as the model's.
    ///   - workers: The threads that prepare batches.
    ///   - skipsBroken: Whether files that are no images are left out and counted in ``Evaluation/broken``, instead of an error.
    ///   - averagesMirrorImages: Whether an image's probabilities are the mean of its own and those of its mirror image, left and right
    ///     swapped (test-time flip); the loss is then that of the mean. It takes twice the time.
    ///   - progress: Told after each batch how many images are done.
    ///   - isCancelled: Asked before each batch whether to stop.
    /// - Throws: ``InferenceError`` when the images do not fit the model, there are none, or the network's answer is not finite;
    ///   `CancellationError` when `isCancelled` says so; a `DataError` when there is no thread.
    public func evaluate(
        _ images: any ImageSet, workers: Int = 1, skipsBroken: Bool = false,
        averagesMirrorImages: Bool = false, progress: (_ done: Int) -> Void = { _ in },
        isCancelled: () -> Bool = { false }
    ) throws -> Evaluation {
        try images.checkFits(graph.inputShape)
        let numbers = try classNumbers(of: images)
        guard images.count > 0 else { throw InferenceError.noImages(dataset: images.name) }
        let loader = try BatchLoader(
            images: images, normalization: normalization, augmentation: .none, batchSize: batch,
            order: .sequential, seed: 0, skipsBroken: skipsBroken, workers: workers)
        var tally = Tally()
        while !isCancelled() {
            guard let next = try loader.next() else {
                guard tally.count > 0 else {
                    throw InferenceError.noImages(dataset: images.name)
                }
                return tally.evaluation(classNames: classNames(or: images))
            }
            tally.broken += next.broken.map(\.message)
            guard next.count > 0 else { continue }
            let answers = try softmaxes(
                of: next, from: images, averagesMirrorImages: averagesMirrorImages)
            for (row, softmax) in answers.enumerated() {
                tally.add(
                    softmax, index: next.imageIndices[row], label: numbers[next.labels[row]])
            }
            progress(tally.count + tally.broken.count)
        }
        throw CancellationError()
    }

    /// What the network says of each image of a batch.
    private func softmaxes(
        of batch: Batch, from images: any ImageSet, averagesMirrorImages: Bool
    ) throws -> [Softmax] {
        func answers(to pixels: [Float]) throws -> [Softmax] {
            let logits = try executor.logits(for: pixels, count: batch.count)
            return try batch.imageIndices.enumerated().map { row, index in
                guard let softmax = Softmax(logits.row(row, of: description.classes)) else {
                    throw InferenceError.notFinite(dataset: images.name, index: index)
                }
                return softmax
            }
        }
        let own = try answers(to: batch.images)
        guard averagesMirrorImages else { return own }
        let mirrored = batch.images.mirrored(width: images.width, channels: images.channels)
        return zip(own, try answers(to: mirrored)).map { $0.averaged(with: $1) }
    }

    /// The model's names of the classes, or the data set's where the model has none.
    private func classNames(or images: any ImageSet) -> [String] {
        (0..<description.classes).map { index in
            description.classNames.isEmpty && images.classNames.indices.contains(index)
                ? images.classNames[index] : className(index)
        }
    }

    /// The model's number for each class of a set: by the names where the model knows them all, else the set's own, where these mean
    /// something.
    ///
    /// Folders number their classes in the order of their names, so a folder with other classes than the model's, or fewer, has other
    /// numbers.
    private func classNumbers(of images: any ImageSet) throws(InferenceError) -> [Int] {
        let known = Dictionary(
            description.classNames.enumerated().map { ($1, $0) },
            uniquingKeysWith: { first, _ in first })
        let numbers = images.classNames.map { known[$0] }
        let all = numbers.compactMap(\.self)
        if all.count == numbers.count { return all }
        if !known.isEmpty, images is ImageFiles, let index = numbers.firstIndex(of: nil) {
            throw .unknownClass(
                dataset: images.name, name: images.classNames[index],
                known: description.classNames)
        }
        guard images.classNames.count <= description.classes else {
            throw .classesDoNotFit(
                dataset: images.name, expected: description.classes,
                found: images.classNames.count)
        }
        // By number only where both have all numbers, or somebody gave the classes theirs.
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

    /// Whether somebody gave the classes their numbers, by a class map.
    fileprivate var hasGivenClassNumbers: Bool { (self as? ImageFiles)?.hasClassMap ?? false }

    /// Refuses a place where no image is.
    func check(_ indices: [Int]) throws(InferenceError) {
        if let index = indices.first(where: { !(0..<count).contains($0) }) {
            throw .indexOutOfRange(dataset: name, index: index, count: count)
        }
    }
}
