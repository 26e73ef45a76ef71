// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNTensor
import WRNZoo

@testable import WRNEngine
@testable import WRNPlan

/// Programs bound to the processor: their buffers in the arena, and their packed weights.
@Suite("Plans of the processor")
struct NetworkPlanTests {
    private static func block() throws -> Graph {
        try WideResNet(depth: 10, width: 2, dropout: 0.3).graph(height: 8, width: 8)
    }

    @Test("LeakyReLU is fused where ReLU is")
    func leaky() throws {
        for mode in PlanMode.allCases {
            let (usual, leaky) = (
                try WideResNet(name: "wrn-10-2").graph(height: 16, width: 16),
                try WideResNet(name: "wrn-10-2-leaky0.1").graph(height: 16, width: 16)
            )
            let plans = try [usual, leaky].map {
                try PlanDescription(graph: $0, batch: 2, mode: mode)
            }
            #expect(plans[0].steps.map(\.kind) == plans[1].steps.map(\.kind))
            #expect(plans[0].steps.map(\.algorithm) == plans[1].steps.map(\.algorithm))
            let fusions = plans.map { plan in
                plan.steps.flatMap { $0.readsThrough + $0.finishesWith }.map(\.kind)
            }
            #expect(
                fusions[0].map { $0 == .activation(.relu) ? .activation(.leakyReLU) : $0 }
                    == fusions[1])
            #expect(fusions[1].count { $0 == .activation(.leakyReLU) } >= 7)
        }
    }

    @Test("buffers that live together do not overlap, and the arena is smaller than their sum")
    func arena() throws {
        let plan = try NetworkPlan(Self.block(), batch: 4, for: .training)
        let program = plan.program
        /// A part of the arena, and the steps that use it.
        struct Part {
            let name: String
            let bytes: Range<Int>
            var life: ClosedRange<Int>
        }
        var parts: [BufferID: Part] = [:]
        var works: [Part] = []
        for (index, step) in program.steps.enumerated() {
            for buffer in step.buffers(in: program) {
                let start = plan.offset(of: buffer)
                let first = parts[buffer]?.life.lowerBound ?? index
                parts[buffer] = Part(
                    name: program[buffer].name, bytes: start..<start + plan.byteCount(of: buffer),
                    life: first...index)
            }
            if let start = plan.workOffset(ofStep: index) {
                works.append(
                    Part(
                        name: "the work of step \(index)",
                        bytes: start..<start + plan.workByteCount(ofStep: index),
                        life: index...index))
            }
        }
        #expect(parts.count == program.buffers.count)
        // Each convolution and each gradient of an input packs its weights.
        #expect(
            works.count >= 2
                * program.steps.count { if case .inputGradient = $0 { true } else { false } })
        let all = Array(parts.values) + works
        for (index, part) in all.enumerated() {
            #expect(part.bytes.upperBound <= plan.arena.byteCount)
            #expect(part.bytes.lowerBound % 64 == 0)
            for other in all[..<index] where part.life.overlaps(other.life) {
                #expect(!part.bytes.overlaps(other.bytes), "\(part.name) and \(other.name)")
            }
        }
        let sum = all.reduce(0) { $0 + $1.bytes.count }
        #expect(plan.arena.byteCount < sum * 2 / 3)
    }

    @Test("a program is the same for every batch; the processor's plan adds packing and padding")
    func storage() throws {
        let program = Program.lowered(try Self.block(), for: .training)
        let plans = try [1, 4].map { try NetworkPlan(program, batch: $0) }
        #expect(plans.allSatisfy { $0.pieces.count > program.buffers.count })
        #expect(!program.buffers.contains { $0.name.hasSuffix(".packed") })
        #expect(plans[0].byteCount(of: program.input) * 4 == plans[1].byteCount(of: program.input))
        // Three channels are stored as sixteen.
        #expect(plans[0].byteCount(of: program.input) == 16 * 8 * 8 * 4)
    }
}
