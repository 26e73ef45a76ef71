// SPDX-License-Identifier: Apache-2.0

import WRNInference
import WRNThreads

/// The class activation maps of a model: the parts of an image that a class rests on.
///
/// The network is planned for them at the first one, on the weights that are there already, so that
/// a server without requests for maps has no memory for them. One image at a time is computed.
final class ClassMaps: Sendable {
    /// An image, and the classes whose maps are requested.
    struct Request: Sendable {
        let image: DecodedImage
        let classes: [Int]
    }

    private let queue: BatchQueue<Request, [Explanation]>
    private let limit: Int
    private let pending = Locked(0)

    /// Creates the queue of a model's maps.
    ///
    /// - Parameter limit: The most images that are accepted and not answered.
    init(_ model: PreparedModel, threads: Int?, limit: Int, metrics: ServerMetrics) {
        self.limit = limit
        let worker = Worker(model, threads: threads)
        queue = BatchQueue(
            batch: 1,
            workers: [
                { requests in
                    try requests.map { request in
                        try metrics.timing(.mapping) { try worker.explanations(of: request) }
                    }
                }
            ])
    }

    /// The maps of an image, in the order of the classes.
    ///
    /// - Throws: An `InferenceError` beyond the limit, for a network without such maps, and where a
    ///   map is not finite.
    func explanations(of request: Request) async throws -> [Explanation] {
        let isAccepted = pending.withLock { pending in
            guard pending < limit else { return false }
            pending += 1
            return true
        }
        guard isAccepted else { throw InferenceError.overloaded(limit: limit) }
        defer { pending.withLock { $0 -= 1 } }
        return try await queue.result(for: request)
    }

    /// An explainer that one thread at a time uses.
    ///
    /// The queue runs a worker on one thread at a time, and passes it on under a lock.
    private final class Worker: @unchecked Sendable {
        private let model: PreparedModel
        private let threads: Int?
        private var explainer: Explainer?

        init(_ model: PreparedModel, threads: Int?) {
            self.model = model
            self.threads = threads
        }

        func explanations(of request: Request) throws -> [Explanation] {
            let explainer = try explainer ?? Explainer(model, threads: threads)
            self.explainer = explainer
            return try explainer.explain(
                prepared: request.image.values, classes: request.classes,
                height: request.image.height, width: request.image.width)
        }
    }
}
