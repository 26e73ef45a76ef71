// SPDX-License-Identifier: Apache-2.0

import WRNKernels
import WRNPlan
import WRNTensor

// A step whose batch is computed in shards, one after the other.

extension TrainingSession {
    /// Begins a step whose batch is computed in so many shards, a power of two.
    package func beginShards(_ count: Int) {
        shards = program.memory.beginShards(count)
    }

    /// Computes a batch, or a shard of one that is then added to the step's sums.
    ///
    /// - Precondition: A shard is one of a step that has begun.
    func run(_ run: BoundProgram.Run, _ shard: StepShard?) -> StepResult {
        guard let shard else { return program.run(run) }
        guard let shards else { preconditionFailure("a shard without a step that has begun") }
        var run = run
        run.firstImage = shard.firstImage
        shards.restoreStatistics(program.memory.statistics)
        let result = program.run(run)
        shards.add(
            program.memory, weight: Float(shard.weight), images: Float(run.images),
            hasStatistics: !scope.frozenStatistics, in: program.workspace)
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
        shards.add(
            memory, weight: 1, images: 1, hasStatistics: !scope.frozenStatistics,
            in: program.workspace)
    }

    /// Ends the step's shards: gradients and running statistics become those of the whole batch.
    ///
    /// - Parameters:
    ///   - weight: The weights of all shards together.
    ///   - images: The images of all shards together; at 0 the statistics become those before the
    ///     step.
    /// - Precondition: Each shard of a step that has begun was added.
    package func finishShards(weight: Double, images: Int) {
        guard let shards, shards.isComplete else {
            preconditionFailure("not every shard of the step was added")
        }
        self.shards = nil
        let memory = program.memory
        guard images > 0 else { return shards.restoreStatistics(memory.statistics) }
        ElementOperator(count: memory.layout.trainableFloats).divide(
            memory.gradients.floats, by: Float(weight), in: program.workspace)
        guard !scope.frozenStatistics else { return }
        ElementOperator(count: memory.layout.statisticsFloats).divide(
            memory.statistics.floats, by: Float(images), in: program.workspace)
    }
}
