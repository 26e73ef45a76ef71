// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor

@testable import WRNKernels

/// Convolutions and their gradients on maps of bfloat16.
///
/// Where float32 is multiplied, the results are the rounded ones of maps of float32 that hold the
/// same numbers, to the bit.
@Suite("Convolutions on maps of bfloat16")
struct ConvolutionMapTypeTests {
    /// A convolution, a direction and an algorithm.
    struct Case: Sendable, CustomTestStringConvertible {
        let shape: ConvolutionShape
        let direction: ConvolutionOperator.Direction
        let algorithm: ConvolutionAlgorithm

        var testDescription: String {
            "\(shape.kernelSize)x\(shape.kernelSize)/\(shape.stride) \(direction) "
                + algorithm.name
        }

        /// The channels and extents of what is read and of what is written.
        var source: (Int, Int, Int) { direction == .forward ? input : output }
        var destination: (Int, Int, Int) { direction == .forward ? output : input }

        private var input: (Int, Int, Int) {
            (shape.inputChannels, shape.inputHeight, shape.inputWidth)
        }
        private var output: (Int, Int, Int) {
            (shape.outputChannels, shape.outputHeight, shape.outputWidth)
        }
    }

    private static func shape(_ kernelSize: Int, stride: Int) -> ConvolutionShape {
        let padding = kernelSize / 2
        func extent(_ extent: Int) -> Int { (extent + 2 * padding - kernelSize) / stride + 1 }
        return ConvolutionShape(
            input: (20, 9, 7), output: (37, extent(9), extent(7)), kernelSize: kernelSize,
            stride: stride, padding: padding)
    }

    private static func cases(_ algorithm: ConvolutionAlgorithm) -> [Case] {
        let shapes =
            algorithm.isWinograd
            ? [shape(3, stride: 1)]
            : [(3, 1), (3, 2), (1, 1), (1, 2), (7, 2)].map { shape($0.0, stride: $0.1) }
        return shapes.flatMap { shape in
            [.forward, .inputGradient].map {
                Case(shape: shape, direction: $0, algorithm: algorithm)
            }
        }
    }

    static let float32Cases = cases(.direct) + cases(.winograd(size: 4)) + cases(.winograd(size: 2))
    static let bfloat16Cases = cases(.directBFloat16)
    static let sets = InstructionSet.usable

    @Test("what is written is rounded, and moments are those of it", arguments: float32Cases, sets)
    func convolution(_ test: Case, set: InstructionSet) throws {
        let store = TestStore()
        let wide = try run(test, .float32, set, store)
        let narrow = try run(test, .bfloat16, set, store)
        #expect(narrow.values == wide.values.map(TestMap.rounded))
        #expect(narrow.values != wide.values)
        try expectMoments(narrow, of: test)
        store.end()
    }

    @Test("a result that is added to what is there is rounded once", arguments: float32Cases, sets)
    func accumulation(_ test: Case, set: InstructionSet) throws {
        let store = TestStore()
        let wide = try run(test, .float32, set, store, accumulates: true)
        let narrow = try run(test, .bfloat16, set, store, accumulates: true)
        #expect(narrow.values == wide.values.map(TestMap.rounded))
        store.end()
    }

    @Test(
        "the way back through a view, which a direct convolution takes from rounded numbers",
        arguments: float32Cases.filter { $0.direction == .inputGradient }, sets)
    func viewGradient(_ test: Case, set: InstructionSet) throws {
        let store = TestStore()
        let (channels, height, width) = test.destination
        let coefficients = store.coefficients(lanes: 32)
        func run(_ type: ElementType) throws -> [Float] {
            let view = MapView(
                store.map(type, channels: channels, height: height, width: width, seed: 9).map,
                coefficients: coefficients.forward, activation: .leakyReLU(slope: 0.1))
            if type == .bfloat16 || test.algorithm.isWinograd {
                return try self.run(test, type, set, store, view: view).values
            }
            let result = try self.run(test, type, set, store).destination
            result.round()
            ViewGradient(gradient: result.map, view: view, factor: 1, statistics: nil).run(
                windows: Windows(wholeImagesOf: height, width), images: TestMap.images,
                in: try TestMap.workspace(set))
            return result.values
        }
        #expect(try run(.bfloat16) == run(.float32).map(TestMap.rounded))
        store.end()
    }

