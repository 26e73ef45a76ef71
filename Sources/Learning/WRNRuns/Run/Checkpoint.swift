// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
import WRNInference
package import WRNModel
package import WRNPlan
import WRNTensor
import WRNTensorFiles

/// The state that a run resumes from: weights, running statistics, the optimizer's state and the
/// position.
package struct Checkpoint {
    /// The facts in the file beside its tensors.
    package struct Facts: Codable, Hashable {
        package let position: TrainingPosition
        package let seed: UInt64
        /// The run's settings, which must not change; nil in checkpoints of earlier versions.
        package var settings: String?
        /// The results of the complete epochs; nil in checkpoints of earlier versions and of very
        /// long runs.
        package var epochs: [EpochResult]?

        package init(
            position: TrainingPosition, seed: UInt64, settings: String? = nil,
            epochs: [EpochResult]? = nil
        ) {
            self.position = position
            self.seed = seed
            self.settings = settings
            self.epochs = epochs
        }
    }

    /// The key in the file's metadata under which the facts stand.
    static let metadataKey = "wide-resnet-training"
    package var facts: Facts
    package let state: TrainingState
    /// Whether the settings are known to be those with which the checkpoint was written.
    package private(set) var hasCheckedSettings = false

    /// Writes the checkpoint of a model to a safetensors file, atomically and with its digest
    /// beside it; equal checkpoints give equal bytes.
    func write(of model: ModelDescription, to path: String) throws {
        let (tensors, metadata) = try contents(of: model, file: path)
        try ChecksummedFile.write(tensors, metadata: metadata, to: path)
    }

    /// The bytes that ``write(of:to:)`` writes; `name` is their name in messages.
    package func bytes(of model: ModelDescription, named name: String) throws -> [UInt8] {
        let (tensors, metadata) = try contents(of: model, file: name)
        return try Safetensors.bytes(of: tensors, metadata: metadata, named: name)
    }

    private func contents(
        of model: ModelDescription, file path: String
    ) throws -> (tensors: [NamedTensor], metadata: [String: String]) {
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
        return (Safetensors.sorted(named), metadata)
    }

    /// Reads the checkpoint of the run that `configuration` describes.
    ///
    /// The tensors are compared first: their names and shapes show the most about a checkpoint of
    /// another network.
    init(readingFrom path: String, for configuration: TrainingConfiguration, graph: Graph) throws {
        try self.init(
            Safetensors.read(contentsOf: path), for: configuration, graph: graph)
    }

    /// Reads the bytes of a checkpoint; `name` is their name in messages.
    package init(
        _ bytes: [UInt8], named name: String, for configuration: TrainingConfiguration, graph: Graph
    ) throws {
        try self.init(
            Safetensors.read(bytes, named: name), for: configuration, graph: graph)
    }

    private init(
        _ archive: TensorArchive, for configuration: TrainingConfiguration, graph: Graph
    ) throws {
        let (file, path) = (try ModelFile(archive), archive.file)
        var state = TrainingState(
            tensors: try Model.bind(file.archive, to: graph) {
                CheckpointFamily.isPrefix(of: $0)
            })
        guard file.description == configuration.model else {
            throw configuration.editedModel(file.description, file: path)
                ?? TrainingError(
                    .checkpointMismatch,
                    "\(path): expected a checkpoint of the model in config.json, found one of "
                        + "another (\(file.description.architecture), \(file.description.classes) "
                        + "classes): put the run's own checkpoint back, or begin a new run in "
                        + "another directory")
        }
        facts = try Self.facts(in: file.archive)
        for family in CheckpointFamily.allCases {
            try family.read(
                from: file.archive, into: &state, for: configuration, graph: graph,
                steps: facts.position.step)
        }
        self.state = state
        try check(configuration, file: path)
        if let settings = facts.settings {
            hasCheckedSettings = try configuration.checkUnchanged(since: settings, file: path)
        }
    }

    package init(facts: Facts, state: TrainingState) {
        self.facts = facts
        self.state = state
    }

    /// The position of a checkpoint's run.
    static func facts(in archive: TensorArchive) throws(TrainingError) -> Facts {
        guard let text = archive.metadata[metadataKey] else {
            throw TrainingError(
                .checkpointMismatch,
                "\(archive.file): expected the metadata \"\(metadataKey)\" of a run to resume, "
                    + "found none: put the run's own checkpoint back, or begin a new run in "
                    + "another directory")
        }
        let facts = try RunJSON.value(
            Facts.self, from: text.utf8, file: archive.file, part: "metadata \(metadataKey): ")
        if let problem = facts.position.problem {
            throw RunJSON.damage(
                archive.file,
                "metadata \(metadataKey): expected \(problem.field) \(problem.expected), found "
                    + "\(problem.found)"
            )
        }
        return facts
    }

    private func check(
        _ configuration: TrainingConfiguration, file: String
    ) throws(TrainingError) {
        let position = facts.position
        let steps = configuration.stepsPerEpoch
        let images = min(position.batch * configuration.batch, configuration.imagesPerEpoch)
        let skipsBroken = configuration.data.files?.skipsBroken ?? false
        let isPossible =
            (0...configuration.epochs).contains(position.epoch)
            && (0...steps).contains(position.batch)
            && position.step == position.epoch * steps + position.batch
            // Broken files are left out; earlier versions did not count them.
            && (skipsBroken
                ? position.images + position.broken <= images
                : position.images == images && position.broken == 0)
            && position.correct <= position.images
            // No weights change while all files are broken.
            && (skipsBroken
                ? position.step > 0 || state.velocities.isEmpty
                : state.velocities.isEmpty == (position.step == 0))
        if let epochs = facts.epochs,
            epochs.map(\.epoch) != Array(0..<position.epoch).map({ $0 + 1 })
                || epochs.contains(where: { EpochRecord(restoring: $0).problem != nil })
        {
            throw TrainingError(
                .checkpointMismatch,
                "\(file): expected the results of \(position.epoch) epochs, found \(epochs.count) "
                    + "or others: put the run's own checkpoint back, or begin a new run in "
                    + "another directory")
        }
        guard isPossible, facts.seed == configuration.seed else {
            throw TrainingError(
                .checkpointMismatch,
                "\(file): expected a place in a run of \(configuration.epochs) epochs of \(steps) "
                    + "steps with seed \(configuration.seed), found epoch \(position.epoch), batch "
                    + "\(position.batch), step \(position.step) with seed \(facts.seed): put the "
                    + "run's own checkpoint back, or begin a new run in another directory")
        }
    }
}

