// SPDX-License-Identifier: Apache-2.0

import WRNBatches
public import WRNDatasets
public import WRNEngine
public import WRNFetch
public import WRNGraph
public import WRNImages
public import WRNModel
public import WRNPlan
public import WRNTensor

/// A model that classifies images: its network is planned, and images are normalised as in
/// training.
///
///     let classifier = try Classifier(contentsOf: "runs/first")
///     let evaluation = try classifier.evaluate(DataSource("fashion-mnist").load(.test))
///
/// Answers do not depend on the number of threads. A classifier is used by one thread at a time;
/// several can share one copy of the weights (``PreparedModel``), and a ``ClassificationService``
/// answers any number of tasks.
public final class Classifier {
    /// The description of the network and of the images that it expects.
    public let description: ModelDescription
    /// The record of what was read and assumed of another program's weights; nil for a model, whose
    /// file describes everything.
    public let reading: WeightsReading?

    let executor: any InferenceExecutor
    let normalization: Normalization

    /// Plans the described network for `batch` images at a time and loads its weights.
    ///
    /// - Throws: A `GraphError` when the description is no network's, a `DataError` when its
    ///   normalisation does not suit its channels, a `PlanError` when a tensor is missing or has
    ///   another shape, the batch is out of range, or the device is not available.
    public convenience init(
        description: ModelDescription, tensors: [String: Tensor], batch: Int = 64,
        device: Device = .cpu()
    ) throws {
        try self.init(
            TrainedNetwork(
                description: description, tensors: tensors, graph: description.graph()),
            batch: batch, device: device)
    }

    /// Plans a network that was read.
    ///
    /// - Throws: As ``init(description:tensors:batch:device:)``.
    package init(_ network: TrainedNetwork, batch: Int, device: Device) throws {
        normalization = try network.description.normalization
        executor = try device.inference(network.graph, batch: batch).executor(network.tensors)
        description = network.description
        reading = network.reading
    }

    /// Loads weights into a network that is planned already.
    ///
    /// - Throws: As ``init(description:tensors:batch:device:)``.
    package init(
        description: ModelDescription, tensors: [String: Tensor], plan: InferencePlan
    ) throws {
        normalization = try description.normalization
        executor = try plan.executor(tensors)
        self.description = description
        reading = nil
    }

    /// Plans the network of a prepared model for `batch` images at a time, without a copy of the
    /// weights.
    ///
    /// - Parameter threads: The number of threads, the caller's included; nil for all processors.
    /// - Throws: A `PlanError` when the batch or the number of threads is out of range, or this
    ///   process cannot hold the memory.
    public init(
        _ model: PreparedModel, batch: Int = 64, threads: Int? = nil
    ) throws(PlanError) {
        executor = try model.weights.executor(batch: batch, threads: threads)
        description = model.description
        reading = model.reading
        normalization = model.normalization
    }

    /// The model, for further classifiers on the same weights.
    public var model: PreparedModel {
        PreparedModel(
            description: description, reading: reading, normalization: normalization,
            weights: executor.sharedWeights)
    }

    /// Replaces all weights and running statistics; classifiers that shared the old ones keep them.
    ///
    /// - Throws: A `PlanError` when a tensor is missing or has another shape; then nothing has
    ///   changed.
    public func load(_ tensors: [String: Tensor]) throws(PlanError) {
        try executor.load(tensors)
    }

    /// The network.
    public var graph: Graph { executor.graph }
    /// The most images that go through the network at once.
    public var batch: Int { executor.batch }
    /// The bytes of all memory that the planned network uses, its weights included.
    public var plannedByteCount: Int { executor.plannedByteCount }
    /// The resizing and cropping of a photograph: the model's own preparation, or the usual one for
    /// its size.
    public var preparation: ImagePreparation { description.usualPreparation }
    /// The name of a class: its number where the model has no names.
    public func className(_ index: Int) -> String { description.className(index) }
}

// MARK: Images of a set

extension Classifier {
    /// Classifies some images of a set: for each, all classes with their probabilities, the
    /// likeliest first.
    ///
    /// Of equally likely classes the one with the smaller number comes first. Labels are not used.
    ///
    /// - Parameter views: The views of each image, whose probabilities are averaged.
    /// - Throws: ``InferenceError`` when the images do not fit the model, an index is none of
    ///   theirs, or the network's answer is not finite; a `DataError` for a file that is no image,
    ///   and for an image that has not the set's size.
    public func classify(
        _ images: any ImageSet, indices: [Int], views: TestTimeViews = .single
    ) throws -> [[Prediction]] {
        try images.checkFits(graph.inputShape)
        try images.check(indices)
        let selected = ImageSelection(of: images, indices: indices)
        let sequences = try views.places.map { place in
            try BatchSequence(
                images: place == .centre ? selected : WindowedImages(of: selected, at: place),
                normalization: normalization, batchSize: batch)
        }
        var predictions: [[Prediction]] = []
        predictions.reserveCapacity(indices.count)
        for number in 0..<sequences[0].count {
            let batches = try sequences.map { try $0.batch(at: number) }
            let logits = try batches.flatMap {
                try self.logits(of: $0.images, count: $0.count, views)
            }
            for (row, position) in batches[0].imageIndices.enumerated() {
                predictions.append(
                    try self.predictions(
                        of: logits, row: row, dataset: images.name, index: indices[position]))
            }
        }
        return predictions
    }

