// SPDX-License-Identifier: Apache-2.0

import CWRNKernelChecks
import Testing
import WRNTensor

@testable import WRNKernels

/// The operators of convolutions on an emulated tile unit, against sums in double precision of the
/// numbers that they read.
@Suite("Convolutions on tiles")
struct TileOperatorTests {
    private static let kernels = wrn_emulated_tiles().flatMap {
        Kernels(.scalar, tiles: TileKernels($0))
    }

    /// Each layout of a patch: whole, in rows and flat; side by side; shifted; and each cut of the
    /// work.
    static let shapes: [ConvolutionShape] = [
        shape(32, 32, 16, 16, kernel: 3),  // whole, in rows
        shape(40, 24, 14, 5, kernel: 3),  // 40 channels side by side
        shape(3, 16, 9, 9, kernel: 3),  // three colours side by side
        shape(16, 16, 8, 8, kernel: 3),  // 16 channels side by side
        shape(32, 48, 8, 8, kernel: 3),  // shifted
        shape(64, 32, 7, 7, kernel: 3),  // shifted, of an odd width
        shape(64, 32, 7, 6, kernel: 1),  // 1x1
        shape(32, 64, 9, 7, kernel: 1, stride: 2),  // 1x1 of stride 2
        shape(32, 32, 32, 6, kernel: 3, stride: 2),  // stride 2, shifted
        shape(32, 64, 15, 9, kernel: 3, stride: 2),  // stride 2, shifted, odd extents
        shape(17, 20, 10, 10, kernel: 3, stride: 2),  // channels that fill no block
        shape(3, 20, 33, 18, kernel: 7, stride: 2),  // a first layer of 7x7
        shape(256, 256, 4, 4, kernel: 3),  // weights that outgrow the cache: outputs in parts
        shape(64, 24, 5, 14, kernel: 3),  // whole, on from row to row
        shape(32, 32, 28, 28, kernel: 3, stride: 2),  // whole, a part of a tile in each row
    ]

    private static func shape(
        _ inputs: Int, _ outputs: Int, _ height: Int, _ width: Int, kernel: Int, stride: Int = 1
    ) -> ConvolutionShape {
        let padding = kernel / 2
        return ConvolutionShape(
            input: (inputs, height, width),
            output: (
                outputs, (height + 2 * padding - kernel) / stride + 1,
                (width + 2 * padding - kernel) / stride + 1
            ), kernelSize: kernel, stride: stride, padding: padding)
    }

    @Test("forward", arguments: shapes, [1, 3])
    func forward(shape: ConvolutionShape, images: Int) throws {
        let kernels = try #require(Self.kernels)
        let layer = Layer(shape, images: images)
        let bias = Numbers(Kernels.padded(shape.outputChannels), seed: 7)
        var epilogue = ConvolutionOperator.Epilogue()
        epilogue.bias = UnsafePointer(bias.pointer)
        epilogue.activation = .relu
        let found = layer.run(.forward, epilogue, threads: 2, kernels)
        // Threads only choose which task they run next.
        #expect(layer.run(.forward, epilogue, threads: 1, kernels) == found)
        let biases = bias.values
        layer.expect(found, in: .forward) { max($0 + Double(biases[$1]), 0) }
    }

    @Test("gradient of the input", arguments: shapes)
    func inputGradient(shape: ConvolutionShape) throws {
        let kernels = try #require(Self.kernels)
        let layer = Layer(shape, images: 2)
        let found = layer.run(.inputGradient, .init(), threads: 2, kernels)
        layer.expect(found, in: .inputGradient) { value, _ in value }
        #expect(layer.run(.inputGradient, .init(), threads: 1, kernels) == found)
    }

    @Test("gradient of the input, added to what is there", arguments: [0, 7, 9])
    func accumulates(index: Int) throws {
        let kernels = try #require(Self.kernels)
        let layer = Layer(Self.shapes[index], images: 2)
        let plain = layer.run(.inputGradient, .init(), threads: 1, kernels)
        let twice = layer.run(.inputGradient, .init(), threads: 1, accumulates: true, kernels)
        // What is there is 1 everywhere.
        for (sum, value) in zip(twice, plain) {
            #expect(abs(sum - (value + 1)) <= (abs(value) + 2) * 0x1p-7)
        }
    }

    @Test("gradient of the weight", arguments: shapes, [1, 5])
    func weightGradient(shape: ConvolutionShape, images: Int) throws {
        let kernels = try #require(Self.kernels)
        let layer = Layer(shape, images: images)
        let found = layer.weightGradient(threads: 2, kernels)
        layer.expectWeightGradient(found)
        #expect(layer.weightGradient(threads: 1, kernels) == found)
    }

    @Test("gradient of the weight over a smaller batch than planned")
    func smallerBatch() throws {
        let kernels = try #require(Self.kernels)
        let layer = Layer(Self.shapes[4], images: 5)
        layer.expectWeightGradient(layer.weightGradient(threads: 2, running: 2, kernels), images: 2)
    }

