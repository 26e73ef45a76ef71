// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

extension PlanDescription {
    /// The bytes of all memory of a session.
    public struct Memory: Codable, Hashable, Sendable {
        /// The arena of activations and their gradients.
        public let arenaByteCount: Int
        /// The parameters.
        public let weightByteCount: Int
        /// Their gradients.
        public let gradientByteCount: Int
        /// Their velocities.
        public let velocityByteCount: Int
        /// The running statistics.
        public let statisticsByteCount: Int
        /// The weights in the order of their kernels, as far as they are kept; in training they are packed in the arena, step by step.
        public let packedWeightByteCount: Int
        /// The coefficients of normalisations.
        public let coefficientByteCount: Int
        /// The scratch memory of all threads, their own and what they share.
        public let workspaceByteCount: Int
        /// All of it.
        public let totalByteCount: Int

        init(
            _ program: Program, of graph: Graph, for mode: PlanMode, arenaByteCount: Int,
            workspaceByteCount: Int
        ) {
            let floatByteCount = MemoryLayout<Float>.stride
            let layout = ParameterLayout(graph)
            self.arenaByteCount = arenaByteCount
            weightByteCount = layout.trainableFloats * floatByteCount
            gradientByteCount = mode == .training ? weightByteCount : 0
            velocityByteCount = gradientByteCount
            statisticsByteCount = layout.statisticsFloats * floatByteCount
            let packedFloats = program.steps.map { $0.keptPackedCount(images: program.images) }
                .reduce(0, +)
            packedWeightByteCount = packedFloats * floatByteCount
            var vectorFloats = 0
            for normalization in program.normalizations {
                vectorFloats += NormalizationVectors.count * Kernels.padded(normalization.channels)
            }
            for factor in program.factors { vectorFloats += Kernels.padded(factor.channels) }
            coefficientByteCount = vectorFloats * floatByteCount
            self.workspaceByteCount = workspaceByteCount
            totalByteCount = [
                arenaByteCount, weightByteCount, gradientByteCount, velocityByteCount,
                statisticsByteCount, packedWeightByteCount, coefficientByteCount,
                workspaceByteCount,
            ].reduce(0, +)
        }

        /// The same with other scratch memory.
        func with(workspaceByteCount: Int) -> Memory {
            Memory(self, workspaceByteCount: workspaceByteCount)
        }

        private init(_ other: Memory, workspaceByteCount: Int) {
            arenaByteCount = other.arenaByteCount
            weightByteCount = other.weightByteCount
            gradientByteCount = other.gradientByteCount
            velocityByteCount = other.velocityByteCount
            statisticsByteCount = other.statisticsByteCount
            packedWeightByteCount = other.packedWeightByteCount
            coefficientByteCount = other.coefficientByteCount
            self.workspaceByteCount = workspaceByteCount
            totalByteCount = other.totalByteCount - other.workspaceByteCount + workspaceByteCount
        }
    }
}
