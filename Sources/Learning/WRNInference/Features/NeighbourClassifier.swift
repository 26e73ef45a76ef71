// SPDX-License-Identifier: Apache-2.0

public import WRNData
import WRNTensor

/// Says what is in an image by the labelled images whose features are nearest: for data sets too small to train on.
///
///     let extractor = try FeatureExtractor(contentsOf: "model.safetensors")
///     let classifier = try NeighbourClassifier(extractor, examples: DataSource("photos").load(.train))
///     try classifier.classify(files) { index, answer in ... }
///
/// The features are those of all the extractor's layers, one after the other. A classifier is used by one thread at a time.
public final class NeighbourClassifier {
    /// What computes features.
    public let extractor: FeatureExtractor
    /// The examples.
    public let neighbours: NearestNeighbours
    /// How many examples vote on an image.
    public let k: Int

    /// Computes the features of labelled images.
    ///
    /// - Parameters:
    ///   - k: How many of them vote on an image, 1 or more.
    ///   - isCancelled: Asked before each batch whether to stop.
    /// - Throws: ``InferenceError`` when the images do not fit the model, there are none, or a feature is not finite; a `DataError` for a
    ///   file that is no image; `CancellationError` when `isCancelled` says so.
    /// - Precondition: `k` is 1 or more.
    public init(
        _ extractor: FeatureExtractor, examples: any ImageSet, k: Int = 5,
        isCancelled: () -> Bool = { false }
    ) throws {
        precondition(k >= 1, "\(k) examples vote")
        guard examples.count > 0 else { throw InferenceError.noImages(dataset: examples.name) }
        var features: [[Float]] = []
        for start in stride(from: 0, to: examples.count, by: extractor.batch) {
            guard !isCancelled() else { throw CancellationError() }
            let indices = Array(start..<min(start + extractor.batch, examples.count))
            features += try extractor.features(of: examples, indices: indices)
                .map(Self.vector)
        }
        neighbours = NearestNeighbours(
            classNames: examples.classNames, features: features, labels: examples.labels)
        self.extractor = extractor
        self.k = k
    }

    /// Says what is in some image files: for each, all classes with their shares of the votes, or what is wrong with the file.
    ///
    /// - Parameter answer: Told the answers in the order of the files.
    /// - Throws: What ``FeatureExtractor/features(of:isCancelled:answer:)`` throws.
    public func classify(
        _ files: ImageList, isCancelled: () -> Bool = { false },
        answer: (_ index: Int, Classifier.FileAnswer) throws -> Void
    ) throws {
        try extractor.features(of: files, isCancelled: isCancelled) { index, features in
            try answer(
                index, features.map { neighbours.classify(Self.vector($0), k: k) })
        }
    }

    private static func vector(_ features: FeatureExtractor.Features) -> [Float] {
        features.flatMap(\.elements)
    }
}
