// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNPlan
import WRNTensor
import WRNTestSupport
import WRNZoo

@testable import WRNEngine

/// The pieces in which workers add the gradients of a step.
@Suite("Pieces of the gradients")
struct GradientPiecesTests {
    private static func graph() throws -> Graph {
        try WideResNet(depth: 10, width: 0.25, classes: 3).graph(height: 8, width: 8)
    }

    private static func plan(
        _ scope: TrainingScope = TrainingScope()
    ) throws -> (program: Program, layout: ParameterLayout) {
        let plan = try NetworkPlan(
            training: graph(), batch: 4, scope: scope, options: ExecutionOptions(threads: 1))
        return (plan.program, ParameterLayout(plan.graph))
    }

    @Test("are all gradients once, each after the last step that computes one of them")
    func complete() throws {
        let (program, layout) = try Self.plan()
        for enough in [1, 500, GradientPieces.enoughFloats] {
            let pieces = GradientPieces(program, layout, enoughFloats: enough).pieces
            let places = pieces.flatMap { Array($0.floats) }.sorted()
            #expect(places == Array(0..<layout.trainableFloats))
            #expect(pieces.map(\.step) == pieces.map(\.step).sorted())
            #expect(enough > 1 || pieces.count == layout.trainable.count)
            #expect(enough < GradientPieces.enoughFloats || pieces.count == 1)
            for (number, step) in program.steps.enumerated() {
                guard case .weightGradient(let gradient) = step else { continue }
                let slot = layout.slot(program.graph[gradient.node], .weight)
                let piece = try #require(pieces.first { $0.floats.contains(slot.offset) })
                #expect(piece.step >= number)
                #expect(enough > 1 || piece.step == number)
            }
        }
        // The head is complete long before the stem.
        let pieces = GradientPieces(program, layout, enoughFloats: 1).pieces
        let graph = program.graph
        let head = try #require(graph.nodes.first { $0.name == "fc" })
        #expect(
            Set(pieces.prefix(2).map(\.floats.lowerBound))
                == [layout.slot(head, .weight).offset, layout.slot(head, .bias).offset])
        #expect(pieces.last?.floats.lowerBound == 0)
    }

    @Test("leave out what gets no gradient")
    func frozen() throws {
        let frozen = Set(
            try Self.graph().parameters.filter(\.isTrainable).map(\.name)
                .filter { !$0.hasPrefix("fc.") })
        let (program, layout) = try Self.plan(
            TrainingScope(frozen: frozen, frozenStatistics: true))
        let pieces = GradientPieces(program, layout).pieces
        let head = try #require(program.graph.nodes.first { $0.name == "fc" })
        let bias = layout.slot(head, .bias)
        #expect(
            pieces.map(\.floats) == [
                layout.slot(head, .weight).offset..<bias.offset + bias.floatCount
            ])
    }
}
