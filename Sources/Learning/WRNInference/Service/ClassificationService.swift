// SPDX-License-Identifier: Apache-2.0

import Dispatch
public import WRNBatches
import WRNDatasets
public import WRNDialects
public import WRNEngine
public import WRNImages
public import WRNModel
public import WRNPlan
import WRNThreads

/// A classifier for any number of tasks at once, which share one copy of the weights.
///
///     let service = try ClassificationService(contentsOf: "runs/first")
///     async let first = service.classify(photograph)
///     async let second = service.classify(another)
///     print(try await first[0].className, try await second[0].className)
///
/// Photographs that arrive while the network is busy are computed together, in batches. An answer
/// has the same bits whatever photographs are computed beside it, and the same as those of a
/// ``Classifier``.
///
/// At most ``Options/limit`` photographs are accepted and not yet answered: further tasks wait, or
/// are refused (``Options/overload``). A task that is cancelled gets a `CancellationError` at once,
/// and its photograph is not computed unless it is in the network already.
public final class ClassificationService: Sendable {
    /// The options of a service.
    public struct Options: Hashable, Sendable {
        /// The treatment of a task when ``limit`` photographs are waiting.
        public enum Overload: Hashable, Sendable {
            /// The task waits its turn; its photograph is prepared only then.
            case waits
            /// The task gets ``InferenceError/overloaded(limit:)`` at once.
            case refuses
        }

        /// The most photographs that go through the network at once.
        public var batch: Int
        /// The most batches that are computed at the same time, each in memory of its own.
        ///
        /// For a small network two use the processors better than one: while a thread of one
        /// batch waits for another, the second batch goes on. A large network has fuller batches
        /// with one. There are never more than threads.
        public var workers: Int
        /// The threads that compute, which batches at the same time divide among them; nil for
        /// all available processors.
        public var threads: Int?
        /// The most photographs that are accepted and not yet answered.
        public var limit: Int
        /// The treatment of a task beyond the limit.
        public var overload: Overload

        /// Collects options; by default one batch at a time on all processors, and tasks that
        /// wait.
        public init(
            batch: Int = 16, workers: Int = 1, threads: Int? = nil, limit: Int = 256,
            overload: Overload = .waits
        ) {
            self.batch = batch
            self.workers = workers
            self.threads = threads
            self.limit = limit
            self.overload = overload
        }
    }

    /// The model that answers.
    public let model: PreparedModel
    /// The options of a service.
    public let options: Options

    let admission: AdmissionLimit
    private let queue: BatchQueue<[Float], [Float]>

    /// Allocates the workers of a service.
    ///
    /// - Throws: A `PlanError` when the batch or the number of threads is out of range, or this
    ///   process cannot hold the memory; an ``InferenceError/invalidService(_:)`` for less than one
    ///   worker, or a limit below 1.
    public convenience init(_ model: PreparedModel, options: Options = Options()) throws {
        try self.init(model, options: options, delay: 0) { _, _ in }
    }

    /// Allocates the workers of a service whose batches can wait to fill, and are observed.
    ///
    /// - Parameters:
    ///   - delay: The seconds that a batch that is not full waits for further images.
    ///   - observe: Called after each batch with its images and the seconds of its computation.
    package init(
        _ model: PreparedModel, options: Options, delay: Double,
        observe: @escaping @Sendable (_ count: Int, _ seconds: Double) -> Void
    ) throws {
        guard options.workers >= 1, options.limit >= 1 else {
            throw InferenceError.invalidService(
                "a service needs 1 worker or more and a limit of 1 or more, not "
                    + "\(options.workers) and \(options.limit)")
        }
        let threads = options.threads ?? ExecutionOptions.availableProcessors
        let division = ThreadDivision(threads: threads)
        // More batches at once than threads would be more threads.
        let workers = min(options.workers, max(threads, 1))
        self.model = model
        self.options = options
        admission = AdmissionLimit(options.limit)
        queue = BatchQueue(
            batch: options.batch,
            workers: try (0..<workers).map { _ in
                let worker = Worker(try Classifier(model, batch: options.batch, threads: threads))
                return { images in
                    let share = division.begin()
                    let start = DispatchTime.now().uptimeNanoseconds
                    defer {
                        division.end()
                        observe(
                            images.count,
                            Double(DispatchTime.now().uptimeNanoseconds - start) / 1e9)
                    }
                    return try worker.logits(for: images, threads: share)
                }
            }, delay: delay)
    }

