// SPDX-License-Identifier: Apache-2.0

package import WRNBatches
package import WRNDialects
package import WRNGraph
package import WRNModel
package import WRNTensor
package import WRNTensorFiles

/// The contents of a file of a model, or of another program's weights, before anything is planned.
package struct TrainedNetwork: Sendable {
    package let description: ModelDescription
    package let tensors: [String: Tensor]
    package let graph: Graph
    /// The record of what was read and assumed of another program's weights; nil for a model.
    package var reading: WeightsReading?

    package init(
        description: ModelDescription, tensors: [String: Tensor], graph: Graph,
        reading: WeightsReading? = nil
    ) {
        self.description = description
        self.tensors = tensors
        self.graph = graph
        self.reading = reading
    }
}

extension TrainedNetwork {
    /// Reads it; for the parameters and errors see
    /// ``Classifier/init(contentsOf:normalization:facts:reading:batch:device:)``.
    ///
    /// - Parameter purpose: The use of another program's weights: whether they need a head.
    package init(
        contentsOf source: WeightsSource, normalization: Normalization?, facts: ImageFacts,
        reading options: ForeignWeights.Options = ForeignWeights.Options(),
        for purpose: ForeignWeights.Purpose = .answers
    ) throws {
        try self.init(
            source.archive(), normalization: normalization, facts: facts, reading: options,
            for: purpose)
    }

    /// Reads it from a file that is open.
    package init(
        _ archive: TensorArchive, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading options: ForeignWeights.Options = ForeignWeights.Options(),
        for purpose: ForeignWeights.Purpose = .answers
    ) throws {
        guard ModelFile.describesModel(archive) else {
            try self.init(
                ForeignWeights(archive, options: options), normalization, facts, for: purpose)
            return
        }
        guard normalization == nil else {
            throw InferenceError.knownNormalization(file: archive.file)
        }
        guard options == ForeignWeights.Options() else {
            throw InferenceError.knownNetwork(file: archive.file)
        }
        let file = try ModelFile(archive)
        let graph = try Self.graph(of: file)
        let model = try file.model(for: graph)
        try UnsoundTensor.refuse(
            UnsoundTensor.all(in: model.tensors, of: graph), file: archive.file)
        self.init(description: model.description, tensors: model.tensors, graph: graph)
    }

    private init(
        _ weights: ForeignWeights, _ normalization: Normalization?, _ facts: ImageFacts,
        for purpose: ForeignWeights.Purpose
    ) throws {
        // Weights of no network are the first error to report.
        _ = try weights.network()
        var reading = WeightsReading(weights)
        guard
            let description = try weights.description(
                normalization: normalization, facts: facts, reading: &reading)
        else { throw Self.unknownNormalization(weights.archive.file) }
        self.init(
            description: description, tensors: try weights.tensors(for: purpose),
            graph: try description.graph(), reading: reading)
    }

    private static func unknownNormalization(_ file: String) -> WeightsError {
        WeightsError(
            .unknownNormalization, file: file,
            "expected a model, which has the normalisation of images, found weights alone",
            advice:
                "give the normalisation that the network was trained with, for example ImageNet's")
    }

    private static func graph(of file: ModelFile) throws(InferenceError) -> Graph {
        do {
            return try file.description.graph()
        } catch {
            throw .impossibleNetwork(file: file.archive.file, reason: error.description)
        }
    }
}

extension TrainedNetwork {
    /// Refuses a layer that is the head where the weights have none.
    ///
    /// - Throws: ``InferenceError/noHead(file:layer:)``.
    package func refuseMissingHead(as layer: String) throws(InferenceError) {
        guard let reading, !reading.hasHead, layer == graph[graph.output].name else { return }
        throw .noHead(file: reading.file, layer: layer)
    }
}

extension WeightsSource {
    /// Opens the weights; of the directory of a run, those of its last save.
    func archive() throws -> TensorArchive {
        switch self {
        case .bundled: try BundledModel.archive()
        case .file(let path): try TensorFile.read(contentsOf: Classifier.modelFile(at: path))
        }
    }
}
