// SPDX-License-Identifier: Apache-2.0

public import WRNData
import WRNGraph
import WRNModel
import WRNPlan

extension Classifier {
    /// Says what is in some images of a set: for each, all classes with their probabilities, the likeliest first.
    ///
    /// Of equally likely classes the one with the smaller number comes first. Labels are not looked at.
    ///
    /// - Throws: ``InferenceError`` when the images do not fit the model, an index is none of theirs, or the network's answer is not
    ///   finite; a `DataError` for a file that is no image.
    public func classify(_ images: any ImageSet, indices: [Int]) throws -> [[Prediction]] {
        try images.checkFits(graph.inputShape)
        try images.check(indices)
        let batches = try BatchSequence(
            images: ImageSelection(of: images, indices: indices), normalization: normalization,
            batchSize: batch)
        var predictions: [[Prediction]] = []
        predictions.reserveCapacity(indices.count)
        for number in 0..<batches.count {
            let next = try batches.batch(at: number)
            let logits = try executor.logits(for: next.images, count: next.count)
            for (row, position) in next.imageIndices.enumerated() {
                guard let softmax = Softmax(logits.row(row, of: description.classes)) else {
                    throw InferenceError.notFinite(
                        dataset: images.name, index: indices[position])
                }
                predictions.append(ranked(softmax.probabilities))
            }
        }
        return predictions
    }

    private func ranked(_ probabilities: [Double]) -> [Prediction] {
        probabilities.indices
            .sorted { (probabilities[$1], $0) < (probabilities[$0], $1) }
            .map {
                Prediction(
                    classIndex: $0, className: className($0), probability: probabilities[$0])
            }
    }
}

extension [Float] {
    /// One row of a matrix of `columns` columns.
    func row(_ index: Int, of columns: Int) -> ArraySlice<Float> {
        self[index * columns..<(index + 1) * columns]
    }
}
