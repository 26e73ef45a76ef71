// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNText

/// The label and colours of an operation in a drawing.
struct OperationFace {
    /// The operation with its kernel and stride.
    let label: String
    let fill: String
    /// The colour of text on the fill.
    var ink = Palette.ink
    /// Whether it computes each value from one value, and is drawn with the layer before it.
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
    /// The change of the number of channels, `160 → 320`; nil where no weights change it.
    func channelChange(in graph: Graph) -> String? {
        switch operation {
        case .convolution, .linear, .subsampling:
            "\(graph[inputs[0]].shape.channels) → \(shape.channels)"
        default: nil
        }
    }
}

/// Numbers as the drawings write them, the same in every locale.
enum Figures {
    /// `36479194` as `36.5 M`; counts below 1000 as they are.
    static func short(_ value: Int) -> String {
        let units = ["k", "M", "G", "T", "P", "E"]
        guard value >= 1000 else { return "\(value)" }
        var amount = Double(value) / 1000
        var unit = 0
        while amount >= 999.95, unit + 1 < units.count {
            amount /= 1000
            unit += 1
        }
        return "\(Numbers.fixed(amount, decimals: 1)) \(units[unit])"
    }

    /// A shape as `160 × 32×32`.
    static func shape(_ shape: FeatureShape) -> String {
        "\(shape.channels) × \(shape.height)×\(shape.width)"
    }
}
