// SPDX-License-Identifier: Apache-2.0

import WRNCheckpoint
import WRNGraph
import WRNModel
import WRNPlan
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
    let facts: Facts
    let state: TrainingState

    /// The tensors of the model: the averaged ones where an average is kept.
    var modelTensors: [String: Tensor] {
        state.averages.isEmpty ? state.tensors : state.averages
    }

    /// Writes the checkpoint of a model to a safetensors file, atomically; equal checkpoints give equal bytes.
    func write(of model: ModelDescription, to path: String) throws {
        let named =
            state.tensors.map { NamedTensor(name: $0.key, tensor: $0.value) }
            + CheckpointFamily.allCases.flatMap { family in
                family.tensors(of: state).map {
                    NamedTensor(name: family.prefix + $0.key, tensor: $0.value)
                }
            }
        let metadata = [
            // Readers in Python refuse a file without it.
            "format": "pt",
            ModelDescription.metadataKey: try model.json(file: path),
            Self.metadataKey: try RunJSON.text(facts),
        ]
        try Safetensors.write(Safetensors.sorted(named), metadata: metadata, to: path)
    }

    /// Reads the checkpoint of the run that `configuration` describes.
    ///
    /// The tensors are compared first: their names and shapes say the most about a checkpoint of another network.
    init(readingFrom path: String, for configuration: TrainingConfiguration, graph: Graph) throws {
        let file = try ModelFile(readingFrom: path)
        var state = TrainingState(
            tensors: try Model.bind(file.archive, to: graph) {
                CheckpointFamily.isPrefix(of: $0)
            })
        guard file.description == configuration.model else {
            throw TrainingError(
                .checkpointMismatch,
                "\(path): expected a checkpoint of the model in config.json, found one of another "
                    + "(\(file.description.architecture), \(file.description.classes) classes): put the "
                    + "run's own checkpoint back, or begin a new run in another directory")
        }
        facts = try Self.facts(in: file.archive)
        for family in CheckpointFamily.allCases {
            try family.read(
                from: file.archive, into: &state, for: configuration, graph: graph,
                steps: facts.position.step)
        }
        self.state = state
        try check(configuration, file: path)
    }

    init(facts: Facts, state: TrainingState) {
        self.facts = facts
        self.state = state
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
                == min(position.batch * configuration.batch, configuration.imagesPerEpoch)
            && (0...position.images).contains(position.correct)
            && state.velocities.isEmpty == (position.step == 0)
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
