// SPDX-License-Identifier: Apache-2.0

import WRNKernels
import WRNTensor

// Blocks that only some runs need; each is made when it is first asked for.

extension NetworkMemory {
    /// The moving averages of the parameters and of the running statistics.
    struct Averages {
        let parameters: AlignedMemory
        let statistics: AlignedMemory
    }

    /// The block of AdamW's mean squared gradients.
    func beginSecondMoments() -> AlignedMemory {
        if let secondMoments { return secondMoments }
        let block = AlignedMemory(floatCount: layout.trainableFloats)
        secondMoments = block
        return block
    }

    /// The block in which the gradients of a step's parts add up.
    func beginGradientSums() -> AlignedMemory {
        if let gradientSums { return gradientSums }
        let block = AlignedMemory(floatCount: layout.trainableFloats)
        gradientSums = block
        return block
    }

    /// Makes the averages, with the present values.
    func beginAverages() {
        let block = makeAverages()
        block.parameters.floats.update(from: parameters.floats, count: layout.trainableFloats)
        block.statistics.floats.update(from: statistics.floats, count: layout.statisticsFloats)
    }

    /// Puts averages back that were taken out before.
    func loadAverages(_ tensors: [String: Tensor]) {
        let block = averages ?? makeAverages()
        load(tensors, parameters: block.parameters, statistics: block.statistics)
    }

    private func makeAverages() -> Averages {
        let block = Averages(
            parameters: AlignedMemory(floatCount: layout.trainableFloats),
            statistics: AlignedMemory(floatCount: layout.statisticsFloats))
        averages = block
        return block
    }
}
