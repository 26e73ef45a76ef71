// SPDX-License-Identifier: Apache-2.0

import Dispatch
import WRNThreads

/// A queue of values for a computation that takes several of them at once.
///
/// A worker that is free takes all values that wait, up to a batch, in the order in which they
/// came; no value waits for others to fill a batch, unless a delay is set. Batches fill up by
/// themselves while the workers are busy. The workers run on threads of the system's, never on
/// those that run Swift's tasks.
package final class BatchQueue<Input: Sendable, Output: Sendable>: Sendable {
    /// A computation of one result for each input, used by one thread at a time.
    package typealias Worker = @Sendable (_ inputs: [Input]) throws -> [Output]

    private final class Request: Sendable {
        let input: Input
        let promise = Promise<Output>()

        init(_ input: Input) { self.input = input }
    }

    /// A worker as an object, with a thread of its own.
    ///
    /// A function that is taken from an array and put back is wrapped once more each time, and each
    /// further call would go through all wrappings.
    private final class Computation: Sendable {
        let results: Worker
        // A concurrent queue takes its threads from those that run Swift's tasks, of which there
        // are as many as processors: while all of them compute, no task goes on, and no request
        // would be read. A serial queue has a thread beyond them.
        let thread = DispatchQueue(label: "WRNInference.BatchQueue")

        init(_ worker: @escaping Worker) { results = worker }
    }

    private struct State {
        var waiting: [Request] = []
        var idle: [Computation]
        /// Workers that wait for a batch to fill, at most for the delay.
        var delayed: [Computation] = []
    }

    private let batch: Int
    private let delay: Double
    private let state: Locked<State>
    private let timer = DispatchQueue(label: "WRNInference.BatchQueue.delay")

    /// Creates a queue that no value waits in.
    ///
    /// - Parameters:
    ///   - batch: The most inputs of one computation.
    ///   - workers: The computations that can run at the same time.
    ///   - delay: The seconds that a batch that is not full waits for further values.
    package init(batch: Int, workers: [Worker], delay: Double = 0) {
        self.batch = batch
        self.delay = delay
        state = Locked(State(idle: workers.map(Computation.init)))
    }

    /// The number of values that wait for a worker.
    package var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// The result for an input; other inputs of its batch do not matter.
    ///
    /// - Throws: What the worker throws for the batch; `CancellationError` as soon as the task is
    ///   cancelled, also when its batch is being computed.
    package func result(for input: Input) async throws -> Output {
        // Without it a worker that is quick could answer before the cancellation is noticed.
        try Task.checkCancellation()
        let request = Request(input)
        let (worker, waits) = state.withLock { state -> (Computation?, Bool) in
            state.waiting.append(request)
            guard delay > 0 else { return (state.idle.popLast(), false) }
            if state.waiting.count >= batch {
                return (state.delayed.popLast() ?? state.idle.popLast(), false)
            }
            guard state.delayed.isEmpty, let worker = state.idle.popLast() else {
                return (nil, false)
            }
            state.delayed.append(worker)
            return (nil, true)
        }
        if let worker { start(worker) }
        if waits { timer.asyncAfter(deadline: .now() + delay) { self.startDelayed() } }
        do {
            return try await request.promise.value()
        } catch {
            // A cancelled request leaves the queue at once, so that its input takes no memory.
            state.withLock { $0.waiting.removeAll { $0 === request } }
            throw error
        }
    }

    /// Computes what has come within the delay, unless the batch has filled before.
    private func startDelayed() {
        if let worker = state.withLock({ $0.delayed.popLast() }) { start(worker) }
    }

    private func start(_ worker: Computation) {
        worker.thread.async { self.run(worker) }
    }

    /// Computes batches until no value waits.
    private func run(_ worker: Computation) {
        while let requests = next(for: worker) {
            let results = Result { try worker.results(requests.map(\.input)) }
            for (index, request) in requests.enumerated() {
                request.promise.resolve(results.map { $0[index] })
            }
        }
    }

    /// The next batch; nil when no value waits, and then the worker is idle.
    private func next(for worker: Computation) -> [Request]? {
        state.withLock { state in
            while !state.waiting.isEmpty {
                let first = state.waiting.prefix(batch)
                // One that was cancelled at this moment is not computed.
                let requests = first.filter { !$0.promise.isResolved }
                state.waiting.removeFirst(first.count)
                if !requests.isEmpty { return requests }
            }
            state.idle.append(worker)
            return nil
        }
    }
}

/// A limit on the number of tasks between ``enter()`` and ``leave()``.
final class AdmissionLimit: Sendable {
    private struct State {
        var free: Int
        var waiting: [Promise<Void>] = []
    }

    /// The most tasks that have entered and not left.
    let limit: Int
    private let state: Locked<State>

    init(_ limit: Int) {
        self.limit = limit
        state = Locked(State(free: limit))
    }

    /// The number of tasks that have entered and not left.
    var count: Int { state.withLock { limit - $0.free } }

    /// The number of tasks that wait to enter.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    /// Enters, where the limit allows it; whether it did.
    func tryEnter() -> Bool {
        state.withLock { state in
            guard state.free > 0 else { return false }
            state.free -= 1
            return true
        }
    }

    /// Enters, after all that waited before and as soon as the limit allows it.
    ///
    /// - Throws: `CancellationError` when the task is cancelled while it waits; then it has not
    ///   entered.
    func enter() async throws {
        let promise = Promise<Void>()
        let isFree = state.withLock { state in
            guard state.free > 0 else {
                state.waiting.append(promise)
                return false
            }
            state.free -= 1
            return true
        }
        if isFree { return }
        do {
            try await promise.value()
        } catch {
            state.withLock { $0.waiting.removeAll { $0 === promise } }
            throw error
        }
    }

    /// Leaves; the task that has waited longest enters.
    func leave() {
        state.withLock { state in
            while !state.waiting.isEmpty {
                // A task that was cancelled at this moment does not take the place.
                if state.waiting.removeFirst().resolve(.success(())) { return }
            }
            state.free += 1
        }
    }
}

/// A value that one task awaits and another thread provides, at most once.
///
/// When the waiting task is cancelled, the value becomes `CancellationError`.
final class Promise<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, any Error>)
        case resolved(Result<Value, any Error>)
    }

    private let state = Locked<State>(.open)

    /// Whether there is a value.
    var isResolved: Bool {
        state.withLock { if case .resolved = $0 { true } else { false } }
    }

    /// The value, as soon as there is one; to be called once.
    func value() async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Value, any Error>? = state.withLock { state in
                    if case .resolved(let result) = state { return result }
                    state = .awaited(continuation)
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            resolve(.failure(CancellationError()))
        }
    }

    /// Provides the value unless there is one; whether it did.
    @discardableResult
    func resolve(_ result: Result<Value, any Error>) -> Bool {
        let previous = state.withLock { state in
            let previous = state
            if case .resolved = previous { return previous }
            state = .resolved(result)
            return previous
        }
        switch previous {
        case .open: return true
        case .resolved: return false
        case .awaited(let continuation):
            continuation.resume(with: result)
            return true
        }
    }
}
