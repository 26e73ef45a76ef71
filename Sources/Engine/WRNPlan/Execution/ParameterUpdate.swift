// SPDX-License-Identifier: Apache-2.0

import WRNGraph

/// Neighbouring parameters that one call updates, because the same constants hold for all of them.
struct ParameterUpdate {
    /// Their slots, and their place in the engine's block.
    private(set) var slots: Range<Int>
    private(set) var floats: Range<Int>
    let factors: UpdateFactors
    /// Whether their velocities hold nothing yet.
    let isFirst: Bool
    /// The steps that they have taken by a rule that counts them.
    let stepCount: Int

    /// The updates of a step; what is frozen or has the learning rate 0 is in none.
    static func all(
        _ layout: ParameterLayout, _ scope: TrainingScope, _ factors: [String: UpdateFactors],
        moved: Set<Int>, stepCounts: [Int]
    ) -> [ParameterUpdate] {
        var updates: [ParameterUpdate] = []
        for (index, slot) in layout.trainable.enumerated() where scope.trains(slot.parameter) {
            let factors = factors[slot.parameter.name] ?? UpdateFactors()
            guard factors.learningRate != 0 else { continue }
            let update = ParameterUpdate(
                slots: index..<index + 1, floats: slot.offset..<slot.offset + slot.floatCount,
                factors: factors, isFirst: !moved.contains(index), stepCount: stepCounts[index])
            guard let last = updates.last, last.isFollowed(by: update) else {
                updates.append(update)
                continue
            }
            updates[updates.count - 1].slots = last.slots.lowerBound..<index + 1
            updates[updates.count - 1].floats =
                last.floats.lowerBound..<update.floats.upperBound
        }
        return updates
    }

    private func isFollowed(by next: ParameterUpdate) -> Bool {
        slots.upperBound == next.slots.lowerBound && factors == next.factors
            && isFirst == next.isFirst && stepCount == next.stepCount
    }
}
