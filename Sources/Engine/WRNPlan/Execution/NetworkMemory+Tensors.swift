// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor

extension NetworkMemory {
    /// Loads all weights and running statistics, or none.
    func load(_ tensors: [String: Tensor]) throws(PlanError) {
        try check(tensors, for: layout.trainable + layout.statistics)
        load(tensors, parameters: parameters, statistics: statistics)
    }

    /// Loads tensors that have passed ``check(_:for:)`` into blocks of the layout.
    func load(
        _ tensors: [String: Tensor], parameters: AlignedMemory, statistics: AlignedMemory
    ) {
        for (slots, block) in [(layout.trainable, parameters), (layout.statistics, statistics)] {
            for slot in slots {
                guard let tensor = tensors[slot.parameter.name] else { continue }
                slot.load(tensor, into: block.floats)
            }
        }
    }

    /// Loads some trainable slots of a block of the parameters' layout.
    func load(_ tensors: [String: Tensor], for slots: [Int], into block: AlignedMemory) {
        for slot in slots.map({ layout.trainable[$0] }) {
            guard let tensor = tensors[slot.parameter.name] else { continue }
            slot.load(tensor, into: block.floats)
        }
    }

    /// Whether every slot has a tensor of its shape.
    func check(
        _ tensors: [String: Tensor], for slots: [ParameterLayout.Slot]
    ) throws(PlanError) {
        for slot in slots {
            guard let tensor = tensors[slot.parameter.name] else {
                throw .missingTensor(slot.parameter.name)
            }
            guard tensor.shape == slot.parameter.shape else {
                throw .shapeMismatch(
                    tensor: slot.parameter.name, expected: "\(slot.parameter.shape)",
                    actual: "\(tensor.shape)")
            }
        }
    }

    /// All weights and running statistics by name.
    func tensors() -> [String: Tensor] { tensors(parameters: parameters, statistics) }

    /// What blocks of the layout hold, by name.
    func tensors(
        parameters: AlignedMemory, _ statistics: AlignedMemory
    ) -> [String: Tensor] {
        var tensors = tensors(of: parameters)
        for slot in layout.statistics {
            tensors[slot.parameter.name] = slot.tensor(from: statistics.floats)
        }
        return tensors
    }

    /// What a block of the parameters' layout holds of those that `isWanted`, by name.
    func tensors(
        of block: AlignedMemory, where isWanted: (Parameter) -> Bool = { _ in true }
    ) -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for slot in layout.trainable where isWanted(slot.parameter) {
            tensors[slot.parameter.name] = slot.tensor(from: block.floats)
        }
        return tensors
    }
}
