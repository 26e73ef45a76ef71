// SPDX-License-Identifier: Apache-2.0

import WRNGraph

/// A shortcut without parameters by its formula.
struct ReferenceSubsampling {
    private let stride: Int
    private let channelOffset: Int
    private let input: FeatureShape
    private let output: FeatureShape
    private let images: Int

    init(_ subsampling: Subsampling, _ graph: Graph, _ node: Node, _ images: Int) {
        stride = subsampling.stride
        channelOffset = subsampling.channelOffset
        self.images = images
        input = graph[node.inputs[0]].shape
        output = node.shape
    }

    func forward(_ x: [Double]) -> [Double] {
        sources.map { $0.map { x[$0] } ?? 0 }
    }

    func backward(_ gradient: [Double]) -> [Double] {
        var dx = [Double](repeating: 0, count: images * input.elementCount)
        for (index, place) in sources.enumerated() {
            if let place { dx[place] += gradient[index] }
        }
        return dx
    }

    /// Where each output comes from; nil for a channel that the input lacks.
    private var sources: [Int?] {
        (0..<images * output.elementCount).map { index in
            let (pixel, place) = index.quotientAndRemainder(dividingBy: output.channels)
            let channel = place - channelOffset
            guard (0..<input.channels).contains(channel) else { return nil }
            let (row, j) = pixel.quotientAndRemainder(dividingBy: output.width)
            let (image, i) = row.quotientAndRemainder(dividingBy: output.height)
            let source = (image * input.height + i * stride) * input.width + j * stride
            return source * input.channels + channel
        }
    }
}
