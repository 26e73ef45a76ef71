// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNKernels
import WRNTensor
import WRNTestSupport
import WRNZoo

@testable import WRNEngine
@testable import WRNPlan

@Suite("What a plan says of itself")
struct PlanDescriptionTests {
    private static func network(dropout: Double = 0.3) throws -> Graph {
        try WideResNet(depth: 10, width: 2, dropout: dropout).graph(height: 8, width: 8)
    }

    private func plan(_ mode: PlanMode, batch: Int = 4, threads: Int = 2) throws -> PlanDescription
    {
        try PlanDescription(
            graph: Self.network(), batch: batch, mode: mode, options: .init(threads: threads))
    }

    /// `reads > finishes` of a step in the kinds' words, with the nodes behind a colon.
    private func fused(_ step: PlanDescription.Step?) -> String {
        func words(_ fusions: [StepOutline.Fusion]) -> String {
            fusions.map { $0.kind.rawValue + ($0.node.map { ":" + $0 } ?? "") }
                .joined(separator: " ")
        }
        return step.map { words($0.readsThrough) + " > " + words($0.finishesWith) } ?? "none"
    }

    @Test(
        "every step of the program has its own description, in order", arguments: PlanMode.allCases)
    func everyStep(mode: PlanMode) throws {
        let program = Program.lowered(try Self.network(), for: mode)
        let steps = try plan(mode).steps
        let around = steps.filter { [.input, .update].contains($0.kind) }.map(\.kind)
        #expect(around == (mode == .training ? [.input, .update] : [.input]))
        #expect(steps.count == program.steps.count + around.count)
        #expect(steps.map(\.number) == Array(1...steps.count))
        #expect(steps.allSatisfy { !$0.cut.isEmpty && !$0.shape.isEmpty && !$0.writes.isEmpty })
        #expect(steps.allSatisfy { $0.byteCount > 0 && $0.touchedByteCount >= $0.byteCount / 2 })
        let isNamed = { (step: PlanDescription.Step) in
            step.node.isEmpty == (step.kind == .update)
        }
        #expect(steps.allSatisfy(isNamed))
    }

