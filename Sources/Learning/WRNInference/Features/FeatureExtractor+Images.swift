// SPDX-License-Identifier: Apache-2.0

public import WRNData
import WRNGraph
public import WRNImages
import WRNPlan
public import WRNTensor

extension FeatureExtractor {
    /// The features of one image: a tensor for each of ``layers``, in their order and of their shapes.
    public typealias Features = [Tensor]

    /// The features of some images of a set, in the order of `indices`.
    ///
    /// - Throws: ``InferenceError`` when the images do not fit the model, an index is none of theirs, or a feature is not finite; a
    ///   `DataError` for a file that is no image.
    public func features(of images: any ImageSet, indices: [Int]) throws -> [Features] {
        try images.checkFits(executor.part.graph.inputShape)
        try images.check(indices)
        let batches = try BatchSequence(
            images: ImageSelection(of: images, indices: indices), normalization: normalization,
            batchSize: batch)
        var features: [Features] = []
        features.reserveCapacity(indices.count)
        for number in 0..<batches.count {
            let next = try batches.batch(at: number)
            let outputs = try executor.features(for: next.images, count: next.count)
            for (row, position) in next.imageIndices.enumerated() {
                let values = zip(layers, outputs).map { layer, output in
                    Self.tensor(of: layer, row: row, in: output)
                }
                guard values.allSatisfy({ $0.elements.allSatisfy(\.isFinite) }) else {
                    throw InferenceError.notFinite(
                        dataset: images.name, index: indices[position])
                }
                features.append(values)
            }
        }
        return features
    }

    /// The features of some photographs of any size, prepared as ``Classifier/classify(_:)`` does.
    ///
    /// - Throws: ``InferenceError`` when a feature is not finite.
    public func features(of photographs: [PixelImage]) throws -> [Features] {
        try features(
            of: description.images(of: photographs), indices: Array(photographs.indices))
    }

    /// The features of image files, or what is wrong with a file.
    ///
    /// The files are decoded on several threads, and only ``batch`` of them are in memory at once.
    ///
    /// - Parameter answer: Told the answers in the order of the files.
    /// - Throws: ``InferenceError`` when a feature is not finite; `CancellationError` when `isCancelled`, which is asked before each
    ///   batch, says so; what `answer` throws.
    public func features(
        of files: ImageList, isCancelled: () -> Bool = { false },
        answer: (_ index: Int, Result<Features, DataError>) throws -> Void
    ) throws {
        for start in stride(from: 0, to: files.count, by: batch) {
            guard !isCancelled() else { throw CancellationError() }
            let decoded = files.decoded(start..<min(start + batch, files.count))
            var features = try features(of: decoded.compactMap { try? $0.get() })[...]
            for (position, image) in decoded.enumerated() {
                try answer(start + position, image.map { _ in features.popFirst() ?? [] })
            }
        }
    }

    /// One image's features of a layer, channels first, from those of a batch, channels last.
    private static func tensor(of layer: Layer, row: Int, in output: [Float]) -> Tensor {
        let (count, channels) = (layer.shape.elementCount, layer.shape.extents[0])
        let values = output[row * count..<(row + 1) * count]
        let positions = count / channels
        guard positions > 1 else { return Tensor(shape: layer.shape, elements: Array(values)) }
        var elements: [Float] = []
        elements.reserveCapacity(count)
        for channel in 0..<channels {
            for position in 0..<positions {
                elements.append(values[values.startIndex + position * channels + channel])
            }
        }
        return Tensor(shape: layer.shape, elements: elements)
    }
}
