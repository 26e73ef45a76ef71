// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor

@testable import WRNKernels

/// The owner of a test's memory, to which operators only hold pointers.
final class TestStore {
    private var owners: [AnyObject] = []

    func map(
        _ type: ElementType, channels: Int = 20, height: Int = 6, width: Int = 5,
        seed: UInt64? = nil, exact: Bool = true
    ) -> TestMap {
        keep(
            TestMap(
                type, channels: channels, height: height, width: width, seed: seed, exact: exact))
    }

    func coefficients(lanes: Int) -> TestCoefficients { keep(TestCoefficients(lanes: lanes)) }
    func bits(count: Int) -> TestBits { keep(TestBits(count: count)) }
    func sums(windows: Windows, channels: Int = 20) -> TestSums {
        keep(TestSums(windows: windows, channels: channels))
    }
    func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
        keep(AlignedMemory(floatCount: count)).floats
    }

    /// Ends the life of the memory: it lasts until here at least.
    func end() { owners = [] }

    private func keep<Owner: AnyObject>(_ owner: Owner) -> Owner {
        owners.append(owner)
        return owner
    }
}

/// A small map with memory of its own, filled with numbers that bfloat16 holds exactly.
final class TestMap {
    /// The images of each map.
    static let images = 2

    let map: FeatureMap
    private let memory: AlignedMemory

    /// Makes a map; without a seed it holds NaN, also where padding is.
    ///
    /// - Parameter exact: Whether the numbers are rounded to bfloat16 also in a map of float32.
    init(
        _ type: ElementType, channels: Int = 20, height: Int = 6, width: Int = 5,
        seed: UInt64? = nil, exact: Bool = true
    ) {
        let count =
            Self.images
            * FeatureMap.elementCount(channels: channels, height: height, width: width)
        memory = AlignedMemory(byteCount: count * type.byteCount)
        memory.baseAddress.initializeMemory(
            as: UInt8.self, repeating: 0xFF, count: memory.byteCount)
        map = FeatureMap(
            base: memory.baseAddress, elementType: type, channels: channels, height: height,
            width: width)
        if let seed {
            let numbers = Self.numbers(
                Self.images * height * width * channels, seed: seed, exact: exact)
            map.fill(numbers[...], images: Self.images)
        }
    }

    /// The numbers, without padding.
    var values: [Float] { map.values(images: Self.images) }

    /// The numbers between a pixel's last channel and the next pixel.
    var padding: [Float] {
        let padded = FeatureMap(
            base: map.base, elementType: map.elementType, channels: map.pixelStride,
            height: map.height, width: map.width
        ).values(images: Self.images)
        return padded.indices.filter { $0 % map.pixelStride >= map.channels }.map { padded[$0] }
    }

    /// Rounds the numbers to bfloat16, whatever the map's type.
    func round() { map.fill(values.map(Self.rounded)[...], images: Self.images) }

    static func rounded(_ value: Float) -> Float { Float(BFloat16(value)) }

    /// Numbers from -2 to 2 in a fixed order; the seed decides where it begins.
    static func numbers(_ count: Int, seed: UInt64, exact: Bool = true) -> [Float] {
        var state = seed &* 0x9E37_79B9_7F4A_7C15
        return (0..<count).map { _ in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let value = Float(state >> 40) / Float(1 << 22) - 2
            return exact ? rounded(value) : value
        }
    }

    static func workspace(
        _ set: InstructionSet, scratch: Workspace.Scratch = Workspace.Scratch()
    ) throws -> Workspace {
        Workspace(
            kernels: try #require(Kernels(set)), pool: ThreadPool(threadCount: 2),
            scratch: scratch)
    }
}

/// Vectors of coefficients, for a view or for the statistics of a normalisation.
final class TestCoefficients {
    private let memory: AlignedMemory
    private let lanes: Int

    init(lanes: Int) {
        self.lanes = lanes
        memory = AlignedMemory(floatCount: 3 * lanes)
        for (index, number) in TestMap.numbers(3 * lanes, seed: 77, exact: false).enumerated() {
            memory.floats[index] = number
        }
    }

    var scale: UnsafePointer<Float> { UnsafePointer(memory.floats) }
    var shift: UnsafePointer<Float> { scale + lanes }
    var forward: Coefficients { Coefficients(scale: scale, shift: shift) }
    var all: Coefficients { Coefficients(scale: scale, shift: shift, slope: scale + 2 * lanes) }
}

/// Words of keep bits.
final class TestBits {
    private let memory: AlignedMemory

    init(count: Int) {
        memory = AlignedMemory(byteCount: 2 * count)
        for index in 0..<count {
            memory.baseAddress.storeBytes(
                of: UInt16(truncatingIfNeeded: (index + 1) &* 40_503), toByteOffset: 2 * index,
                as: UInt16.self)
        }
    }

    var words: UnsafePointer<UInt16> {
        UnsafePointer(memory.baseAddress.assumingMemoryBound(to: UInt16.self))
    }
}

/// Sums over the windows of a map of 20 channels.
final class TestSums {
    let sums: WindowSums
    private let memory: AlignedMemory

    init(windows: Windows, channels: Int = 20) {
        let count = WindowSums.floatCount(
            windows: windows, channels: channels, images: TestMap.images)
        memory = AlignedMemory(floatCount: count)
        sums = WindowSums(
            base: memory.floats, windows: windows, channels: channels, images: TestMap.images)
    }

    var values: [Float] {
        Array(UnsafeBufferPointer(start: memory.floats, count: memory.byteCount / 4))
    }
}