    @Test(
        "products of bfloat16 are those of rounded factors, summed in float32",
        .enabled(if: Kernels(nil)?.bfloat16Products != nil), arguments: bfloat16Cases)
    func products(_ test: Case) throws {
        let store = TestStore()
        let narrow = try run(test, .bfloat16, nil, store)
        // The same sum of the same factors by another algorithm, from maps of float32.
        let wide = try run(
            Case(shape: test.shape, direction: test.direction, algorithm: .direct), .float32, nil,
            store, roundsFactors: true)
        for (value, expected) in zip(narrow.values, wide.values) {
            #expect(abs(value - expected) <= abs(expected) * 0x1p-8 + 1e-4)
        }
        try expectMoments(narrow, of: test)
        store.end()
    }

    @Test(
        "the gradient of a weight has the same bits from maps of either type",
        arguments: [
            (3, 1, ConvolutionAlgorithm.direct), (3, 2, .direct), (1, 1, .direct),
            (3, 1, .winograd(size: 4)), (3, 1, .winograd(size: 2)),
        ], sets)
    func weightGradient(
        _ test: (kernelSize: Int, stride: Int, algorithm: ConvolutionAlgorithm),
        set: InstructionSet
    ) throws {
        let shape = Self.shape(test.kernelSize, stride: test.stride)
        let store = TestStore()
        let coefficients = store.coefficients(lanes: 48)
        func gradient(_ type: ElementType) throws -> [Float] {
            let source = store.map(
                type, channels: shape.inputChannels, height: shape.inputHeight,
                width: shape.inputWidth, seed: 1)
            let maps = [2, 3].map {
                store.map(
                    type, channels: shape.outputChannels, height: shape.outputHeight,
                    width: shape.outputWidth, seed: $0)
            }
            let plan = WeightGradientPlan(
                shape, images: TestMap.images, algorithm: test.algorithm)
            let destination = store.floats(shape.weightCount)
            let gradient = WeightGradientOperator(
                plan, source: MapView(source.map, activation: .silu),
                gradient: MapView(
                    maps[0].map, second: maps[1].map, coefficients: coefficients.all),
                destination: destination, parts: store.floats(plan.partFloats),
                kernels: try #require(Kernels(set)))
            gradient.run(
                images: TestMap.images,
                in: try TestMap.workspace(set, scratch: gradient.scratch))
            return Array(UnsafeBufferPointer(start: destination, count: shape.weightCount))
        }
        let narrow = try gradient(.bfloat16)
        #expect(narrow == (try gradient(.float32)))
        #expect(narrow.contains { $0 != 0 })
        store.end()
    }

    // MARK: Runs

    /// A convolution's destination after a run, and the moments that it took.
    private struct Result {
        let destination: TestMap
        let sums: TestSums
        var values: [Float] { destination.values }
    }

    /// Convolves random numbers through a view, with all that can follow.
    ///
    /// - Parameters:
    ///   - roundsFactors: Whether what is read through the view, and the weights, are rounded to
    ///     bfloat16 before they are multiplied.
    ///   - view: The view that the result is taken back through, in place of moments.
    private func run(
        _ test: Case, _ type: ElementType, _ set: InstructionSet?, _ store: TestStore,
        accumulates: Bool = false, roundsFactors: Bool = false, view: MapView? = nil
    ) throws -> Result {
        let set = try #require(set ?? InstructionSet.usable.last)
        let shape = test.shape
        let plan = ConvolutionPlan(
            shape, test.direction, images: TestMap.images, algorithm: test.algorithm)
        func map(_ extents: (Int, Int, Int), seed: UInt64?) -> TestMap {
            store.map(
                type, channels: extents.0, height: extents.1, width: extents.2, seed: seed)
        }
        let coefficients = store.coefficients(lanes: 48)
        let source = map(test.source, seed: 1)
        var read = MapView(source.map, coefficients: coefficients.forward, activation: .relu)
        let packer = try TestMap.workspace(set)
        if roundsFactors {
            MapOperator(source: read, addend: nil, destination: source.map)
                .run(images: TestMap.images, in: packer)
            source.round()
            read = MapView(source.map)
        }

        let weights = store.floats(shape.weightCount)
        var numbers = TestMap.numbers(
            shape.tapCount * shape.inputChannels * shape.outputChannels, seed: 5,
            exact: roundsFactors
        ).makeIterator()
        for tap in 0..<shape.tapCount {
            for input in 0..<shape.inputChannels {
                for output in 0..<shape.outputChannels {
                    let place = shape.weightIndex(output: output, input: input, tap: tap)
                    weights[place] = numbers.next() ?? 0
                }
            }
        }
        let packed = store.floats(plan.packedCount)
        WeightPacking(plan, source: weights, destination: packed).run(in: packer)

        let destination = map(test.destination, seed: accumulates ? 3 : nil)
        let addend = map(test.destination, seed: 4)
        let sums = store.sums(windows: plan.windows, channels: test.destination.0)
        var epilogue = ConvolutionOperator.Epilogue()
        epilogue.addend = accumulates ? destination.map : addend.map
        if let view {
            epilogue.viewGradient = ViewGradient(
                gradient: destination.map, view: view, factor: 1, statistics: nil)
        } else {
            epilogue.moments = sums.sums
        }
        let convolution = ConvolutionOperator(
            plan, source: read, weights: packed, destination: destination.map,
            epilogue: epilogue, kernels: packer.kernels)
        convolution.run(
            images: TestMap.images,
            in: try TestMap.workspace(set, scratch: convolution.scratch))
        return Result(destination: destination, sums: sums)
    }

    /// Expects means and variances of the stored numbers.
    private func expectMoments(_ result: Result, of test: Case) throws {
        let (channels, height, width) = test.destination
        let joined = ChannelSums(result.sums.sums, images: TestMap.images)
        joined.joinMoments(images: TestMap.images)
        let count = TestMap.images * height * width
        let values = result.values
        for channel in 0..<channels {
            let numbers = (0..<count).map { Double(values[$0 * channels + channel]) }
            let mean = numbers.reduce(0, +) / Double(count)
            let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
            #expect(abs(joined.first[channel] - mean) < 1e-5 * (1 + variance.squareRoot()))
            #expect(abs(joined.second[channel] - variance) < 1e-5 * (1 + variance))
        }
    }
}

/// The choice between products of float32 and of bfloat16.
@Suite("Algorithms for maps of bfloat16")
struct BFloat16ChoiceTests {
    private static func shape(
        _ kernelSize: Int, stride: Int, channels: Int = 160, extent: Int = 32
    ) -> ConvolutionShape {
        ConvolutionShape(
            input: (channels, extent, extent),
            output: (channels, extent / stride, extent / stride), kernelSize: kernelSize,
            stride: stride, padding: kernelSize / 2)
    }