    @Test("inference: what a block fuses")
    func inferenceBlock() throws {
        let steps = try plan(.inference).steps
        func step(_ name: String) -> PlanDescription.Step? { steps.first { $0.node == name } }
        #expect(
            fused(step("group1.block0.conv0"))
                == "normalization:group1.block0.bn0 relu > folded_normalization:group1.block0.bn1 relu"
        )
        #expect(fused(step("group1.block0.conv1")) == " > residual:group1.block0.shortcut")
        #expect(fused(step("pool")) == "normalization:bn relu > ")
        #expect(fused(step("fc")) == " > bias:fc")
        let conv = try #require(step("group1.block0.conv0"))
        #expect(conv.kind == .convolution)
        #expect(conv.kernel == "3x3/2")
        #expect(conv.shape == "64x4x4")
        #expect(conv.byteCount == 4 * 4 * 4 * 64 * 4)
        #expect(conv.algorithm == .direct)
    }

    @Test("training: what a block fuses, forward and backward")
    func trainingBlock() throws {
        let steps = try plan(.training).steps
        func step(_ kind: StepOutline.Kind, _ name: String) -> PlanDescription.Step? {
            steps.first { $0.kind == kind && $0.node == name }
        }
        let view = "normalization:group0.block0.bn1 relu dropout:group0.block0.dropout"
        #expect(
            fused(step(.convolution, "group0.block0.conv1"))
                == view + " > residual:group0.block0.shortcut moments")
        #expect(fused(step(.weightGradient, "group0.block0.conv1")) == view + " > ")
        #expect(
            fused(step(.inputGradient, "group0.block0.conv1"))
                == " > view_gradient:group0.block0.bn1")
        #expect(
            fused(step(.inputGradient, "group0.block0.conv0"))
                == "normalization_gradient:group0.block0.bn1 > ")
        #expect(
            fused(step(.inputGradient, "group0.block0.shortcut"))
                == " > accumulation view_gradient:group0.block0.bn0")
        #expect(step(.weightGradient, "group0.block0.conv0")?.shape == "32x16x3x3")
        #expect(step(.weightGradient, "group0.block0.conv0")?.arenaOffset == nil)
        #expect(step(.dropoutMask, "group0.block0.dropout")?.shape == "32x8x8")
    }

    @Test("algorithms are those of the rule")
    func algorithms() throws {
        let plan = try PlanDescription(
            graph: WideResNet(name: "wrn-16-4").graph(height: 32, width: 32), batch: 64,
            mode: .training)
        let program = Program.lowered(
            try WideResNet(name: "wrn-16-4").graph(height: 32, width: 32), for: .training)
        func shape(_ node: NodeID) throws -> ConvolutionShape {
            try #require(program.graph.convolution(of: program.graph[node]))
        }
        let expected = try program.steps.map { step in
            switch step {
            case .convolution(let step):
                try ConvolutionPlan(shape(step.node), .forward, images: 64).algorithm.name
            case .inputGradient(let step):
                try ConvolutionPlan(shape(step.node), .inputGradient, images: 64).algorithm.name
            case .weightGradient(let step):
                try WeightGradientPlan(shape(step.node), images: 64).algorithm.name
            default: ""
            }
        }
        let names: [PlanDescription.Algorithm?: String] = [
            nil: "", .direct: "direct", .winograd2: "Winograd F(2x2, 3x3)",
            .winograd4: "Winograd F(4x4, 3x3)",
        ]
        #expect(plan.steps.dropFirst().dropLast().map { names[$0.algorithm] ?? "?" } == expected)
        #expect(Set(expected).count >= 3)
        for step in plan.steps where step.kernel == "3x3/2" || step.kernel == "1x1" {
            #expect(step.algorithm == .direct)
        }
    }

    @Test("inference multiplies what the graph does, for every image")
    func inferenceMultiplyAdds() throws {
        let graph = try Self.network()
        #expect(try plan(.inference, batch: 5).multiplyAdds == 5 * graph.multiplyAdds)
    }

    @Test("training multiplies three times that, less the gradient of the images")
    func trainingMultiplyAdds() throws {
        let graph = try Self.network()
        let first = try #require(graph.nodes.first { $0.name == "conv0" })
        #expect(
            try plan(.training, batch: 5).multiplyAdds
                == 5 * (3 * graph.multiplyAdds - first.multiplyAdds))
    }

    @Test(
        "buffers lie in the arena, and no two that live together overlap",
        arguments: PlanMode.allCases)
    func buffers(mode: PlanMode) throws {
        let plan = try plan(mode)
        for (index, buffer) in plan.buffers.enumerated() {
            #expect(buffer.arenaOffset >= 0)
            #expect(buffer.arenaOffset + buffer.byteCount <= plan.memory.arenaByteCount)
            #expect(1 <= buffer.firstStep && buffer.firstStep <= buffer.lastStep)
            #expect(buffer.lastStep <= plan.steps.count + 1)
            for other in plan.buffers[..<index]
            where other.firstStep <= buffer.lastStep && buffer.firstStep <= other.lastStep {
                #expect(
                    buffer.arenaOffset + buffer.byteCount <= other.arenaOffset
                        || other.arenaOffset + other.byteCount <= buffer.arenaOffset,
                    "\(buffer.name) and \(other.name)")
            }
        }
        for step in plan.steps {
            guard let offset = step.arenaOffset else { continue }
            let written = plan.buffers.first {
                $0.name == step.writes && $0.arenaOffset == offset
                    && ($0.firstStep...$0.lastStep).contains(step.number)
            }
            #expect(written?.byteCount == step.byteCount, "step \(step.number)")
        }
    }

    @Test("the memory is what a session holds, to the byte", arguments: [1, 3])
    func memory(threads: Int) throws {
        let graph = try Self.network()
        let tensors = Dictionary(
            uniqueKeysWithValues: graph.parameters.map {
                ($0.name, Tensor(shape: $0.shape, repeating: 0))
            })
        let options = ExecutionOptions(threads: threads)
        let inference = try InferenceSession(
            graph: graph, tensors: tensors, batch: 4, options: options)
        #expect(
            try plan(.inference, threads: threads).memory.totalByteCount
                == inference.plannedByteCount)
        let training = try TrainingSession(
            graph: graph, tensors: tensors, batch: 4, seed: 1, options: options)
        #expect(
            try plan(.training, threads: threads).memory.totalByteCount
                == training.plannedByteCount)
    }

    @Test("random networks, which fuse in odd ways, are described without a gap", arguments: 0..<40)
    func randomNetworks(seed: UInt64) throws {
        let graph = try RandomNetwork(seed: seed).graph
        for mode in PlanMode.allCases {
            let plan = try PlanDescription(graph: graph, batch: 3, mode: mode)
            let steps = Program.lowered(graph, for: mode).steps.count
            #expect(plan.steps.count == steps + (mode == .training ? 2 : 1))
            if mode == .inference { #expect(plan.multiplyAdds == 3 * graph.multiplyAdds) }
        }
    }

    @Test("predicted time is arithmetic on all threads, or traffic")
    func costModel() throws {
        let model = CostModel(for: .avx2)
        let work = CostModel.Work(cost: 1e9, touchedByteCount: 1000)
        #expect(model.seconds(work, threads: 1) == 2 / model.gigaflopsPerThread)
        #expect(model.seconds(work, threads: 4) == 0.5 / model.gigaflopsPerThread)
        let copy = CostModel.Work(cost: 0, touchedByteCount: 2_000_000_000)
        #expect(model.seconds(copy, threads: 4) == 2 / model.gigabytesPerSecond)
    }

    @Test("what cannot be planned is refused in one sentence")
    func refusals() throws {
        let graph = try Self.network()
        func expect(_ sentence: String, batch: Int = 1, _ options: ExecutionOptions = .init()) {
            #expect(throws: PlanError.invalidRequest(sentence)) {
                _ = try PlanDescription(
                    graph: graph, batch: batch, mode: .training, options: options)
            }
        }
        expect("the batch must be in 1...65536, not 0", batch: 0)
        expect("threads must be in 1...1024, not 0", batch: 1, .init(threads: 0))
        let missing = try #require(
            InstructionSet.allCases.first { !InstructionSet.usable.contains($0) })
        let error = PlanError.unusableInstructionSet(missing, usable: InstructionSet.usable)
        #expect(throws: error) {
            _ = try PlanDescription(
                graph: graph, batch: 1, mode: .inference,
                options: .init(instructionSet: missing))
        }
    }
}
