// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNPlan
import WRNTensor
import WRNTestSupport

/// What a step does with its gradients: rules that hold to the last bit.
@Suite("Updates")
struct UpdateTests {
    let fixture: OptimizerFixture

    init() throws {
        fixture = try OptimizerFixture()
    }

    private static let adamW = Optimizer.adamW(AdamW(learningRate: 0.01, weightDecay: 0.1))

    /// Steps with all that a session carries: AdamW, shards, clipping and an average.
    private func train(_ session: TrainingSession, _ steps: Range<Int>) throws {
        for step in steps {
            _ = try fixture.gradientsInShards(session, step: step)
            session.update(Self.adamW, factors: fixture.spared, maximumNorm: 0.5)
            session.average(decay: 0.75)
        }
    }

    private func gradients(_ session: TrainingSession, step: Int = 0) throws {
        _ = try session.computeGradients(
            images: fixture.images, labels: fixture.labels(step: step), stepIndex: step)
    }

    @Test(
        "give the same bits on 1, 2, 3 and 5 threads, averages and all", arguments: [2, 3, 5],
        Precision.allCases)
    func threads(_ threads: Int, precision: Precision) throws {
        let (one, other) = (
            try fixture.session(threads: 1, precision: precision),
            try fixture.session(threads: threads, precision: precision)
        )
        try train(one, 0..<4)
        try train(other, 0..<4)
        #expect(one.state() == other.state())
        #expect(one.averages() != nil)
    }

    @Test(
        "go on from a state that was taken out as if nothing had happened", arguments: [1, 3],
        Precision.allCases)
    func restore(after steps: Int, precision: Precision) throws {
        let whole = try fixture.session(precision: precision)
        try train(whole, 0..<6)
        let first = try fixture.session(precision: precision)
        try train(first, 0..<steps)
        let state = first.state()
        #expect(state.secondMoments.count == state.velocities.count)
        #expect(Set(state.stepCounts.values) == [steps])
        #expect(state.averages.count == state.tensors.count)
        let second = try fixture.session(precision: precision)
        try second.restore(state)
        #expect(second.state() == state)
        try train(second, steps..<6)
        #expect(second.state() == whole.state())
    }

    @Test("refuse a state that lacks a tensor, and change nothing then")
    func refusesState() throws {
        let session = try fixture.session()
        try train(session, 0..<2)
        let before = session.state()
        for path in [\TrainingState.velocities, \.secondMoments, \.averages, \.tensors] {
            var state = before
            state[keyPath: path]["bn.bias"] = Tensor(shape: [3], repeating: 0)
            #expect(throws: PlanError.self) { try session.restore(state) }
            #expect(session.state() == before)
        }
        var state = before
        state.averages["bn.running_mean"] = nil
        #expect(throws: PlanError.self) { try session.restore(state) }
        #expect(session.state() == before)
    }

    @Test("after the optimizer began anew are those of a session that never moved")
    func resets() throws {
        let session = try fixture.session()
        try train(session, 0..<3)
        session.resetOptimizer()
        #expect(session.velocities().isEmpty)
        let fresh = try TrainingSession(
            graph: fixture.graph, tensors: session.tensors(), batch: 10, seed: 0)
        for session in [session, fresh] {
            try gradients(session, step: 3)
            session.update(Self.adamW)
        }
        #expect(session.tensors() == fresh.tensors())
        #expect(session.velocities() == fresh.velocities())
    }

    @Test("leave gradients alone that are shorter than the maximum, and shorten others to it")
    func clips() throws {
        let plain = Optimizer.sgd(
            SGD(learningRate: 1, momentum: 0, nesterov: false, weightDecay: 0))
        func moved(_ maximum: Double?) throws -> (norm: Double?, state: TrainingState) {
            let session = try fixture.session()
            try gradients(session)
            let norm = session.update(plain, maximumNorm: maximum)
            return (norm, session.state())
        }
        let (none, free) = try moved(nil)
        #expect(none == nil)
        let (norm, loose) = try moved(1e6)
        #expect(loose == free)
        let length = try #require(norm)
        let squares = free.velocities.values.flatMap(\.elements).map { Double($0) * Double($0) }
        #expect(abs(length - squares.reduce(0, +).squareRoot()) < 1e-6 * length)
        let (again, short) = try moved(length / 8)
        #expect(again == norm)
        for (name, velocity) in short.velocities {
            let expected = (free.velocities[name]?.elements ?? []).map { $0 / 8 }
            #expect(relativeError(velocity.elements, expected) < 1e-5, "\(name)")
        }
    }

    @Test("do not pass a gradient that is no number as short")
    func clipsNoNumbers() throws {
        var tensors = fixture.tensors
        tensors["fc.bias"] = Tensor(shape: [5], repeating: .nan)
        let session = try TrainingSession(
            graph: fixture.graph, tensors: tensors, batch: 10, seed: 0)
        try gradients(session)
        let norm = session.update(.sgd(SGD()), maximumNorm: 1)
        #expect(norm?.isNaN == true)
    }

    @Test("begin an average at the first values, move it by its share, and keep it whole at 1")
    func averages() throws {
        let session = try fixture.session()
        #expect(session.averages() == nil)
        session.average(decay: 0.75)
        #expect(session.averages() == fixture.tensors)
        try gradients(session)
        session.update(.sgd(SGD()))
        session.average(decay: 1)
        #expect(session.averages() == fixture.tensors)
        session.average(decay: 0.75)
        let (averages, now) = (try #require(session.averages()), session.tensors())
        for (name, start) in fixture.tensors {
            let expected = zip(start.elements, now[name]?.elements ?? []).map {
                $0 + 0.25 * ($1 - $0)
            }
            #expect(averages[name]?.elements == expected, "\(name)")
        }
        session.average(decay: 0)
        let error = relativeError(
            session.averages()?["fc.weight"]?.elements ?? [], now["fc.weight"]?.elements ?? [])
        #expect(error < 1e-6)
    }
}
