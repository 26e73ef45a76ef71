// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor

@testable import WRNKernels

/// Operators on maps of bfloat16: each computes what it computes on maps of float32 that hold the
/// same numbers, and rounds what it writes.
@Suite("Operators on maps of bfloat16")
struct MapTypeTests {
    static let sets = InstructionSet.usable

    // MARK: Reading and writing

    @Test("images are rounded as they come in, and read as float32")
    func images() {
        let store = TestStore()
        let memory = store.map(.bfloat16, channels: 5, height: 3, width: 4)
        let values = TestMap.numbers(
            memory.map.channels * 12 * TestMap.images, seed: 1, exact: false)
        memory.map.fill(values[...], images: TestMap.images)
        #expect(memory.values == values.map(TestMap.rounded))
        #expect(memory.values != values)
        #expect(memory.padding.allSatisfy { $0 == 0 })
        store.end()
    }

    @Test("the rounding is to the nearest, ties to even, and a NaN stays a NaN")
    func rounding() {
        for (value, bits) in [
            (1, 0x3F80), (-2, 0xC000), (1 + 0x1p-8, 0x3F80), (1 + 0x1p-8 + 0x1p-20, 0x3F81),
            (1 + 3 * 0x1p-8, 0x3F82), (.greatestFiniteMagnitude, 0x7F80), (.infinity, 0x7F80),
            (0x1p-140, 0), (-0.0, 0x8000),
        ] as [(Float, UInt16)] {
            #expect(BFloat16(value).bitPattern == bits, "\(value)")
        }
        #expect(Float(BFloat16(Float(bitPattern: 0x7F80_0001))).isNaN)
        #expect(Float(BFloat16(.nan)).isNaN)
    }

    // MARK: Maps

    @Test("a view with everything, added to another", arguments: sets)
    func map(set: InstructionSet) throws {
        try compare(set) { type, workspace, store in
            let (source, second) = (store.map(type, seed: 1), store.map(type, seed: 2))
            let addend = store.map(type, seed: 3)
            let destination = store.map(type)
            let coefficients = store.coefficients(lanes: 32)
            let keep = store.bits(count: TestMap.images * 30 * 2)
            MapOperator(
                source: MapView(
                    source.map, second: second.map, coefficients: coefficients.all,
                    activation: .silu, keep: keep.words, factor: 1.25),
                addend: MapView(addend.map, activation: .leakyReLU(slope: 0.1)),
                destination: destination.map
            ).run(images: TestMap.images, in: workspace)
            return destination.values
        }
    }

    @Test("the mean is float32 of maps of either type", arguments: sets)
    func mean(set: InstructionSet) throws {
        let store = TestStore()
        func mean(_ type: ElementType) throws -> [Float] {
            let source = store.map(type, seed: 1)
            let destination = store.map(.float32, height: 1, width: 1)
            MeanOperator(
                source: MapView(source.map, activation: .relu), destination: destination.map
            ).run(images: TestMap.images, in: try workspace(set))
            return destination.values
        }
        #expect(try mean(.bfloat16) == mean(.float32))
        #expect(try mean(.bfloat16).contains { $0 != TestMap.rounded($0) })
        store.end()
    }

    @Test("the gradient of the mean", arguments: sets, [false, true])
    func spread(set: InstructionSet, accumulates: Bool) throws {
        try compare(set) { type, workspace, store in
            let source = store.map(.float32, height: 1, width: 1, seed: 1, exact: false)
            let destination = store.map(type, seed: 2)
            SpreadOperator(
                source: source.map, destination: destination.map, accumulates: accumulates
            ).run(images: TestMap.images, in: workspace)
            return destination.values
        }
    }

    @Test("a shortcut without parameters, new channels before and behind", arguments: sets, [0, 5])
    func subsampling(set: InstructionSet, offset: Int) throws {
        try compare(set) { type, workspace, store in
            let source = store.map(type, channels: 9, seed: 1)
            let destination = store.map(type, channels: 20, height: 3, width: 3)
            let coefficients = store.coefficients(lanes: 16)
            SubsamplingOperator(
                stride: 2, channelOffset: offset,
                source: MapView(source.map, coefficients: coefficients.forward),
                destination: destination.map
            ).run(images: TestMap.images, in: workspace)
            #expect(destination.padding.allSatisfy { $0 == 0 })
            return destination.values
        }
    }

    @Test("the gradient of such a shortcut", arguments: sets, [false, true])
    func subsamplingGradient(set: InstructionSet, accumulates: Bool) throws {
        // Without a sum nothing is rounded: the numbers are copied.
        try compare(set, rounds: accumulates) { type, workspace, store in
            let gradient = store.map(type, channels: 20, height: 3, width: 3, seed: 1)
            let destination = store.map(type, channels: 9, seed: 2)
            SubsamplingGradientOperator(
                stride: 2, channelOffset: 5, gradient: gradient.map,
                destination: destination.map, accumulates: accumulates
            ).run(images: TestMap.images, in: workspace)
            return destination.values
        }
    }