    @Test("the moments of what is written", arguments: [0, 4, 8, 12])
    func moments(index: Int) throws {
        let kernels = try #require(Self.kernels)
        let shape = Self.shapes[index]
        let layer = Layer(shape, images: 3)
        let windows = layer.plan(.forward).windows
        let memory = Numbers(
            WindowSums.floatCount(windows: windows, channels: shape.outputChannels, images: 3))
        let sums = WindowSums(
            base: memory.pointer, windows: windows, channels: shape.outputChannels, images: 3)
        var epilogue = ConvolutionOperator.Epilogue()
        epilogue.moments = sums
        let found = layer.run(.forward, epilogue, threads: 2, kernels)
        let joined = ChannelSums(sums, images: 3)
        withExtendedLifetime(memory) { joined.joinMoments(images: 3) }
        for channel in 0..<shape.outputChannels {
            let values = stride(from: channel, to: found.count, by: shape.outputChannels).map {
                Double(found[$0])
            }
            let mean = values.reduce(0, +) / Double(values.count)
            let variance =
                values.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(values.count)
            #expect(abs(joined.first[channel] - mean) < 1e-4)
            #expect(abs(joined.second[channel] - variance) < 1e-3 * variance)
        }
    }
}

/// Numbers of float32 in memory that holds still.
private final class Numbers {
    let pointer: UnsafeMutablePointer<Float>
    private let count: Int

    /// Zeros; or, for a seed, odd multiples of 1/128 in (-1, 1), which bfloat16 holds exactly.
    init(_ count: Int, seed: UInt64? = nil) {
        self.count = count
        pointer = .allocate(capacity: count)
        var state = seed ?? 0
        for index in 0..<count {
            // SplitMix64's constant, as a linear congruence.
            state = state &* 6_364_136_223_846_793_005 &+ 0x9E37_79B9_7F4A_7C15
            pointer[index] = seed == nil ? 0 : Float(2 * Int(state >> 57) - 127) / 128
        }
    }

    /// A copy of the numbers.
    var values: [Float] {
        withExtendedLifetime(self) { Array(UnsafeBufferPointer(start: pointer, count: count)) }
    }

    deinit { pointer.deallocate() }
}

/// A map of bfloat16 in memory that holds still.
private final class Map {
    let map: FeatureMap
    let values: [Float]

    init(_ channels: Int, _ height: Int, _ width: Int, images: Int, seed: UInt64?) {
        let count = images * channels * height * width
        let bytes =
            2 * images
            * FeatureMap.elementCount(
                channels: channels, height: height, width: width)
        map = FeatureMap(
            base: .allocate(byteCount: bytes, alignment: 64), elementType: .bfloat16,
            channels: channels, height: height, width: width)
        if let seed {
            values = Numbers(count, seed: seed).values
        } else {
            values = [Float](repeating: 1, count: count)
        }
        map.fill(values[...], images: images)
    }

    deinit { map.base.deallocate() }
}

/// A convolution with its input, the gradient of its output and its weight.
private struct Layer {
    let shape: ConvolutionShape
    let images: Int
    let input: Map
    let gradient: Map
    let weight: Numbers

    init(_ shape: ConvolutionShape, images: Int) {
        self.shape = shape
        self.images = images
        input = Map(
            shape.inputChannels, shape.inputHeight, shape.inputWidth, images: images, seed: 1)
        gradient = Map(
            shape.outputChannels, shape.outputHeight, shape.outputWidth, images: images, seed: 2)
        weight = Numbers(shape.weightCount)
        let random = Numbers(shape.weightCount, seed: 3).values
        for tap in 0..<shape.tapCount {
            for i in 0..<shape.inputChannels {
                for o in 0..<shape.outputChannels {
                    let index = shape.weightIndex(output: o, input: i, tap: tap)
                    weight.pointer[index] = random[index]
                }
            }
        }
    }

    func plan(_ direction: ConvolutionOperator.Direction) -> ConvolutionPlan {
        ConvolutionPlan(shape, direction, images: images, algorithm: .tiles)
    }

    func run(
        _ direction: ConvolutionOperator.Direction, _ epilogue: ConvolutionOperator.Epilogue,
        threads: Int, accumulates: Bool = false, _ kernels: Kernels
    ) -> [Float] {
        let plan = plan(direction)
        let like = direction == .forward ? gradient.map : input.map
        let destination = Map(like.channels, like.height, like.width, images: images, seed: nil)
        let packed = Numbers(plan.packedCount)
        var epilogue = epilogue
        if accumulates { epilogue.addend = destination.map }
        let convolution = ConvolutionOperator(
            plan, source: MapView(direction == .forward ? input.map : gradient.map),
            weights: packed.pointer, destination: destination.map, epilogue: epilogue,
            kernels: kernels)
        let workspace = Workspace(
            kernels: kernels, pool: ThreadPool(threadCount: threads), scratch: convolution.scratch)
        spoil(workspace, convolution.scratch)
        WeightPacking(plan, source: weight.pointer, destination: packed.pointer).run(in: workspace)
        convolution.run(images: images, in: workspace)
        #expect(wrn_emulated_tiles_fault() == nil)
        return withExtendedLifetime((packed, destination)) {
            destination.map.values(images: images)
        }
    }

