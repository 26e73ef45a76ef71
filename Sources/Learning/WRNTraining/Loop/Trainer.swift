// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNBatches
public import WRNDatasets
public import WRNEngine
import WRNGraph
import WRNInference
package import WRNModel
public import WRNPlan
public import WRNRuns
import WRNTensor
package import WRNWorkers

/// Trains a network in a run's directory, epoch after epoch, and evaluates it after each, or after
/// every few of them (``TrainingConfiguration/validationInterval``).
///
///     let run = try RunDirectory.create(at: "runs/first", configuration)
///     let trainer = try Trainer(run, train: images, validation: validationImages)
///     try trainer.train { event in ... }
///
/// The result follows from the configuration and the images alone: a run that was stopped at any
/// step and resumed, on any number of threads, ends with the same bytes in `model.safetensors` as
/// an uninterrupted one, unless its number of epochs is changed (``RunDirectory/setEpochs(_:)``).
/// A trainer is used by one thread at a time.
///
/// The shards of each batch may be divided among several workers, each of which has a trainer of
/// the same run. The first worker keeps the record, in which the number of workers has no trace;
/// the others write nothing.
public final class Trainer {
    /// The directory of the run.
    public let run: RunDirectory
    /// How many epochs, batches and steps of the run are done.
    package internal(set) var position: TrainingPosition
    /// Which tensors a fine-tuning run took from the pretrained weights; nil for all other runs,
    /// and for a resumed one.
    package let transfer: WeightTransfer?

    let train: any ImageSet
    let validation: any ImageSet
    let normalization: Normalization
    /// The threads that prepare batches.
    let workers: Int
    /// The workers that train together; one by default.
    let group: any WorkerGroup
    let checkpoints: CheckpointPolicy
    private let environment: RunEnvironment
    private(set) var stepper: Stepper
    /// The records of the complete epochs, as far as they are known.
    private(set) var records: [EpochRecord]
    /// Their validation losses, without epochs that have none.
    private(set) var validationLosses: [Double]
    /// The results of the complete epochs, for checkpoints; nil when some are unknown or there are
    /// too many.
    var results: [EpochResult]?
    /// The settings, for checkpoints.
    private let settings: String
    private let device: Device
    /// The digests of the images.
    private let content: TrainingConfiguration.Data.Content
    let classifier: Classifier
    /// The run for TensorBoard; nil where another worker keeps the record.
    var events: RunEvents?
    /// The steps between two that are logged; nil for none.
    private let stepInterval: Int?
    /// Logged steps that are not on the disk yet.
    private var pendingSteps: [StepRecord] = []
    /// When logged steps were written last.
    private var lastStepWrite = ContinuousClock.now
    var evaluationSeconds = 0.0
    /// When the last checkpoint was saved, or `train` was called.
    var lastSave = ContinuousClock.now

    var configuration: TrainingConfiguration { run.configuration }
    var executor: any TrainingExecutor { stepper.executor }
    var skipsBroken: Bool { configuration.data.files?.skipsBroken ?? false }

    /// Plans the network, and loads the run's checkpoint or its first weights.
    ///
    /// - Parameters:
    ///   - train: The training images, as many as the configuration has: where it has a limit, they
    ///     are cut before, with `prefix(_:)`.
    ///   - validation: The images that the model is evaluated on after each epoch, cut likewise.
    ///   - device: What to compute on, in the precision of the configuration.
    ///   - checkpoints: When to save besides the end of each epoch, and how many checkpoints to
    ///     keep.
    /// - Throws: A ``TrainingError`` when the images are not those of the configuration or the
    ///   checkpoint belongs to another run; a `BindingError` that lists how the checkpoint's
    ///   tensors differ from the network's; the errors of the data and the engine.
    public convenience init(
        _ run: RunDirectory, train: any ImageSet, validation: any ImageSet,
        device: Device = .cpu(), checkpoints: CheckpointPolicy = CheckpointPolicy()
    ) throws {
        try self.init(
            run, train: train, validation: validation, device: device, checkpoints: checkpoints,
            environment: nil)
    }