    @Test("max pooling", arguments: sets)
    func maxPooling(set: InstructionSet) throws {
        try compare(set) { type, workspace, store in
            let source = store.map(type, seed: 1)
            let destination = store.map(type, height: 3, width: 3)
            MaxPoolingOperator(
                PoolingWindow(size: 3, stride: 2, padding: 1),
                source: MapView(source.map, activation: .silu), destination: destination.map
            ).run(images: TestMap.images, in: workspace)
            return destination.values
        }
    }

    @Test("the gradient of max pooling, with the way back through the view", arguments: sets)
    func maxPoolingGradient(set: InstructionSet) throws {
        // Windows that do not overlap: each sum is one number on another.
        try compare(set) { type, workspace, store in
            let (source, gradient) = (
                store.map(type, seed: 1), store.map(type, height: 3, width: 3, seed: 2)
            )
            let destination = store.map(type, seed: 3)
            let view = MapView(source.map, activation: .silu)
            func run(_ back: ViewGradient?) {
                MaxPoolingGradientOperator(
                    PoolingWindow(size: 2, stride: 2, padding: 0), source: view,
                    gradient: gradient.map, destination: destination.map, accumulates: true,
                    viewGradient: back
                ).run(images: TestMap.images, in: workspace)
            }
            let back = ViewGradient(
                gradient: destination.map, view: view, factor: 1, statistics: nil)
            if type == .bfloat16 {
                run(back)
            } else {
                // Between the two steps the sum is rounded.
                run(nil)
                destination.round()
                back.run(
                    windows: Windows(wholeImagesOf: 6, 5), images: TestMap.images, in: workspace)
            }
            return destination.values
        }
    }

    @Test("moments are those of the stored numbers", arguments: sets)
    func moments(set: InstructionSet) throws {
        let store = TestStore()
        func moments(_ type: ElementType) throws -> [Float] {
            let sums = store.sums(windows: Windows(height: 6, width: 5, rows: 4))
            sums.sums.measure(
                store.map(type, seed: 1).map, images: TestMap.images, in: try workspace(set))
            return sums.values
        }
        #expect(try moments(.bfloat16) == moments(.float32))
        store.end()
    }

    @Test("a gradient through a view, and sums over what is stored", arguments: sets)
    func viewGradient(set: InstructionSet) throws {
        let owner = TestStore()
        let sums = owner.sums(windows: Windows(wholeImagesOf: 6, 5))
        let statistics = owner.coefficients(lanes: 32)
        var stored: [Float] = []
        try compare(set) { type, workspace, store in
            let (gradient, source) = (store.map(type, seed: 1), store.map(type, seed: 2))
            let keep = store.bits(count: TestMap.images * 30 * 2)
            ViewGradient(
                gradient: gradient.map,
                view: MapView(
                    source.map, coefficients: statistics.forward, activation: .silu,
                    keep: keep.words),
                factor: 1.25,
                statistics: (statistics.shift, statistics.scale, sums.sums)
            ).run(windows: sums.sums.windows, images: TestMap.images, in: workspace)
            stored = gradient.values
            return stored
        }
        // The last run was that of bfloat16.
        let source = owner.map(.float32, seed: 2).values
        for image in 0..<TestMap.images {
            for channel in 0..<20 {
                var (sum, product) = (0.0, 0.0)
                for pixel in 0..<30 {
                    let index = (image * 30 + pixel) * 20 + channel
                    let normalized =
                        (Double(source[index]) - Double(statistics.shift[channel]))
                        * Double(statistics.scale[channel])
                    sum += Double(stored[index])
                    product += Double(stored[index]) * normalized
                }
                #expect(abs(Double(sums.sums.first[image * 32 + channel]) - sum) < 1e-4)
                #expect(abs(Double(sums.sums.second[image * 32 + channel]) - product) < 1e-4)
            }
        }
        owner.end()
    }

    // MARK: Helpers

    private func workspace(_ set: InstructionSet) throws -> Workspace {
        try TestMap.workspace(set)
    }

    /// Expects an operator's results on bfloat16 to be the rounded ones of float32.
    private func compare(
        _ set: InstructionSet, rounds: Bool = true,
        _ results: (ElementType, Workspace, TestStore) throws -> [Float]
    ) throws {
        let (workspace, store) = (try workspace(set), TestStore())
        let wide = try results(.float32, workspace, store)
        let narrow = try results(.bfloat16, workspace, store)
        store.end()
        #expect(narrow == wide.map(TestMap.rounded))
        #expect((narrow != wide) == rounds)
    }
}