    /// Reads a model, or another program's weights, and allocates the workers of a service.
    ///
    /// The arguments but the last are those of a ``PreparedModel``; the number of threads is that
    /// of the options.
    ///
    /// - Throws: What a ``PreparedModel`` of this source and ``init(_:options:)`` throw.
    public convenience init(
        contentsOf source: WeightsSource, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        device: Device = .cpu(), options: Options = Options()
    ) throws {
        try self.init(
            PreparedModel(
                contentsOf: source, normalization: normalization, facts: facts, reading: reading,
                device: device),
            options: options)
    }

    /// Reads the model in a file or in the directory of a run, or another program's weights, and
    /// allocates the workers of a service.
    public convenience init(
        contentsOf path: String, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        device: Device = .cpu(), options: Options = Options()
    ) throws {
        try self.init(
            contentsOf: .file(path), normalization: normalization, facts: facts, reading: reading,
            device: device, options: options)
    }

    /// The number of photographs that are accepted and not yet answered.
    public var pendingCount: Int { admission.count }

    /// Classifies a photograph of any size: all classes with their probabilities, the likeliest
    /// first.
    ///
    /// - Throws: `CancellationError` when the task is cancelled,
    ///   ``InferenceError/overloaded(limit:)`` beyond the limit of a service that refuses,
    ///   ``InferenceError/notFinite(dataset:index:)`` when the network's answer is not finite, a
    ///   `DataError` for a photograph whose channels cannot become the network's.
    public func classify(_ photograph: PixelImage) async throws -> [Prediction] {
        try await answer { photograph }
    }

    /// Decodes a photograph once it is accepted, and classifies it: all classes with their
    /// probabilities, the likeliest first.
    ///
    /// - Parameters:
    ///   - bytes: The contents of an image file.
    ///   - file: The name of the file in errors.
    ///   - limits: The limits of the image; strangers' files should have lower ones than those that
    ///     are the default.
    /// - Throws: An `ImageError` when the bytes are no image, or one beyond the limits, and what
    ///   ``classify(_:)`` throws.
    public func classify(
        decoding bytes: [UInt8], file: String, limits: ImageLimits = ImageLimits()
    ) async throws -> [Prediction] {
        try await answer { try PixelImage(decoding: bytes, file: file, limits: limits) }
    }

    private func answer(
        to photograph: () throws -> PixelImage
    ) async throws -> [Prediction] {
        let logits = try await logits {
            model.normalization.values(of: try model.description.fitted(photograph()))
        }
        return try model.description.predictions(
            logits[...], dataset: "photographs", index: 0)
    }

    /// The logits of an image, whose normalised numbers are prepared once it is accepted.
    ///
    /// - Parameter values: The numbers as the network reads them, pixel after pixel.
    /// - Throws: What `values` and ``classify(_:)`` throw.
    package func logits(preparing values: () async throws -> [Float]) async throws -> [Float] {
        try Task.checkCancellation()
        switch options.overload {
        case .waits: try await admission.enter()
        case .refuses:
            guard admission.tryEnter() else {
                throw InferenceError.overloaded(limit: options.limit)
            }
        }
        defer { admission.leave() }
        return try await queue.result(for: values())
    }
}

extension ClassificationService {
    /// A classifier that one thread at a time uses.
    ///
    /// The queue runs a worker on one thread at a time, and passes it on under a lock.
    private final class Worker: @unchecked Sendable {
        private let classifier: Classifier

        init(_ classifier: Classifier) { self.classifier = classifier }

        func logits(for images: [[Float]], threads: Int) throws -> [[Float]] {
            try classifier.logits(for: images, threads: threads)
        }
    }
}

/// The division of a service's threads among the batches that are computed at the same time.
///
/// A batch that is alone for a moment while others come and go would take threads from the next
/// one: it has all threads only after ``patience`` batches that were alone.
final class ThreadDivision: Sendable {
    private struct State {
        /// The batches under way.
        var count = 0
        /// The most of them that were under way at the start of the last batches.
        var expected = 1
        /// The batches in a row that began beside fewer.
        var below = 0
    }

    /// The batches in a row that begin beside fewer others before fewer are expected.
    static let patience = 8

    private let threads: Int
    private let state = Locked(State())

    init(threads: Int) { self.threads = threads }

    /// The threads of a batch that begins now; those of batches under way do not change.
    func begin() -> Int {
        state.withLock { state in
            state.count += 1
            state.below = state.count < state.expected ? state.below + 1 : 0
            if state.count > state.expected || state.below == Self.patience {
                state.expected = state.count
                state.below = 0
            }
            return max(threads / state.expected, 1)
        }
    }

    /// Takes note that a batch has ended.
    func end() {
        state.withLock { $0.count -= 1 }
    }
}