    /// The logits of photographs as the network reads them, at most ``batch``.
    ///
    /// - Parameter threads: The most threads; nil for all.
    func logits(for inputs: [[Float]], threads: Int? = nil) throws(PlanError) -> [[Float]] {
        let logits = try executor.logits(
            for: Array(inputs.joined()), count: inputs.count, threads: threads)
        return inputs.indices.map { Array(logits.row($0, of: description.classes)) }
    }
}

// MARK: Photographs

extension Classifier {
    /// Classifies photographs of any size: for each, all classes with their probabilities, the
    /// likeliest first.
    ///
    /// They are resized and cropped by ``preparation``, and made grey for a model of grey
    /// images.
    ///
    ///     let photograph = try PixelImage(decoding: bytes, file: "photo.jpg")
    ///     print(try classifier.classify([photograph])[0][0].className)
    ///
    /// - Parameter views: The views of each photograph, whose probabilities are averaged.
    /// - Throws: ``InferenceError`` when the network's answer is not finite; a `DataError` for a
    ///   photograph whose channels cannot become the network's.
    public func classify(
        _ photographs: [PixelImage], views: TestTimeViews = .single
    ) throws -> [[Prediction]] {
        var predictions: [[Prediction]] = []
        predictions.reserveCapacity(photographs.count)
        for start in stride(from: 0, to: photographs.count, by: batch) {
            let next = photographs[start..<min(start + batch, photographs.count)]
            let windows = try next.map { try description.windows(of: $0, at: views.places) }
            let logits = try logits(of: windows, views)
            for row in 0..<next.count {
                predictions.append(
                    try self.predictions(
                        of: logits, row: row, dataset: "photographs", index: predictions.count))
            }
        }
        return predictions
    }
}

// MARK: Files

extension Classifier {
    /// The classes of one file, or its error.
    public typealias FileAnswer = Result<[Prediction], DataError>

    /// Classifies image files: for each, all classes with their probabilities, or the file's error.
    ///
    /// The files are decoded on several threads, each of which has one whole image in memory; of
    /// ``batch`` of them there is what the network reads.
    ///
    /// - Parameters:
    ///   - views: The views of each image, whose probabilities are averaged.
    ///   - isCancelled: Called before each batch; true stops. The default follows the current task.
    ///   - answer: Called with the answers in the order of the files.
    /// - Throws: ``InferenceError`` when the network's answer is not finite; a `DataError` when the
    ///   network reads neither 1 channel nor 3; `CancellationError` when `isCancelled` returns
    ///   true; what `answer` throws.
    public func classify(
        _ files: ImageList, views: TestTimeViews = .single,
        isCancelled: () -> Bool = { Task.isCancelled },
        answer: (_ index: Int, FileAnswer) throws -> Void
    ) throws {
        try classifyFiles(
            files, views: views, keepsImages: false, isCancelled: isCancelled
        ) { index, result in
            try answer(index, result.map(\.predictions))
        }
    }

    /// Classifies image files as ``classify(_:views:isCancelled:answer:)`` does.
    ///
    /// - Parameter keepsImages: Whether the answers have the images as they are stored, of which a
    ///   few are in memory at once.
    package func classifyFiles(
        _ files: ImageList, views: TestTimeViews, keepsImages: Bool, isCancelled: () -> Bool,
        answer: (_ index: Int, Result<ClassifiedImage, DataError>) throws -> Void
    ) throws {
        try files.forEachBatch(
            of: batch, for: description, at: views.places, keepsImages: keepsImages,
            isCancelled: isCancelled
        ) { indices, fitted in
            let windows = fitted.compactMap { try? $0.get().windows }
            let logits = try windows.isEmpty ? [] : self.logits(of: windows, views)
            var row = 0
            for (index, file) in zip(indices, fitted) {
                switch file {
                case .success(let file):
                    let predictions = try self.predictions(
                        of: logits, row: row, dataset: files.title(of: index), index: nil)
                    row += 1
                    try answer(
                        index,
                        .success(ClassifiedImage(image: file.image, predictions: predictions)))
                case .failure(let error): try answer(index, .failure(error))
                }
            }
        }
    }
}

/// The classes of an image file, and the image where it is kept.
package struct ClassifiedImage: Sendable {
    /// The image as it is stored; nil where it is not kept.
    package let image: PixelImage?
    /// All classes with their probabilities, the likeliest first.
    package let predictions: [Prediction]
}

extension [Float] {
    /// One row of a matrix of `columns` columns.
    func row(_ index: Int, of columns: Int) -> ArraySlice<Float> {
        self[index * columns..<(index + 1) * columns]
    }
}

// MARK: Predictions

/// One class that an image may show, and its probability.
public struct Prediction: Codable, Hashable, Sendable {
    /// The class's number, in `0 ..< classes`.
    public let classIndex: Int
    /// The class's name; its number where the model has no names.
    public let className: String
    /// The softmax of the logits at this class, in `0...1`.
    public let probability: Double

    /// Creates a prediction.
    public init(classIndex: Int, className: String, probability: Double) {
        self.classIndex = classIndex
        self.className = className
        self.probability = probability
    }
}

extension Prediction {
    /// All classes with their shares of a total, the likeliest first; of equally likely ones the
    /// one with the smaller number.
    static func ranked(
        _ shares: [Double], of total: Double = 1, name: (Int) -> String
    ) -> [Prediction] {
        shares.indices
            .sorted { (shares[$1], $0) < (shares[$0], $1) }
            .map {
                Prediction(
                    classIndex: $0, className: name($0), probability: shares[$0] / total)
            }
    }
}
