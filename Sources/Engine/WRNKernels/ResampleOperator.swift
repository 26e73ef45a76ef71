// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The inputs of each output along one axis, and their weights.
package struct ResampleWindows: Sendable {
    /// One in the weights' integers.
    package static let one = 1 << 22

    /// For each output the first input that counts.
    let starts: [Int32]
    /// For each output how many inputs count.
    let counts: [Int32]
    /// For each output `stride` weights; those behind its count are not used.
    let weights: [Int32]
    let stride: Int
    /// The inputs that the windows reach to.
    let reach: Int

    /// Creates windows, one an output.
    ///
    /// - Parameters:
    ///   - starts: For each output the first input that counts.
    ///   - counts: For each output how many inputs count, 1...`stride`.
    ///   - weights: For each output `stride` weights, times ``one`` and rounded. The magnitudes of
    ///     a window's add up to less than twice one.
    package init(starts: [Int32], counts: [Int32], weights: [Int32], stride: Int) {
        precondition(
            starts.count == counts.count && weights.count == starts.count * stride,
            "each output has a start, a count and its weights")
        var reach = 0
        for output in starts.indices {
            precondition(
                starts[output] >= 0 && (1...stride).contains(Int(counts[output])),
                "a window is empty, too wide or before the first input")
            reach = max(reach, Int(starts[output]) + Int(counts[output]))
            let row = weights[output * stride..<output * stride + Int(counts[output])]
            precondition(
                row.reduce(0) { $0 + Int($1.magnitude) } < 2 * Self.one,
                "a sum would not fit 32 bits")
        }
        self.starts = starts
        self.counts = counts
        self.weights = weights
        self.stride = stride
        self.reach = reach
    }

    /// The number of outputs.
    package var count: Int { starts.count }
}

/// Resamples images of bytes along one axis, in Pillow's integers, so that every processor gives
/// the same bytes.
///
///     result = clip((2^21 + sum of window bytes * weights) >> 22)
package enum ResampleOperator {
    /// The fastest kernels of this processor.
    private static let kernels: Kernels = {
        guard let kernels = Kernels(nil) else {
            preconditionFailure("every processor can run the scalar kernels")
        }
        return kernels
    }()

    /// Resamples along rows: `height` rows, `rowSize` bytes apart, become rows of `windows.count`
    /// pixels without gaps.
    ///
    /// - Precondition: there are 1 to 4 channels, and the bytes suffice for the windows and the
    ///   results.
    package static func alongRows(
        _ source: UnsafeBufferPointer<UInt8>, height: Int, rowSize: Int, channels: Int,
        _ windows: ResampleWindows, into destination: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition((1...4).contains(channels) && height >= 1)
        precondition(source.count >= (height - 1) * rowSize + windows.reach * channels)
        precondition(destination.count >= height * windows.count * channels)
        withUnsafeTemporaryAllocation(byteCount: 16 * windows.reach, alignment: 64) { scratch in
            run(
                source, rowSize, inputs: windows.reach, channels: channels, lines: height, windows,
                scratch.bindMemory(to: UInt8.self).baseAddress, destination,
                windows.count * channels, kernels.table.resample_rows)
        }
    }

    /// Resamples along columns: rows of `count` bytes, `rowSize` bytes apart, become
    /// `windows.count` rows of as many without gaps.
    ///
    /// - Precondition: the bytes suffice for the windows and the results.
    package static func alongColumns(
        _ source: UnsafeBufferPointer<UInt8>, count: Int, rowSize: Int, _ windows: ResampleWindows,
        into destination: UnsafeMutableBufferPointer<UInt8>
    ) {
        precondition(count >= 1 && source.count >= (windows.reach - 1) * rowSize + count)
        precondition(destination.count >= windows.count * count)
        run(
            source, rowSize, inputs: 0, channels: 0, lines: count, windows, nil, destination,
            count, kernels.table.resample_columns)
    }

    private static func run(
        _ source: UnsafeBufferPointer<UInt8>, _ sourceStride: Int, inputs: Int, channels: Int,
        lines: Int, _ windows: ResampleWindows, _ scratch: UnsafeMutablePointer<UInt8>?,
        _ destination: UnsafeMutableBufferPointer<UInt8>, _ destinationStride: Int,
        _ kernel: (UnsafePointer<wrn_resample>?) -> Void
    ) {
        windows.starts.withUnsafeBufferPointer { starts in
            windows.counts.withUnsafeBufferPointer { counts in
                windows.weights.withUnsafeBufferPointer { weights in
                    var arguments = wrn_resample(
                        source: source.baseAddress, source_stride: sourceStride,
                        inputs: Int32(inputs), channels: Int32(channels), lines: Int32(lines),
                        outputs: Int32(windows.count), starts: starts.baseAddress,
                        counts: counts.baseAddress, weights: weights.baseAddress,
                        weight_stride: Int32(windows.stride), scratch: scratch,
                        destination: destination.baseAddress,
                        destination_stride: destinationStride)
                    kernel(&arguments)
                }
            }
        }
    }
}