/// The position of a run between two steps, and the sums over the epoch so far.
///
/// It holds no times, so that the same run gives the same bytes.
package struct TrainingPosition: Codable, Hashable, Sendable {
    /// The epochs that are complete, their evaluation included.
    package var epoch = 0
    /// The batches of the present epoch that are done.
    package var batch = 0
    /// The steps of the run that are done.
    package var step = 0
    /// The sum of the images' losses in the present epoch.
    package var lossSum = 0.0
    /// The images of the present epoch that were right.
    package var correct = 0
    /// The images of the present epoch that are done.
    package var images = 0
    /// The images of the present epoch that were left out because their files are broken.
    package var broken = 0

    /// The beginning of a run.
    package init() {}

    /// Reads a position; those of earlier versions do not count broken files.
    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        epoch = try container.decode(Int.self, forKey: .epoch)
        batch = try container.decode(Int.self, forKey: .batch)
        step = try container.decode(Int.self, forKey: .step)
        lossSum = try container.decode(Double.self, forKey: .lossSum)
        correct = try container.decode(Int.self, forKey: .correct)
        images = try container.decode(Int.self, forKey: .images)
        broken = try container.decodeIfPresent(Int.self, forKey: .broken) ?? 0
    }

    /// Counts a step.
    package mutating func add(loss: Double, correct: Int, images: Int, broken: Int = 0) {
        batch += 1
        step += 1
        self.broken += broken
        lossSum += loss * Double(images)
        self.correct += correct
        self.images += images
    }

    /// Moves to the next epoch.
    package mutating func finishEpoch() {
        var next = TrainingPosition()
        next.epoch = epoch + 1
        next.step = step
        self = next
    }

    /// The mean loss of the present epoch's images; 0 before the first.
    package var meanLoss: Double { images > 0 ? lossSum / Double(images) : 0 }

    /// The share of the present epoch's images that were right; 0 before the first.
    package var accuracy: Double { images > 0 ? Double(correct) / Double(images) : 0 }
}

extension TrainingPosition {
    /// The first invalid field; nil when all are valid.
    var problem: FieldProblem? {
        let images = 0...1 << 31
        let problems: [FieldProblem?] = [
            FieldProblem("epoch", epoch, in: 0...TrainingConfiguration.maximumEpochCount),
            FieldProblem("batch", batch, in: images),
            FieldProblem("step", step, in: 0...Int(UInt32.max)),
            FieldProblem("loss_sum", lossSum, in: -1e9...1e39),
            FieldProblem("correct", correct, in: images),
            FieldProblem("images", self.images, in: images),
            FieldProblem("broken", broken, in: images),
        ]
        return problems.compactMap(\.self).first
    }
}