    func weightGradient(threads: Int, running: Int? = nil, _ kernels: Kernels) -> [Float] {
        let plan = WeightGradientPlan(shape, images: images, algorithm: .tiles)
        let (sum, parts) = (Numbers(shape.weightCount, seed: 9), Numbers(max(plan.partFloats, 1)))
        let gradient = WeightGradientOperator(
            plan, source: MapView(input.map), gradient: MapView(gradient.map),
            destination: sum.pointer, parts: parts.pointer, kernels: kernels)
        let workspace = Workspace(
            kernels: kernels, pool: ThreadPool(threadCount: threads), scratch: gradient.scratch)
        spoil(workspace, gradient.scratch)
        gradient.run(images: running ?? images, in: workspace)
        #expect(wrn_emulated_tiles_fault() == nil)
        return withExtendedLifetime(parts) { sum.values }
    }

    /// Fills scratch memory with NaN, as another operator may have left it: what is read of it
    /// without having been written must not count.
    private func spoil(_ workspace: Workspace, _ scratch: Workspace.Scratch) {
        for worker in 0..<workspace.pool.threadCount {
            workspace.scratch(of: worker).update(repeating: .nan, count: scratch.floatsPerThread)
        }
        workspace.sharedScratch.update(repeating: .nan, count: scratch.sharedFloats)
    }

    // MARK: Expectations

    /// Calls `body` for each product: image, output row and column, input row and column, tap.
    private func forEachTap(
        images: Int, _ body: (_ output: Int, _ input: Int, _ tap: Int) -> Void
    ) {
        for image in 0..<images {
            for i in 0..<shape.outputHeight {
                for j in 0..<shape.outputWidth {
                    for tap in 0..<shape.tapCount {
                        let y = i * shape.stride + tap / shape.kernelSize - shape.padding
                        let x = j * shape.stride + tap % shape.kernelSize - shape.padding
                        guard (0..<shape.inputHeight).contains(y),
                            (0..<shape.inputWidth).contains(x)
                        else { continue }
                        body(
                            (image * shape.outputHeight + i) * shape.outputWidth + j,
                            (image * shape.inputHeight + y) * shape.inputWidth + x, tap)
                    }
                }
            }
        }
    }

    func expect(
        _ found: [Float], in direction: ConvolutionOperator.Direction,
        finish: (_ sum: Double, _ channel: Int) -> Double
    ) {
        let (inputs, outputs) = (shape.inputChannels, shape.outputChannels)
        var sums = [Double](repeating: 0, count: found.count)
        var sizes = sums
        let padded = Kernels.padded(outputs)
        forEachTap(images: images) { output, input, tap in
            let weights = weight.pointer + shape.weightIndex(output: 0, input: 0, tap: tap)
            for i in 0..<inputs {
                for o in 0..<outputs {
                    let w = Double(weights[i * padded + o])
                    let isForward = direction == .forward
                    let factor =
                        isForward
                        ? self.input.values[input * inputs + i]
                        : gradient.values[output * outputs + o]
                    let index = isForward ? output * outputs + o : input * inputs + i
                    sums[index] += Double(factor) * w
                    sizes[index] += abs(Double(factor) * w)
                }
            }
        }
        let channels = direction == .forward ? outputs : inputs
        for (index, value) in found.enumerated() {
            let want = finish(sums[index], index % channels)
            // Half a unit in the last of eight places, and the rounding of the sum.
            let tolerance = abs(want) * 0x1p-8 + (sizes[index] + 2) * 1e-5
            if !(abs(Double(value) - want) <= tolerance) {
                Issue.record("number \(index) is \(value), expected \(want) within \(tolerance)")
                return
            }
        }
    }

    func expectWeightGradient(_ found: [Float], images: Int? = nil) {
        let (inputs, outputs) = (shape.inputChannels, shape.outputChannels)
        var sums = [Double](repeating: 0, count: found.count)
        var sizes = sums
        forEachTap(images: images ?? self.images) { output, input, tap in
            let first = shape.weightIndex(output: 0, input: 0, tap: tap)
            for i in 0..<inputs {
                let x = Double(self.input.values[input * inputs + i])
                for o in 0..<outputs {
                    let index = first + i * Kernels.padded(outputs) + o
                    let term = x * Double(gradient.values[output * outputs + o])
                    sums[index] += term
                    sizes[index] += abs(term)
                }
            }
        }
        for (index, value) in found.enumerated()
        where !(abs(Double(value) - sums[index]) <= sizes[index] * 1e-5) {
            Issue.record("number \(index) is \(value), expected \(sums[index])")
            return
        }
    }
}
