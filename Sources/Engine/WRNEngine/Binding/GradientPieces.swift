// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNPlan

/// The pieces of the gradients of a program, in the order in which its backward pass completes
/// them, so that workers can begin to add those of the last layers while earlier ones are computed.
///
/// A piece is neighbouring parameters of 1 MiB or more together, or what is left of them: small
/// messages cost more than their bytes. The pieces follow from the program alone, so that all
/// workers have the same.
struct GradientPieces {
    /// Gradients that are complete together.
    struct Piece: Equatable {
        /// Their place in the block of all gradients, in floats.
        var floats: Range<Int>
        /// The step of the program after which they are complete.
        var step: Int
    }

    /// The floats from which on a piece is not extended.
    static let enoughFloats = (1 << 20) / MemoryLayout<Float>.stride

    /// The pieces, by their steps; parameters without a gradient are in none.
    let pieces: [Piece]

    init(_ program: Program, _ layout: ParameterLayout, enoughFloats: Int = enoughFloats) {
        var steps: [String: Int] = [:]
        func complete(_ node: NodeID, _ roles: [Parameter.Role], at step: Int) {
            for parameter in program.graph[node].parameters where roles.contains(parameter.role) {
                steps[parameter.name] = step
            }
        }
        for (index, step) in program.steps.enumerated() {
            switch step {
            case .weightGradient(let step): complete(step.node, [.weight], at: index)
            case .biasGradient(let node, _): complete(node, [.bias], at: index)
            case .normalizeGradient(let normalization, _):
                complete(
                    program.normalizations[normalization].node, [.scale, .shift], at: index)
            default: continue
            }
        }
        var pieces: [Piece] = []
        // Backward, as the pass goes.
        for slot in layout.trainable.reversed() {
            guard let step = steps[slot.parameter.name] else { continue }
            let floats = slot.offset..<slot.offset + slot.floatCount
            if let last = pieces.last, last.floats.lowerBound == floats.upperBound,
                last.floats.count < enoughFloats
            {
                pieces[pieces.count - 1].floats = floats.lowerBound..<last.floats.upperBound
                pieces[pieces.count - 1].step = max(last.step, step)
            } else {
                pieces.append(Piece(floats: floats, step: step))
            }
        }
        self.pieces = pieces.enumerated()
            .sorted { ($0.element.step, $0.offset) < ($1.element.step, $1.offset) }
            .map(\.element)
    }
}
