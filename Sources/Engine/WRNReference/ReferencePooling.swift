// SPDX-License-Identifier: Apache-2.0

import WRNGraph

/// A max pooling by its formula.
struct ReferenceMaxPooling {
    private let pooling: MaxPooling
    private let input: FeatureShape
    private let output: FeatureShape
    private let images: Int

    init(_ pooling: MaxPooling, _ graph: Graph, _ node: Node, _ images: Int) {
        self.pooling = pooling
        self.images = images
        input = graph[node.inputs[0]].shape
        output = node.shape
    }

    func forward(_ x: [Double]) -> [Double] {
        largest(x).map { x[$0] }
    }

    func backward(_ x: [Double], _ gradient: [Double]) -> [Double] {
        var dx = [Double](repeating: 0, count: x.count)
        for (index, place) in largest(x).enumerated() { dx[place] += gradient[index] }
        return dx
    }

    /// The position of the first largest value of each output's window.
    private func largest(_ x: [Double]) -> [Int] {
        (0..<images * output.elementCount).map { index in
            let (pixel, channel) = index.quotientAndRemainder(dividingBy: output.channels)
            let (row, j) = pixel.quotientAndRemainder(dividingBy: output.width)
            let (image, i) = row.quotientAndRemainder(dividingBy: output.height)
            let places = window(i, in: input.height).flatMap { row in
                window(j, in: input.width).map { column in
                    ((image * input.height + row) * input.width + column) * input.channels + channel
                }
            }
            // A NaN is larger than all; the builder lets no window be empty.
            return places.first { x[$0].isNaN }
                ?? places.dropFirst().reduce(places[0]) { x[$1] > x[$0] ? $1 : $0 }
        }
    }

    /// The rows, or columns, of window `index` that lie in the image.
    private func window(_ index: Int, in extent: Int) -> Range<Int> {
        let first = index * pooling.stride - pooling.padding
        return max(first, 0)..<min(first + pooling.kernelSize, extent)
    }
}

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

    /// The source of each output; nil for a channel that the input lacks.
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
