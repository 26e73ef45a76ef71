// SPDX-License-Identifier: Apache-2.0

import WRNCheckpoint
import WRNGraph
import WRNModel
import WRNTensor

/// All that a run needs to go on: weights, running statistics, velocities and the place where it stands.
struct Checkpoint {
    /// What the file says beside its tensors.
    struct Facts: Codable, Hashable {
        let position: TrainingPosition
        let seed: UInt64
    }

    /// The key in the file's metadata under which the facts stand.
    static let metadataKey = "wide-resnet-training"
    /// What the names of velocities begin with; the parameter's name follows.
    static let velocityPrefix = "velocity."

    let facts: Facts
    let tensors: [String: Tensor]
    let velocities: [String: Tensor]

    /// Writes the checkpoint of a model to a safetensors file, atomically and with its digest beside it; equal checkpoints give
    /// equal bytes.
    func write(of model: ModelDescription, to path: String) throws {
        let named =
            tensors.map { NamedTensor(name: $0.key, tensor: $0.value) }
            + velocities.map { NamedTensor(name: Self.velocityPrefix + $0.key, tensor: $0.value) }
        let metadata = [
            // Readers in Python refuse a file without it.
            "format": "pt",
            ModelDescription.metadataKey: try model.json(file: path),
            Self.metadataKey: try RunJSON.text(facts),
        ]
        try SealedFile.write(Safetensors.sorted(named), metadata: metadata, to: path)
    }

    /// Reads the checkpoint of the run that `configuration` describes.
    ///
    /// The tensors are compared first: their names and shapes say the most about a checkpoint of another network.
    init(readingFrom path: String, for configuration: TrainingConfiguration, graph: Graph) throws {
        let file = try ModelFile(readingFrom: path)
        tensors = try Model.bind(file.archive, to: graph) { $0.hasPrefix(Self.velocityPrefix) }
        guard file.description == configuration.model else {
            throw TrainingError(
                .checkpointMismatch,
                "\(path): expected a checkpoint of the model in config.json, found one of another "
                    + "(\(file.description.architecture), \(file.description.classes) classes): put the "
                    + "run's own checkpoint back, or begin a new run in another directory")
        }
        facts = try Self.facts(in: file.archive)
        velocities = try Self.velocities(
            in: file.archive,
            of: configuration.movedParameters(of: graph, afterStep: facts.position.step))
        try check(configuration, file: path)
    }

    init(facts: Facts, tensors: [String: Tensor], velocities: [String: Tensor]) {
        self.facts = facts
        self.tensors = tensors
        self.velocities = velocities
    }

    /// Where the run of a checkpoint stands.
    static func facts(in archive: TensorArchive) throws(TrainingError) -> Facts {
        guard let text = archive.metadata[metadataKey] else {
            throw TrainingError(
                .checkpointMismatch,
                "\(archive.file): expected the metadata \"\(metadataKey)\" of a run to resume, found none: "
                    + "put the run's own checkpoint back, or begin a new run in another directory")
        }
        return try RunJSON.value(
            Facts.self, from: text.utf8, file: archive.file, part: "metadata \(metadataKey): ")
    }

    private static func velocities(
        in archive: TensorArchive, of trainable: [Parameter]
    ) throws -> [String: Tensor] {
        let names = archive.entries.map(\.name).filter { $0.hasPrefix(velocityPrefix) }
        // Before the first step there are none.
        if names.isEmpty { return [:] }
        guard Set(names) == Set(trainable.map { velocityPrefix + $0.name }) else {
            throw TrainingError(
                .checkpointMismatch,
                "\(archive.file): expected a velocity for each of the \(trainable.count) "
                    + "parameters that the run has moved, found \(names.count) that are not theirs: put the run's own checkpoint "
                    + "back, or begin a new run in another directory")
        }
        var velocities: [String: Tensor] = [:]
        for parameter in trainable {
            velocities[parameter.name] = try archive.tensor(
                named: velocityPrefix + parameter.name)
        }
        return velocities
    }

    private func check(
        _ configuration: TrainingConfiguration, file: String
    ) throws(TrainingError) {
        let position = facts.position
        let steps = configuration.stepsPerEpoch
        let isPossible =
            (0...configuration.epochs).contains(position.epoch)
            && (0...steps).contains(position.batch)
            && position.step == position.epoch * steps + position.batch
            && position.images
                == min(position.batch * configuration.batch, configuration.data.trainImages)
            && (0...position.images).contains(position.correct)
            && velocities.isEmpty == (position.step == 0)
        guard isPossible, facts.seed == configuration.seed else {
            throw TrainingError(
                .checkpointMismatch,
                "\(file): expected a place in a run of \(configuration.epochs) epochs of \(steps) steps "
                    + "with seed \(configuration.seed), found epoch \(position.epoch), batch "
                    + "\(position.batch), step \(position.step) with seed \(facts.seed): put the run's own "
                    + "checkpoint back, or begin a new run in another directory")
        }
    }
}
