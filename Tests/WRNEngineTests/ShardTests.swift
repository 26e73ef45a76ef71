// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNPlan
import WRNTensor
import WRNTestSupport
import WRNThreads
import WRNWorkers
import WRNZoo

/// Steps whose batch is computed in shards, against sums that are made by hand.
@Suite("Shards of a step")
struct ShardTests {
    private let network: RandomNetwork

    init() throws {
        network = try RandomNetwork.filling(
            WideResNet(depth: 10, width: 0.25, classes: 3, dropout: 0.3)
                .graph(height: 8, width: 8), seed: 8)
    }

    private func session(
        _ scope: TrainingScope = TrainingScope(), threads: Int = 2,
        precision: Precision = .float32, batch: Int? = nil
    ) throws -> TrainingSession {
        try TrainingSession(
            graph: network.graph, tensors: network.tensors, batch: batch ?? network.labels.count,
            seed: 5, scope: scope,
            options: ExecutionOptions(threads: threads, precision: precision))
    }

    /// The shards of the batch, of which one has no images.
    private var ranges: [Range<Int>] {
        let count = network.labels.count
        return [0..<1, 1..<1, 1..<count - 1, count - 1..<count]
    }

    private func images(_ range: Range<Int>) -> ArraySlice<Float> {
        let size = network.graph.inputShape.elementCount
        return network.images[range.lowerBound * size..<range.upperBound * size]
    }

    /// The weight of a shard, which is not the number of its images where images have weights.
    private func weight(_ range: Range<Int>) -> Double { Double(range.count) + 0.25 }

    /// Computes the gradients of a step in shards.
    private func compute(_ session: TrainingSession, step: Int = 3) throws {
        session.beginShards(ranges.count)
        for range in ranges {
            guard !range.isEmpty else {
                session.addEmptyShard()
                continue
            }
            _ = try session.computeGradients(
                images: images(range), labels: Array(network.labels[range]), stepIndex: step,
                shard: StepShard(firstImage: range.lowerBound, weight: weight(range)))
        }
        try session.finishShards(weight: total, images: network.labels.count)
    }

    private var total: Double {
        ranges.filter { !$0.isEmpty }.map { weight($0) }.reduce(0, +)
    }

    @Test("has the gradients and statistics of the formula, to the bit")
    func formula() throws {
        let whole = try session()
        try compute(whole)
        // Each shard by a session of its own: ((s0 + s1) + (s2 + s3)) / sum.
        var gradients: [[String: [Float]]] = []
        var statistics: [[String: [Float]]] = []
        for range in ranges {
            let one = try session()
            one.beginShards(1)
            if range.isEmpty {
                one.addEmptyShard()
            } else {
                _ = try one.computeGradients(
                    images: images(range), labels: Array(network.labels[range]), stepIndex: 3,
                    shard: StepShard(firstImage: range.lowerBound, weight: 1))
            }
            try one.finishShards(weight: 1, images: 1)
            let (times, count) = (Float(weight(range)), Float(range.count))
            gradients.append(one.gradients().mapValues { $0.elements.map { times * $0 } })
            // A single shard's statistics were multiplied by its images.
            statistics.append(
                one.tensors().filter { $0.key.contains("running_") }.mapValues(\.elements))
            #expect(range.isEmpty == (count == 0))
        }
        func tree(_ values: [[Float]]) -> [Float] {
            values[0].indices.map {
                (values[0][$0] + values[1][$0]) + (values[2][$0] + values[3][$0])
            }
        }
        for (name, found) in whole.gradients() {
            let sum = tree(gradients.map { $0[name] ?? [] }).map { $0 / Float(total) }
            #expect(found.elements == sum, "\(name)")
        }
        let after = whole.tensors()
        let names = try #require(statistics.first).keys
        #expect(!names.isEmpty)
        for name in names {
            let sum = tree(statistics.map { $0[name] ?? [] })
                .map { $0 / Float(network.labels.count) }
            #expect(after[name]?.elements == sum, "\(name)")
        }
    }

    @Test("reuses the memory of a step of more shards, with the same sums")
    func reuse() throws {
        let (fresh, used) = (try session(), try session())
        used.beginShards(2 * ranges.count)
        let before = used.plannedByteCount
        try compute(used)
        try compute(fresh)
        #expect(used.plannedByteCount == before && before > fresh.plannedByteCount)
        #expect(used.gradients() == fresh.gradients() && used.tensors() == fresh.tensors())
    }

