// SPDX-License-Identifier: Apache-2.0

public import WRNData

extension Classifier {
    /// What a model says about one file, or why it says nothing.
    public typealias FileAnswer = Result<[Prediction], DataError>

    /// Says what is in some image files: for each, all classes with their probabilities, or what is wrong with the file.
    ///
    /// The files are decoded on several threads, and only ``batch`` of them are in memory at once.
    ///
    /// - Parameter answer: Told the answers in the order of the files.
    /// - Throws: ``InferenceError`` when the network's answer is not finite; `CancellationError` when `isCancelled`, which is asked before
    ///   each batch, says so; what `answer` throws.
    public func classify(
        _ files: ImageList, isCancelled: () -> Bool = { false },
        answer: (_ index: Int, FileAnswer) throws -> Void
    ) throws {
        for start in stride(from: 0, to: files.count, by: batch) {
            guard !isCancelled() else { throw CancellationError() }
            let decoded = files.decoded(start..<min(start + batch, files.count))
            var predictions = try classify(decoded.compactMap { try? $0.get() })[...]
            for (position, image) in decoded.enumerated() {
                try answer(
                    start + position, image.map { _ in predictions.popFirst() ?? [] })
            }
        }
    }
}