    /// Plans the network, and loads the run's checkpoint or its first weights.
    ///
    /// - Parameters:
    ///   - environment: The description of this process in `processes.jsonl`; nil for one without
    ///     the program's name.
    ///   - stepInterval: The steps between two that are logged, 1 or more; nil for none.
    ///   - group: The workers that train together, each of which makes a trainer at the same time:
    ///     the first of them of its run, the others of that run as it was shared
    ///     (``RunDirectory/shared(_:in:)``).
    /// - Throws: As ``init(_:train:validation:device:checkpoints:)``; a `WorkerError` when the
    ///   number of workers does not divide that of shards, the workers do not have the same
    ///   program, data and settings, or the group has failed.
    package init(
        _ run: RunDirectory, train: any ImageSet, validation: any ImageSet, device: Device = .cpu(),
        checkpoints: CheckpointPolicy = CheckpointPolicy(), environment: RunEnvironment?,
        stepInterval: Int? = nil, group: any WorkerGroup = SoloWorker()
    ) throws {
        let configuration = run.configuration
        try configuration.checkSuits(group)
        try configuration.check(train: train, validation: validation)
        try checkpoints.check()
        let device = device.computing(in: configuration.precision)
        let graph = try configuration.model.graph()
        let evaluation = try device.inference(graph, batch: min(configuration.batch, 128))
        let whole = try device.training(
            graph, batch: configuration.shardBatch, seed: configuration.seed)
        // Two more copies of the weights exist while they are initialised and saved, and in steps
        // the sums over shards.
        try whole.checkFits(
            beside: evaluation.byteCount,
            weightCopies: 2 + configuration.shardSumCount(workers: group.size))
        let environment = environment ?? .current(device: device)
        let found = group.isFirst ? try run.checkpoint(for: graph) : nil
        if let checkpoint = found, !checkpoint.hasCheckedSettings {
            run.repairs.append(
                "\(run.path): an earlier version wrote the checkpoint, without the run's settings: "
                    + "whether config.json was edited since could not be checked")
        }
        content = try run.checkContent(
            train: train, validation: validation,
            isBegun: (found?.facts.position.step ?? 0) > 0)
        try WorkerFacts(environment, configuration, content).checkSame(in: group)
        let settings = try configuration.checkpointText()
        let (checkpoint, tensors, transfer) = try Self.start(
            of: configuration, graph, train, from: found, settings: settings, in: group)
        let position = checkpoint?.facts.position ?? TrainingPosition()
        let scope = configuration.scope(epoch: position.epoch, of: graph)
        let first = configuration.imageSize(epoch: position.epoch)
        let isWhole = first == (graph.inputShape.height, graph.inputShape.width)
        let plan =
            scope == TrainingScope() && isWhole
            ? whole
            : try device.training(
                configuration.model.graph(height: first.height, width: first.width),
                batch: configuration.shardBatch, seed: configuration.seed, scope: scope)
        let executor = try plan.executor(tensors)
        if let checkpoint { try executor.restore(checkpoint.state) }
        classifier = try Classifier(
            description: configuration.model, tensors: tensors, plan: evaluation)
        self.position = position
        self.transfer = transfer
        self.device = device
        stepper = Stepper(
            configuration: configuration, executor: executor,
            factors: configuration.factors(of: graph),
            classWeights: configuration.classWeights(labels: train.labels), group: group)
        normalization = try configuration.model.normalization
        self.run = run
        self.train = train
        self.validation = validation
        self.checkpoints = checkpoints
        self.environment = environment
        self.group = group
        workers = device.loadingThreads
        if group.isFirst { try run.settleCheckpoints() }
        let records = try group.shared {
            try run.settleMetrics(found.map { $0.facts.epochs } ?? [], at: position)
        }
        self.records = records
        validationLosses = records.compactMap(\.validationLoss)
        let isKept =
            configuration.epochs <= EpochResult.maximumCount && records.count == position.epoch
        results = isKept ? records.map(\.result) : nil
        self.settings = settings
        self.stepInterval = stepInterval
        let isOver =
            position.epoch >= configuration.epochs
            || configuration.earlyStopping?.isOver(after: records) == true
        try configuration.check(records, at: position, run: run)
        guard group.isFirst else { return }
        events = try RunEvents(
            run.path, configuration, records: records,
            steps: run.steps.settle(atStep: position.step), isOver: isOver,
            pictures: { ExamplePictures.points(of: train, configuration, time: $0) })
        try run.settleModels(
            best: EpochRecord.best(of: records, by: configuration.bestMetric), at: position,
            found.map { model(of: $0.state) },
            restoresBest: configuration.earlyStopping != nil && self.isOver)
    }

