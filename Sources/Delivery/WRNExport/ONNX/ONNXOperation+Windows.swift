// SPDX-License-Identifier: Apache-2.0

import Dispatch

/// Operators on windows of feature maps: convolution and max pooling.
extension ONNXOperation {
    /// Where the windows of a convolution or pooling lie.
    private struct Windows {
        let kernel: [Int]
        let strides: [Int]
        /// The rows above, columns to the left, rows below and columns to the right.
        let pads: [Int]
        let height: Int
        let width: Int
    }

    private func windows(on x: Value) throws(ExportError) -> Windows {
        let kernel = try integers("kernel_shape", count: 2, in: 1...1024)
        let strides = try integers("strides", count: 2, in: 1...1024)
        let pads = try integers("pads", count: 4, in: 0...1024)
        guard node.attributes["auto_pad"] == nil, try integer("ceil_mode", default: 0) == 0 else {
            throw unsupported
        }
        let (height, width) = (
            x.extents[2] + pads[0] + pads[2] - kernel[0],
            x.extents[3] + pads[1] + pads[3] - kernel[1]
        )
        guard height >= 0, width >= 0 else {
            throw error("expected an input that a window fits in, found \(x.extents)")
        }
        return Windows(
            kernel: kernel, strides: strides, pads: pads, height: height / strides[0] + 1,
            width: width / strides[1] + 1)
    }

    func convolution() throws(ExportError) -> Value {
        let (x, weight) = (try input(0, rank: 4), try input(1, rank: 4))
        guard try integer("group", default: 1) == 1 else { throw unsupported }
        if node.attributes["dilations"] != nil {
            guard try integers("dilations", count: 2, in: 1...1024) == [1, 1] else {
                throw unsupported
            }
        }
        let windows = try windows(on: x)
        let (images, channels, outputs) = (x.extents[0], x.extents[1], weight.extents[0])
        guard weight.extents[1] == channels, Array(weight.extents[2...]) == windows.kernel else {
            throw error(
                "expected a weight of \(channels) input channels and the kernel "
                    + "\(windows.kernel), found \(weight.extents)")
        }
        let bias = inputs.count > 2 ? try vector(2, count: outputs) : nil
        let extents = [images, outputs, windows.height, windows.width]
        var numbers = [Float](repeating: 0, count: try checkedCount(extents))
        let plane = windows.height * windows.width
        let inputPlane = x.extents[2] * x.extents[3]
        let planes = images * outputs
        let parts = max(min(threads, planes), 1)
        let weightSize = channels * windows.kernel[0] * windows.kernel[1]
        x.numbers.withUnsafeBufferPointer { source in
            weight.numbers.withUnsafeBufferPointer { weights in
                numbers.withUnsafeMutableBufferPointer { result in
                    // Each part writes planes of its own.
                    nonisolated(unsafe) let (source, weights, result) = (source, weights, result)
                    DispatchQueue.concurrentPerform(iterations: parts) { part in
                        for index in planes * part / parts..<planes * (part + 1) / parts {
                            let (image, output) = (index / outputs, index % outputs)
                            let first = image * channels * inputPlane
                            let start = output * weightSize
                            Self.addConvolution(
                                of: UnsafeBufferPointer(
                                    rebasing: source[first..<first + channels * inputPlane]),
                                height: x.extents[2], width: x.extents[3],
                                weight: UnsafeBufferPointer(
                                    rebasing: weights[start..<start + weightSize]),
                                bias: bias?[output] ?? 0, windows: windows,
                                to: UnsafeMutableBufferPointer(
                                    rebasing: result[index * plane..<(index + 1) * plane]))
                        }
                    }
                }
            }
        }
        return like(x, extents, numbers)
    }

    /// One output channel of one image: the bias, and each weight times the pixels that it meets.
    private static func addConvolution(
        of source: UnsafeBufferPointer<Float>, height: Int, width: Int,
        weight: UnsafeBufferPointer<Float>, bias: Float, windows: Windows,
        to result: UnsafeMutableBufferPointer<Float>
    ) {
        result.update(repeating: bias)
        guard let x = source.baseAddress, let y = result.baseAddress else { return }
        let (rows, columns) = (windows.kernel[0], windows.kernel[1])
        let (down, right) = (windows.strides[0], windows.strides[1])
        for (index, factor) in weight.enumerated() where factor != 0 {
            let channel = index / (rows * columns)
            let row = index / columns % rows - windows.pads[0]
            let column = index % columns - windows.pads[1]
            // The columns of the result whose pixel lies in the image.
            let start = column < 0 ? (-column + right - 1) / right : 0
            let end = min(windows.width, width > column ? (width - 1 - column) / right + 1 : 0)
            guard start < end else { continue }
            for i in 0..<windows.height {
                let line = i * down + row
                guard line >= 0, line < height else { continue }
                let from = x + (channel * height + line) * width + column
                let to = y + i * windows.width
                if right == 1 {
                    for j in start..<end { to[j] += factor * from[j] }
                } else {
                    for j in start..<end { to[j] += factor * from[j * right] }
                }
            }
        }
    }

    func maxPooling() throws(ExportError) -> Value {
        let x = try input(0, rank: 4)
        let windows = try windows(on: x)
        let extents = [x.extents[0], x.extents[1], windows.height, windows.width]
        let (height, width) = (x.extents[2], x.extents[3])
        var numbers: [Float] = []
        numbers.reserveCapacity(try checkedCount(extents))
        for plane in 0..<x.extents[0] * x.extents[1] {
            for i in 0..<windows.height {
                for j in 0..<windows.width {
                    let top = i * windows.strides[0] - windows.pads[0]
                    let left = j * windows.strides[1] - windows.pads[1]
                    var largest = -Float.infinity
                    for row in max(top, 0)..<max(min(top + windows.kernel[0], height), max(top, 0))
                    {
                        for column in max(
                            left, 0)..<max(min(left + windows.kernel[1], width), max(left, 0))
                        {
                            largest = max(
                                largest, x.numbers[(plane * height + row) * width + column])
                        }
                    }
                    numbers.append(largest)
                }
            }
        }
        return like(x, extents, numbers)
    }
}