    @Test("draws the dropout that each image has in the whole batch")
    func dropout() throws {
        // With constant statistics the images of a batch do not depend on each other.
        let scope = TrainingScope(frozenStatistics: true)
        let (whole, parts) = (try session(scope), try session(scope))
        _ = try whole.computeGradients(
            images: images(0..<network.labels.count), labels: network.labels, stepIndex: 3)
        parts.beginShards(ranges.count)
        for range in ranges {
            guard !range.isEmpty else {
                parts.addEmptyShard()
                continue
            }
            _ = try parts.computeGradients(
                images: images(range), labels: Array(network.labels[range]), stepIndex: 3,
                shard: StepShard(firstImage: range.lowerBound, weight: Double(range.count)))
        }
        try parts.finishShards(
            weight: Double(network.labels.count), images: network.labels.count)
        for (name, gradient) in whole.gradients() {
            let found = try #require(parts.gradients()[name])
            #expect(relativeError(found.elements, gradient.elements) < 1e-4, "\(name)")
        }
        #expect(parts.tensors() == network.tensors, "constant statistics keep their bits")
    }

    @Test("has the same bits on any number of threads", arguments: Precision.allCases)
    func threads(precision: Precision) throws {
        let states = try [1, 2, 3].map { threads in
            let session = try session(threads: threads, precision: precision)
            for step in 0..<2 {
                try compute(session, step: step)
                session.update(.sgd(SGD()), maximumNorm: 0.5)
            }
            return session.state()
        }
        #expect(states[0] == states[1] && states[0] == states[2])
    }

    @Test("has the same bits where workers add pieces while the pass goes on", arguments: [2, 4])
    func workers(count: Int) throws {
        // More than 1 MiB of gradients, so that they are several pieces.
        let network = try RandomNetwork.filling(
            WideResNet(depth: 10, width: 4, classes: 3, dropout: 0.3)
                .graph(height: 8, width: 8), seed: 8)
        let (ranges, labels) = ([0..<1, 1..<2, 2..<2, 2..<3], network.labels)
        @Sendable func compute(_ own: Range<Int>, in group: any WorkerGroup) throws -> TrainingState
        {
            let session = try TrainingSession(
                graph: network.graph, tensors: network.tensors, batch: 2, seed: 5,
                options: ExecutionOptions(threads: 2))
            session.beginShards(own.count, in: group)
            let size = network.graph.inputShape.elementCount
            for range in ranges[own] {
                guard !range.isEmpty else {
                    session.addEmptyShard()
                    continue
                }
                _ = try session.computeGradients(
                    images: network.images[range.lowerBound * size..<range.upperBound * size],
                    labels: Array(labels[range]), stepIndex: 0,
                    shard: StepShard(firstImage: range.lowerBound, weight: 1))
            }
            try session.finishShards(weight: Double(labels.count), images: labels.count)
            session.update(.sgd(SGD()))
            return session.state()
        }
        let expected = try compute(0..<4, in: SoloWorker())
        let states = Locked<[Int: TrainingState]>([:])
        let threads = LocalGroup(size: count).members.map { worker in
            SystemThread {
                do {
                    let state = try compute(worker.share(of: 4), in: worker)
                    states.withLock { $0[worker.rank] = state }
                } catch {
                    worker.abandon("\(error)")
                }
            }
        }
        for thread in threads { try #require(thread).join() }
        for rank in 0..<count {
            #expect(states.withLock { $0[rank] } == expected, "worker \(rank)")
        }
    }

    @Test("leaves nothing behind for the next step, and nothing at all without images")
    func stepsApart() throws {
        let first = try session()
        try compute(first, step: 0)
        let (before, gradients) = (first.state(), first.gradients())
        first.beginShards(2)
        first.addEmptyShard()
        first.addEmptyShard()
        try first.finishShards(weight: 0, images: 0)
        #expect(first.state() == before)
        try compute(first, step: 1)
        let other = try session()
        try other.restore(before)
        try compute(other, step: 1)
        #expect(first.state() == other.state())
        #expect(first.gradients() == other.gradients())
        #expect(first.gradients() != gradients)
    }
}

/// The order in which shards are added.
@Suite("The tree of shards")
struct ShardTreeTests {
    @Test("adds neighbours, then neighbouring sums", arguments: [1, 2, 4, 8, 64])
    func order(count: Int) {
        var sum = ShardSum<String>(count: count) { "(\($0) + \($1))" }
        var level = (0..<count).map { "s\($0)" }
        var found: String?
        for value in level {
            #expect(found == nil)
            found = sum.add(value)
        }
        while level.count > 1 {
            level = stride(from: 0, to: level.count, by: 2).map {
                "(\(level[$0]) + \(level[$0 + 1]))"
            }
        }
        #expect(found == level[0])
    }
}
