// SPDX-License-Identifier: Apache-2.0

import WRNData
import WRNInference
import WRNModel

/// What says which class an image file shows: a model's head, or labelled images that are near.
protocol FileClassifier {
    /// The name of the network.
    var architecture: String { get }
    /// What was taken and assumed of another program's weights.
    var reading: WeightsReading? { get }

    /// Answers for each file, in their order.
    func classify(
        _ files: ImageList, isCancelled: () -> Bool,
        answer: (_ index: Int, Classifier.FileAnswer) throws -> Void
    ) throws
}

extension Classifier: FileClassifier {
    var architecture: String { description.architecture }
}

extension NeighbourClassifier: FileClassifier {
    var architecture: String { extractor.description.architecture }
    var reading: WeightsReading? { extractor.reading }
}
