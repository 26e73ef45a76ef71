// SPDX-License-Identifier: Apache-2.0

import WRNGraph

/// What an operation looks like in a drawing.
struct OperationFace {
    /// What it is, with its kernel and stride.
    let label: String
    let fill: String
    /// The colour of text on the fill.
    var ink = Palette.ink
    /// Whether it computes its own value at each place, and so belongs to the layer before it.
    var isPointwise = false

    init(_ node: Node) {
        switch node.operation {
        case .input: self.init("input", Palette.paper)
        case .convolution(let it):
            self.init(
                Self.windows("conv", it.kernelSize, it.stride), Palette.blue, ink: Palette.paper)
        case .batchNormalization: self.init("BN", Palette.yellow, isPointwise: true)
        case .activation(let it): self.init(it.title, Palette.orange, isPointwise: true)
        case .dropout(let it):
            self.init("dropout \(it.probability)", Palette.paper, isPointwise: true)
        case .add: self.init("sum", Palette.paper)
        case .subsampling(let it):
            self.init(it.stride == 1 ? "zeros" : "stride \(it.stride), zeros", Palette.paper)
        case .maxPooling(let it):
            self.init(Self.windows("max pooling", it.kernelSize, it.stride), Palette.sky)
        case .globalAveragePooling: self.init("mean over positions", Palette.sky)
        case .linear: self.init("linear", Palette.green, ink: Palette.paper)
        }
    }

    private init(
        _ label: String, _ fill: String, ink: String = Palette.ink, isPointwise: Bool = false
    ) {
        self.label = label
        self.fill = fill
        self.ink = ink
        self.isPointwise = isPointwise
    }

    private static func windows(_ name: String, _ size: Int, _ stride: Int) -> String {
        "\(name) \(size)×\(size)" + (stride == 1 ? "" : ", stride \(stride)")
    }
}

extension Node {
    /// How the number of channels changes, where the node has weights between them: `160 → 320`.
    func channelChange(in graph: Graph) -> String? {
        switch operation {
        case .convolution, .linear, .subsampling:
            "\(graph[inputs[0]].shape.channels) → \(shape.channels)"
        default: nil
        }
    }
}
