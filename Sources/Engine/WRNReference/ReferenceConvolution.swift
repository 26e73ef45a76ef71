// SPDX-License-Identifier: Apache-2.0

import WRNGraph

/// A convolution or linear layer as seven loops.
struct ReferenceConvolution {
    private let node: Node
    private let input: FeatureShape
    private let output: FeatureShape
    private let images: Int
    private let kernelSize: Int
    private let stride: Int
    private let padding: Int

    init(_ graph: Graph, _ node: Node, _ images: Int) {
        self.node = node
        self.images = images
        input = graph[node.inputs[0]].shape
        output = node.shape
        if case .convolution(let convolution) = node.operation {
            (kernelSize, stride, padding) = (
                convolution.kernelSize, convolution.stride, convolution.padding
            )
        } else {
            (kernelSize, stride, padding) = (1, 1, 0)
        }
    }

    func forward(_ x: [Double], parameters: [String: [Double]]) -> [Double] {
        let weight = parameters[node.name + ".weight"] ?? []
        let bias = parameters[node.name + ".bias"]
        var y = [Double](repeating: 0, count: images * output.elementCount)
        for index in y.indices { y[index] = bias?[index % output.channels] ?? 0 }
        addProducts(x, weight, to: &y)
        return y
    }

    func backward(
        _ x: [Double], _ gradient: [Double], parameters: [String: [Double]]
    ) -> (input: [Double], parameters: [String: [Double]]) {
        let weight = parameters[node.name + ".weight"] ?? []
        var dx = [Double](repeating: 0, count: x.count)
        var dw = [Double](repeating: 0, count: weight.count)
        addGradients(x, weight, gradient, toInput: &dx, toWeight: &dw)
        var gradients = [node.name + ".weight": dw]
        if parameters[node.name + ".bias"] != nil {
            var db = [Double](repeating: 0, count: output.channels)
            for (index, value) in gradient.enumerated() { db[index % output.channels] += value }
            gradients[node.name + ".bias"] = db
        }
        return (dx, gradients)
    }

    // The loops over channels are on pointers, as they run as often as there are products: arrays
    // would make the tests' unoptimised builds ten times as slow.

    /// y += w · x, for each product of the convolution's sum.
    private func addProducts(
        _ x: UnsafePointer<Double>, _ weight: UnsafePointer<Double>,
        to y: UnsafeMutablePointer<Double>
    ) {
        let (inputs, outputs, taps) = (input.channels, output.channels, kernelSize * kernelSize)
        forEachMeeting { source, tap, destination in
            let pixel = x + source * inputs
            var o = 0
            while o < outputs {
                let kernel = weight + (o * inputs * taps + tap)
                var (sum, c) = (y[destination * outputs + o], 0)
                while c < inputs {
                    sum += pixel[c] * kernel[c * taps]
                    c += 1
                }
                y[destination * outputs + o] = sum
                o += 1
            }
        }
    }

    /// dx += w · dy and dw += x · dy, for each product of the convolution's sum.
    private func addGradients(
        _ x: UnsafePointer<Double>, _ weight: UnsafePointer<Double>,
        _ gradient: UnsafePointer<Double>, toInput dx: UnsafeMutablePointer<Double>,
        toWeight dw: UnsafeMutablePointer<Double>
    ) {
        let (inputs, outputs, taps) = (input.channels, output.channels, kernelSize * kernelSize)
        forEachMeeting { source, tap, destination in
            let (pixel, pixelGradient) = (x + source * inputs, dx + source * inputs)
            var o = 0
            while o < outputs {
                let first = o * inputs * taps + tap
                let (kernel, kernelGradient) = (weight + first, dw + first)
                let factor = gradient[destination * outputs + o]
                var c = 0
                while c < inputs {
                    pixelGradient[c] += factor * kernel[c * taps]
                    kernelGradient[c * taps] += factor * pixel[c]
                    c += 1
                }
                o += 1
            }
        }
    }

    /// Calls `body` for each pixel of the output, and for each kernel element and pixel of the
    /// input that meet there.
    private func forEachMeeting(_ body: (_ source: Int, _ tap: Int, _ destination: Int) -> Void) {
        for image in 0..<images {
            for i in 0..<output.height {
                for j in 0..<output.width {
                    let destination = (image * output.height + i) * output.width + j
                    forEachTap(i, j) { row, column, tap in
                        body(
                            (image * input.height + row) * input.width + column, tap, destination)
                    }
                }
            }
        }
    }

    /// Calls `body` with each kernel element that meets the input at output (i, j).
    private func forEachTap(
        _ i: Int, _ j: Int, _ body: (_ row: Int, _ column: Int, _ tap: Int) -> Void
    ) {
        for a in 0..<kernelSize {
            let row = i * stride + a - padding
            guard row >= 0, row < input.height else { continue }
            for b in 0..<kernelSize {
                let column = j * stride + b - padding
                guard column >= 0, column < input.width else { continue }
                body(row, column, a * kernelSize + b)
            }
        }
    }
}
