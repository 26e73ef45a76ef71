// SPDX-License-Identifier: Apache-2.0

import WRNCheckpoint
package import WRNData
import WRNDialects
package import WRNGraph
package import WRNModel
package import WRNTensor

/// What a file of a model, or of somebody's weights, holds, before anything is planned.
package struct TrainedNetwork: Sendable {
    package let description: ModelDescription
    package let tensors: [String: Tensor]
    package let graph: Graph
}

extension TrainedNetwork {
    /// Reads it; for the parameters and errors see ``Classifier/init(contentsOf:normalization:facts:batch:options:)``.
    package init(contentsOf path: String, normalization: Normalization?, facts: ImageFacts) throws {
        let archive = try BundledModel.archive(orContentsOf: Classifier.modelFile(at: path))
        guard ModelFile.describesModel(archive) else {
            let weights = ForeignWeights(archive)
            // What is no network's is the first thing to say.
            _ = try weights.network()
            guard let known = normalization ?? facts.normalization else {
                throw Self.unknownNormalization(archive.file)
            }
            let description = try weights.description(
                normalization: known, preparation: facts.preparation, classNames: facts.classNames)
            try self.init(
                description: description, tensors: weights.tensors(),
                graph: Classifier.graph(for: description))
            return
        }
        guard normalization == nil else {
            throw InferenceError.knownNormalization(file: archive.file)
        }
        let file = try ModelFile(archive)
        let graph = try Self.graph(of: file)
        let model = try file.model(for: graph)
        self.init(description: model.description, tensors: model.tensors, graph: graph)
    }

    private static func unknownNormalization(_ file: String) -> WeightsError {
        WeightsError(
            .unknownNormalization, file: file,
            "expected a model, which says how images are normalised, found weights alone",
            advice: "say it, for example --normalization imagenet for networks trained on ImageNet")
    }

    private static func graph(of file: ModelFile) throws(InferenceError) -> Graph {
        do {
            return try Classifier.graph(for: file.description)
        } catch {
            throw .impossibleNetwork(file: file.archive.file, reason: error.description)
        }
    }
}
