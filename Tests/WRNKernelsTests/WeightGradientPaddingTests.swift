// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor

@testable import WRNKernels

/// What the gradient of a weight has where channels are padded to whole blocks: norms, Muon's
/// matrices and sums over shards count it.
@Suite("The padding of a weight's gradient")
struct WeightGradientPaddingTests {
    /// Neither number of channels is one of whole blocks.
    private static let shape = ConvolutionShape(
        input: (20, 40, 40), output: (37, 40, 40), kernelSize: 3, stride: 1, padding: 1)

    @Test(
        "is zero, whatever the memory of its parts has held before",
        arguments: [.direct, .winograd(size: 4), .winograd(size: 2)] as [ConvolutionAlgorithm],
        InstructionSet.usable)
    func isZero(algorithm: ConvolutionAlgorithm, set: InstructionSet) throws {
        let store = TestStore()
        let shape = Self.shape
        func map(_ channels: Int, seed: UInt64) -> TestMap {
            store.map(.float32, channels: channels, height: 40, width: 40, seed: seed)
        }
        let (source, output) = (map(20, seed: 1), map(37, seed: 2))
        let plan = WeightGradientPlan(shape, images: TestMap.images, algorithm: algorithm)
        let parts = store.floats(plan.partFloats)
        #expect(plan.partFloats > 0)
        parts.update(repeating: .nan, count: plan.partFloats)
        let destination = store.floats(shape.weightCount)
        let gradient = WeightGradientOperator(
            plan, source: MapView(source.map), gradient: MapView(output.map),
            destination: destination, parts: parts, kernels: try #require(Kernels(set)))
        gradient.run(
            images: TestMap.images, in: try TestMap.workspace(set, scratch: gradient.scratch))
        let (inputs, lanes) = (Kernels.padded(20), Kernels.padded(37))
        var (written, padding) = (0, 0)
        for place in 0..<shape.weightCount {
            let value = destination[place]
            if place / lanes % inputs < 20, place % lanes < 37 {
                #expect(value.isFinite)
                written += value == 0 ? 0 : 1
            } else {
                padding += value == 0 ? 0 : 1
            }
        }
        #expect(written == 9 * 20 * 37)
        #expect(padding == 0)
        store.end()
    }
}