    /// Trains until all epochs are complete, until the rule for early stopping ends the run, or
    /// until `shouldStop` returns true.
    ///
    /// The thread is blocked until then: an app calls it on one of its own.
    ///
    /// - Parameters:
    ///   - report: Called with each event.
    ///   - shouldStop: Called between steps; after true the run is saved at exactly this step and
    ///     `train` returns. The default follows the current task, which stops when it is cancelled.
    /// - Throws: A ``TrainingError`` with the code `diverged` when the loss is no longer finite
    ///   (the last checkpoint stays), and the errors of the data, the disk and the engine.
    @discardableResult
    public func train(
        report: (Event) -> Void = { _ in }, until shouldStop: () -> Bool = { Task.isCancelled }
    ) throws -> Outcome {
        try train(pausingAfterEpoch: nil, report: report, until: shouldStop)
    }

    /// Trains up to an epoch's end, and no step further; the run can be resumed from there.
    ///
    /// - Parameter pause: The number of complete epochs at which training pauses, counted from 1;
    ///   nil to train to the end.
    /// - Returns: `stopped` for a run that is paused.
    /// - Throws: As ``train(report:until:)``.
    package func train(
        pausingAfterEpoch pause: Int?, report: (Event) -> Void = { _ in },
        until shouldStop: () -> Bool = { false }
    ) throws -> Outcome {
        guard !isOver else { return ending }
        if let pause, position.epoch >= pause { return .stopped(step: position.step) }
        if group.isFirst {
            // When a disk was full, there may be a line for an epoch whose checkpoint was not
            // written.
            try run.metrics.truncate(toEpochs: position.epoch)
            try run.noteBeginning(on: environment, content: position.step == 0 ? content : nil)
            try run.add(
                RunProcess(
                    step: position.step, time: Date().timeIntervalSince1970,
                    epochs: configuration.epochs, environment: environment))
        }
        lastSave = .now
        while !isOver {
            var watch = Stopwatch()
            guard try trainEpoch(&watch, shouldStop, report),
                let record = try evaluateEpoch(watch, shouldStop, report)
            else {
                try saveAll(report)
                return .stopped(step: position.step)
            }
            report(.epoch(try finishEpoch(record)))
            if let pause, position.epoch >= pause, !isOver {
                return .stopped(step: position.step)
            }
        }
        return ending
    }

    /// Whether no epoch is left: all are complete, or the rule for early stopping ends the run.
    package var isOver: Bool {
        position.epoch >= configuration.epochs
            || configuration.earlyStopping?.isOver(after: records) == true
    }

    /// The outcome of a run that is over.
    private var ending: Outcome {
        guard position.epoch < configuration.epochs,
            let best = EpochRecord.best(of: records, by: configuration.bestMetric)
        else { return .finished }
        return .finishedEarly(epoch: position.epoch, best: best.epoch)
    }

    /// Adds the record of an epoch; true where it is the best one so far.
    func add(_ record: EpochRecord) -> Bool {
        let metric = configuration.bestMetric
        let best = EpochRecord.best(of: records, by: metric)
        records.append(record)
        guard let loss = record.validationLoss else { return false }
        validationLosses.append(loss)
        return best.map { metric.score(of: record) > metric.score(of: $0) } ?? true
    }

