// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNDatasets
import WRNFetch
import WRNGraph
import WRNImages
import WRNInference
import WRNModel
import WRNPlan
import WRNTensor

/// The ranges of a network's activations on images, measured in the engine.
struct ActivationRanges {
    /// The range of each operation in ``Quantization/measuredPlaces(_:)``.
    let ranges: [Int: ClosedRange<Float>]
    /// How many images were used.
    let imageCount: Int

    /// Computes the results of all operations for images.
    ///
    /// - Parameters:
    ///   - progress: Called with the number of images that are done, and with all of them.
    ///   - isCancelled: Called before each batch; true stops.
    /// - Throws: An ``ExportError`` for no images or results that are not finite, a `DataError` for
    ///   a file that is no image or a network that reads neither 1 channel nor 3, a `PlanError`
    ///   when the memory does not suffice, and `CancellationError`.
    init(
        of network: ExportedNetwork, _ model: Model, on images: ImageList,
        by calibration: ExportOptions.Calibration, device: Device,
        progress: (_ done: Int, _ all: Int) -> Void, isCancelled: () -> Bool
    ) throws {
        // Taken evenly: lists are in the order of paths, and so often in that of classes.
        let count = min(images.count, ExportOptions.maximumCalibrationCount)
        guard count > 0 else {
            throw ExportError(
                .calibration,
                "8-bit activations need images to measure their ranges on, and there are none; "
                    + "give some hundred of the kind that the network will see")
        }
        let chosen = (0..<count).map { $0 * images.count / count }
        let normalization = try model.description.normalization
        let places = Quantization.measuredPlaces(network)
        let measured = places.filter { $0 > 0 }
        // Of a network that ends at an early layer, nothing but the input may be measured, which is
        // there without an executor.
        let part: NetworkPart? =
            measured.isEmpty
            ? nil
            : NetworkPart(of: network.graph, at: measured.map { network.operations[$0].node })
        let perImage = part.map { $0.outputs.map(\.shape.elementCount).reduce(0, +) } ?? 0
        // At most some 200 MB of results at once.
        let batch = min(max(50_000_000 / max(perImage, 1), 1), 16)
        let executor = try part.map { part in
            try device.features(part, batch: batch).executor(model.tensors)
        }
        var histograms = places.map { _ in Histogram() }
        for start in stride(from: 0, to: count, by: batch) {
            guard !isCancelled() else { throw CancellationError() }
            progress(start, count)
            let next = chosen[start..<min(start + batch, count)]
            var inputs: [Float] = []
            for index in next {
                let image = try images.image(at: index)
                inputs += normalization.values(of: try model.description.fitted(image))
            }
            let results = try executor?.features(for: inputs, count: next.count) ?? []
            let all = places.first == 0 ? [inputs] + results : results
            for (index, numbers) in all.enumerated() { histograms[index].add(numbers) }
        }
        progress(count, count)
        var ranges: [Int: ClosedRange<Float>] = [:]
        for (place, histogram) in zip(places, histograms) {
            guard let range = histogram.range(by: calibration) else {
                throw ExportError(
                    .calibration,
                    "the results of \(network.operations[place].name) on the images are not finite;"
                        + " the weights are damaged, their training diverged, or the normalisation "
                        + "of images does not suit them")
            }
            ranges[place] = range
        }
        self.ranges = ranges
        imageCount = count
    }
}

/// How often values fall into intervals of one width around zero.
///
/// The width doubles when a larger value comes, so that one pass suffices and the order of values
/// does not matter.
struct Histogram {
    private static let binCount = 8192
    /// What falls below the lower end, and above the upper one, with percentiles.
    private static let tail = 0.000_05

    private var counts = [Int](repeating: 0, count: binCount)
    /// The intervals cover -limit ..< limit; a power of two.
    private var limit: Float = 0x1p-10
    private var smallest = Float.infinity
    private var largest = -Float.infinity
    private var total = 0
    private var isFinite = true

    /// Counts values.
    mutating func add(_ numbers: [Float]) {
        guard numbers.allSatisfy(\.isFinite) else {
            isFinite = false
            return
        }
        guard let low = numbers.min(), let high = numbers.max() else { return }
        smallest = min(smallest, low)
        largest = max(largest, high)
        while max(abs(low), abs(high)) >= limit, limit < 0x1p120 { double() }
        let (half, last) = (Float(Self.binCount / 2), Float(Self.binCount - 1))
        let factor = half / limit
        counts.withUnsafeMutableBufferPointer { counts in
            for number in numbers {
                counts[Int(min(max(number * factor + half, 0), last))] += 1
            }
        }
        total += numbers.count
    }

    /// Joins two intervals in one, the middle staying where it is.
    private mutating func double() {
        var joined = [Int](repeating: 0, count: Self.binCount)
        for index in 0..<Self.binCount {
            joined[Self.binCount / 4 + index / 2] += counts[index]
        }
        counts = joined
        limit *= 2
    }

    /// The range of the values; nil where there were none, or some were not finite.
    func range(by calibration: ExportOptions.Calibration) -> ClosedRange<Float>? {
        guard isFinite, total > 0, smallest <= largest else { return nil }
        switch calibration {
        case .minMax: return smallest...largest
        case .percentile:
            let allowed = Int(Double(total) * Self.tail)
            let width = limit / Float(Self.binCount / 2)
            func end(_ indices: some Sequence<Int>) -> Int {
                var passed = 0
                for index in indices {
                    passed += counts[index]
                    if passed > allowed { return index }
                }
                return 0
            }
            let low = Float(end(0..<Self.binCount)) * width - limit
            let high = Float(end((0..<Self.binCount).reversed()) + 1) * width - limit
            // The ends of the intervals may lie beyond all values.
            let (lower, upper) = (max(low, smallest), min(high, largest))
            return lower <= upper ? lower...upper : smallest...largest
        }
    }
}