    static let shapes = [
        shape(1, stride: 1), shape(1, stride: 2), shape(3, stride: 2), shape(7, stride: 2),
        shape(3, stride: 1), shape(3, stride: 1, channels: 640, extent: 8),
        shape(3, stride: 1, channels: 16),
    ]

    private func algorithms(
        _ shape: ConvolutionShape, _ rates: BFloat16Rates
    ) -> [ConvolutionAlgorithm] {
        [.forward, .inputGradient].map {
            ConvolutionPlan(shape, $0, images: 32, rates: rates).algorithm
        } + [ConvolutionPlan.inference(shape, images: 1, rates: rates).algorithm]
    }

    @Test("products that are no faster than float32 are never chosen", arguments: shapes)
    func slow(shape: ConvolutionShape) {
        let expected = algorithms(shape, .none)
        #expect(algorithms(shape, BFloat16Rates(pairs: 1)) == expected)
        #expect(!expected.contains(.directBFloat16))
    }

    @Test("products of twice the rate take what Winograd does not serve", arguments: shapes)
    func fast(shape: ConvolutionShape) {
        let rates = BFloat16Rates(pairs: 2)
        for (algorithm, slow) in zip(algorithms(shape, rates), algorithms(shape, .none)) {
            // Winograd's F(4x4) has a quarter of the products, so it stays ahead where channels
            // are many; its transforms weigh more where they are few.
            let isWide = shape.kernelSize == 3 && shape.stride == 1 && shape.inputChannels > 16
            #expect(algorithm == (isWide ? slow : .directBFloat16))
        }
    }

    @Test("a faster product is never predicted to be slower", arguments: shapes)
    func cost(shape: ConvolutionShape) {
        let costs = [0, 0.5, 1, 1.5, 2, 4].map {
            ConvolutionPlan(shape, .forward, images: 32, rates: BFloat16Rates(pairs: $0)).cost
        }
        for (slow, fast) in zip(costs, costs.dropFirst()) { #expect(fast <= slow) }
    }
}