    /// Takes the remaining steps of the epoch; false when `shouldStop` returned true before the
    /// last.
    private func trainEpoch(
        _ watch: inout Stopwatch, _ shouldStop: () -> Bool, _ report: (Event) -> Void
    ) throws -> Bool {
        let epoch = position.epoch
        let size = configuration.imageSize(epoch: epoch)
        try enter(configuration.scope(epoch: epoch, of: executor.graph), size)
        let loader = try BatchLoader(
            images: train, normalization: normalization,
            augmentation: configuration.augmentation(epoch: epoch), batchSize: configuration.batch,
            order: configuration.order(epoch: epoch), seed: configuration.seed,
            dropsLastPartialBatch: configuration.stepRules.skipsLastPartialBatch,
            skipsBroken: skipsBroken,
            sharding: configuration.sharding(in: group), scaledTo: size, workers: workers,
            startingAt: position.batch)
        defer { watch.loading = loader.statistics }
        var stops = try group.isTrueAnywhere(shouldStop())
        while !stops {
            guard let batch = try loader.next() else { return true }
            let result = try step(batch, stopping: shouldStop)
            if result.broken > 0 { report(.leftOut(try group.joined(batch.broken))) }
            watch.add(images: result.images)
            if result.images > 0 { try log(result.mean) }
            report(.step(progress(result.mean, watch)))
            try saveIfDue(report)
            // A request that another worker has seen came with the figures of the step, so that all
            // end after the same one.
            stops = group.size > 1 ? result.stops : shouldStop()
        }
        return false
    }

    /// Logs a step, if it is one of those that are.
    private func log(_ result: StepResult) throws {
        guard group.isFirst, let stepInterval, position.step.isMultiple(of: stepInterval) else {
            return
        }
        pendingSteps.append(
            StepRecord(
                step: position.step, loss: result.loss,
                learningRate: learningRate(step: position.step - 1),
                time: Date().timeIntervalSince1970))
        if .now - lastStepWrite > .seconds(5) { try writeSteps() }
    }

    /// Writes the logged steps, at the latest before the checkpoint of a later step.
    func writeSteps() throws {
        lastStepWrite = .now
        guard !pendingSteps.isEmpty else { return }
        try run.steps.append(pendingSteps)
        try events?.append(pendingSteps)
        pendingSteps = []
    }

    /// Plans the network again when another part of it is trained from this epoch on, as when
    /// frozen stages are released, or the images have another size.
    private func enter(_ scope: TrainingScope, _ size: (height: Int, width: Int)) throws {
        let shape = executor.graph.inputShape
        let isSameSize = size == (shape.height, shape.width)
        guard scope != executor.scope || !isSameSize else { return }
        let state = executor.state()
        let graph =
            isSameSize
            ? executor.graph
            : try configuration.model.graph(height: size.height, width: size.width)
        let next = try device.training(
            graph, batch: executor.batch, seed: executor.seed, scope: scope
        ).executor(state.tensors)
        try next.restore(state)
        stepper.executor = next
    }

    func checkpoint(_ state: TrainingState) -> Checkpoint {
        Checkpoint(
            facts: Checkpoint.Facts(
                position: position, seed: configuration.seed, settings: settings, epochs: results),
            state: state)
    }
}

extension Trainer {
    /// One step on a batch: gradients, the update, and what the configuration's step rules add.
    ///
    /// A step on a batch whose files are all broken changes nothing but is counted, so that a
    /// resumed run has the same numbers.
    ///
    /// - Parameter shouldStop: Asked once, where there are other workers.
    func step(_ batch: Batch, stopping shouldStop: () -> Bool) throws -> BatchResult {
        let stepRules = configuration.stepRules
        if stepRules.resetsMomentumAtDrops, position.batch == 0,
            configuration.schedule.drops(atEpoch: position.epoch)
        {
            executor.resetOptimizer()
        }
        let result = try stepper.step(
            batch, number: position.step, learningRate: learningRate(step: position.step),
            stopping: shouldStop
        ) { result in
            guard let problem = result.problem else { return }
            throw configuration.divergence(
                problem, at: position, validationLosses: validationLosses, run: run)
        }
        position.add(
            loss: result.mean.loss, correct: result.mean.correct, images: result.images,
            broken: result.broken)
        return result
    }

    /// The learning rate of a step.
    func learningRate(step: Int) -> Double {
        configuration.learningRate(step: step, validationLosses: validationLosses)
    }
}
