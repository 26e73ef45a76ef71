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
        forEachProduct { xIndex, wIndex, yIndex in y[yIndex] += x[xIndex] * weight[wIndex] }
        return y
    }

    func backward(
        _ x: [Double], _ gradient: [Double], parameters: [String: [Double]]
    ) -> (input: [Double], parameters: [String: [Double]]) {
        let weight = parameters[node.name + ".weight"] ?? []
        var dx = [Double](repeating: 0, count: x.count)
        var dw = [Double](repeating: 0, count: weight.count)
        forEachProduct { xIndex, wIndex, yIndex in
            dx[xIndex] += gradient[yIndex] * weight[wIndex]
            dw[wIndex] += gradient[yIndex] * x[xIndex]
        }
        var gradients = [node.name + ".weight": dw]
        if parameters[node.name + ".bias"] != nil {
            var db = [Double](repeating: 0, count: output.channels)
            for (index, value) in gradient.enumerated() { db[index % output.channels] += value }
            gradients[node.name + ".bias"] = db
        }
        return (dx, gradients)
    }

    /// Calls `body` with the places of x, w and y for each product of the convolution's sum.
    private func forEachProduct(_ body: (_ x: Int, _ w: Int, _ y: Int) -> Void) {
        for image in 0..<images {
            for i in 0..<output.height {
                for j in 0..<output.width {
                    let pixel = (image * output.height + i) * output.width + j
                    forEachTap(i, j) { row, column, tap in
                        let source = (image * input.height + row) * input.width + column
                        for o in 0..<output.channels {
                            for c in 0..<input.channels {
                                body(
                                    source * input.channels + c,
                                    (o * input.channels + c) * kernelSize * kernelSize + tap,
                                    pixel * output.channels + o)
                            }
                        }
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
