// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNInspect
import WRNText

/// A summary in the layout and with the formulas of the Python package torchsummary 1.5.1.
///
/// A sum is shown as the block that it ends, as torchsummary shows a block's module after its
/// layers. Sizes are MiB of float32; "forward/backward" is its estimate, twice all outputs, not
/// this engine's memory.
struct TorchSummaryText {
    private let network: NetworkSummary
    private let batch: Int?

    /// - Parameter batch: Nil for torchsummary's -1.
    init(_ network: NetworkSummary, batch: Int?) {
        self.network = network
        self.batch = batch
    }

    private static let rule = String(repeating: "-", count: 64)
    private static let doubleRule = String(repeating: "=", count: 64)

    var text: DisplayText {
        let layers = Self.inOrderOfCalls(network.layers)
        var lines = [
            Self.rule, row("Layer (type)", "Output Shape", "Param #"), Self.doubleRule,
        ]
        var outputs = 0
        for (index, layer) in layers.enumerated() {
            let extents = layer.output.split(separator: "x").compactMap { Int($0) }
            // A linear layer's features have no rows and columns.
            let shown = layer.kind == .linear ? Array(extents.prefix(1)) : extents
            let shape = ([batch ?? -1] + shown).map { "\($0)" }.joined(separator: ", ")
            outputs += (batch ?? 1) * extents.reduce(1, *)
            lines.append(
                row(
                    "\(type(of: layer))-\(index + 1)", "[\(shape)]",
                    Numbers.grouped(layer.parameters)))
        }
        let input = network.input.split(separator: "x").compactMap { Int($0) }.reduce(1, *)
        let sizes = [
            mebibytes((batch ?? 1) * input), 2 * mebibytes(outputs), mebibytes(network.parameters),
        ]
        lines += [
            Self.doubleRule, "Total params: \(Numbers.grouped(network.parameters))",
            "Trainable params: \(Numbers.grouped(network.parameters))", "Non-trainable params: 0",
            Self.rule, "Input size (MB): \(fixed(sizes[0]))",
            "Forward/backward pass size (MB): \(fixed(sizes[1]))",
            "Params size (MB): \(fixed(sizes[2]))",
            "Estimated Total Size (MB): \(fixed(sizes.reduce(0, +)))", Self.rule,
        ]
        return DisplayText(lines: lines)
    }

    /// Layers as PyTorch's blocks call them: the shortcut's convolution after the branch.
    private static func inOrderOfCalls(
        _ layers: [NetworkSummary.Layer]
    ) -> [NetworkSummary.Layer] {
        var (ordered, late) = ([NetworkSummary.Layer](), [NetworkSummary.Layer]())
        for layer in layers {
            if layer.isShortcut {
                late.append(layer)
                continue
            }
            if layer.kind == .add {
                ordered += late
                late = []
            }
            ordered.append(layer)
        }
        return ordered
    }

    private func type(of layer: NetworkSummary.Layer) -> String {
        switch layer.kind {
        case .input: "Input"
        case .convolution: "Conv2d"
        case .batchNormalization: "BatchNorm2d"
        case .activation(let activation): activation.title
        case .dropout: "Dropout"
        case .add: "Block"
        case .subsampling: "Subsampling"
        case .maxPooling: "MaxPool2d"
        case .globalAveragePooling: "AdaptiveAvgPool2d"
        case .linear: "Linear"
        }
    }

    /// `{:>20}  {:>25} {:>15}` in Python.
    private func row(_ layer: String, _ shape: String, _ count: String) -> String {
        func right(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(width - text.count, 0)) + text
        }
        return "\(right(layer, 20))  \(right(shape, 25)) \(right(count, 15))"
    }

    private func mebibytes(_ floats: Int) -> Double { Double(floats) * 4 / 1_048_576 }

    private func fixed(_ value: Double) -> String { Numbers.fixed(value, decimals: 2) }
}
