// SPDX-License-Identifier: Apache-2.0

import WRNKernels
import WRNPlan
import WRNTensor
package import WRNWorkers

/// A step whose batch is computed in shards, while it is under way.
struct ShardedStep {
    let sums: ShardSums
    let group: any WorkerGroup
    /// The first failure of the group, which is thrown when the step ends.
    var failure: WorkerError?
}

extension TrainingSession {
    /// Begins a step of which this process computes so many shards, a power of two.
    ///
    /// - Parameter group: The workers that compute all shards of the step.
    package func beginShards(_ count: Int, in group: any WorkerGroup = SoloWorker()) {
        shards = ShardedStep(sums: program.memory.beginShards(count), group: group)
    }

    /// Computes a batch, or a shard of one that is then added to the step's sums.
    ///
    /// The gradients of the last shard are added piece by piece as the backward pass completes
    /// them, and the sums over all workers begin while it goes on.
    ///
    /// - Precondition: A shard is one of a step that has begun.
    func run(_ run: BoundProgram.Run, _ shard: StepShard?) -> StepResult {
        guard let shard else { return program.run(run) }
        guard let sums = shards?.sums else {
            preconditionFailure("a shard without a step that has begun")
        }
        var run = run
        run.firstImage = shard.firstImage
        sums.restoreStatistics(program.memory.statistics)
        let weight = Float(shard.weight)
        let result: StepResult
        if sums.isAtLast, let group = shards?.group, group.size > 1 {
            var rest = gradientPieces.pieces[...]
            result = program.run(run) { step in
                while let piece = rest.first, piece.step <= step {
                    rest.removeFirst()
                    self.addGradients(piece.floats, weight: weight)
                }
            }
        } else {
            result = program.run(run)
            addGradients(0..<program.memory.layout.trainableFloats, weight: weight)
        }
        finishShard(images: Float(run.images))
        return result
    }

    /// Adds a shard that has no images.
    ///
    /// - Precondition: A step with shards has begun.
    package func addEmptyShard() {
        guard let shards else { preconditionFailure("a shard without a step that has begun") }
        let memory = program.memory
        memory.gradients.floats.update(repeating: 0, count: memory.layout.trainableFloats)
        if !scope.frozenStatistics {
            memory.statistics.floats.update(repeating: 0, count: memory.layout.statisticsFloats)
        }
        if shards.sums.isAtLast, shards.group.size > 1 {
            for piece in gradientPieces.pieces { addGradients(piece.floats, weight: 1) }
        } else {
            addGradients(0..<memory.layout.trainableFloats, weight: 1)
        }
        finishShard(images: 1)
    }

    /// Adds a part of a shard's gradients; of the last one the sum over the workers begins.
    private func addGradients(_ floats: Range<Int>, weight: Float) {
        guard let step = shards else { return }
        step.sums.addGradients(
            program.memory.gradients, floats, weight: weight, in: program.workspace)
        if step.sums.isAtLast {
            beginSum(program.memory.gradients.floats + floats.lowerBound, count: floats.count)
        }
    }

    /// Adds a shard's statistics and counts the shard.
    private func finishShard(images: Float) {
        guard let step = shards else { return }
        let memory = program.memory
        // Statistics that stay as they are would only be rounded by a sum.
        if !scope.frozenStatistics {
            step.sums.addStatistics(memory.statistics, images: images, in: program.workspace)
            if step.sums.isAtLast {
                beginSum(memory.statistics.floats, count: memory.layout.statisticsFloats)
            }
        }
        step.sums.advance()
    }

    private func beginSum(_ values: UnsafeMutablePointer<Float>, count: Int) {
        guard let step = shards, step.group.size > 1, step.failure == nil else { return }
        do throws(WorkerError) {
            try step.group.beginSum(UnsafeMutableBufferPointer(start: values, count: count))
        } catch {
            shards?.failure = error
        }
    }

    /// Ends the step's shards: gradients and running statistics become those of the whole batch.
    ///
    /// - Parameters:
    ///   - weight: The weights of all shards together.
    ///   - images: The images of all shards together; at 0 the statistics become those before the
    ///     step.
    /// - Throws: A `WorkerError` when the group has failed.
    /// - Precondition: Each shard of a step that has begun was added.
    package func finishShards(weight: Double, images: Int) throws(WorkerError) {
        guard let step = shards, step.sums.isComplete else {
            preconditionFailure("not every shard of the step was added")
        }
        shards = nil
        // Also after a failure: the memory is the group's until then.
        try step.group.finishSums()
        if let failure = step.failure { throw failure }
        let memory = program.memory
        guard images > 0 else { return step.sums.restoreStatistics(memory.statistics) }
        ElementOperator(count: memory.layout.trainableFloats).divide(
            memory.gradients.floats, by: Float(weight), in: program.workspace)
        guard !scope.frozenStatistics else { return }
        ElementOperator(count: memory.layout.statisticsFloats).divide(
            memory.statistics.floats, by: Float(images), in: program.workspace)
    }
}
