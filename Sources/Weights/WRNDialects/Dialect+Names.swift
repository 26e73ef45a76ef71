// SPDX-License-Identifier: Apache-2.0

extension Dialect {
    static func groupNames(of place: LayerPlace, shortcut: [String]) -> [String] {
        func block(_ block: BlockPlace) -> String { "group\(block.stage).block\(block.block)." }
        return switch place {
        case .stemConvolution: ["conv0"]
        case .convolution(let place, let index): [block(place) + "conv\(index)"]
        case .normalization(let place, let index): [block(place) + "bn\(index)"]
        case .shortcutConvolution(let place): shortcut.map { block(place) + $0 }
        case .finalNormalization: ["bn"]
        case .head: ["fc"]
        case .stemNormalization, .shortcutNormalization: []
        }
    }

    static func torchvisionNames(of place: LayerPlace, in form: NetworkForm) -> [String] {
        func block(_ block: BlockPlace) -> String { "layer\(block.stage + 1).\(block.block)." }
        return switch place {
        case .stemConvolution: ["conv1"]
        case .stemNormalization: ["bn1"]
        case .convolution(let place, let index): [block(place) + "conv\(index + 1)"]
        case .normalization(let place, let index): [block(place) + "bn\(index + 1)"]
        case .shortcutConvolution(let place):
            form.isPreActivation
                ? [block(place) + "downsample", block(place) + "downsample.0"]
                : [block(place) + "downsample.0"]
        case .shortcutNormalization(let place): [block(place) + "downsample.1"]
        case .finalNormalization: ["bn"]
        case .head: ["fc"]
        }
    }

    static func xternalzNames(of place: LayerPlace) -> [String] {
        func block(_ block: BlockPlace) -> String {
            "block\(block.stage + 1).layer.\(block.block)."
        }
        return switch place {
        case .stemConvolution: ["conv1"]
        case .convolution(let place, let index): [block(place) + "conv\(index + 1)"]
        case .normalization(let place, let index): [block(place) + "bn\(index + 1)"]
        case .shortcutConvolution(let place): [block(place) + "convShortcut"]
        case .finalNormalization: ["bn1"]
        case .head: ["fc"]
        case .stemNormalization, .shortcutNormalization: []
        }
    }

    static func bmsookimNames(of place: LayerPlace, in form: NetworkForm) -> [String] {
        func block(_ block: BlockPlace) -> String { "layer\(block.stage + 1).\(block.block)." }
        return switch place {
        case .stemConvolution: ["conv1"]
        // With a normalisation behind the stem and behind the last block, both would be bn1.
        case .stemNormalization: form.isPreActivation ? [] : ["bn1"]
        case .convolution(let place, let index): [block(place) + "conv\(index + 1)"]
        case .normalization(let place, let index): [block(place) + "bn\(index + 1)"]
        case .shortcutConvolution(let place): [block(place) + "shortcut.0"]
        case .shortcutNormalization(let place): [block(place) + "shortcut.1"]
        case .finalNormalization: ["bn1"]
        case .head: ["linear"]
        }
    }

    static func deepmindNames(of place: LayerPlace) -> [String] {
        func block(_ block: BlockPlace) -> String { "layer.\(block.stage).block.\(block.block)." }
        return switch place {
        case .stemConvolution: ["init_conv"]
        case .convolution(let place, let index): [block(place) + "conv_\(index)"]
        case .normalization(let place, let index): [block(place) + "batchnorm_\(index)"]
        case .shortcutConvolution(let place): [block(place) + "shortcut"]
        case .finalNormalization: ["batchnorm"]
        case .head: ["logits"]
        case .stemNormalization, .shortcutNormalization: []
        }
    }

    static func pytorchcvNames(of place: LayerPlace, in form: NetworkForm) -> [String] {
        func unit(_ block: BlockPlace) -> String {
            "features.stage\(block.stage + 1).unit\(block.block + 1)."
        }
        let stem =
            "features.init_block" + (form.isLarge && !form.isPreActivation ? ".conv" : "")
        return switch place {
        case .stemConvolution:
            form.isPreActivation && !form.isLarge ? [stem] : [stem + ".conv"]
        case .stemNormalization: [stem + ".bn"]
        case .convolution(let place, let index): [unit(place) + "body.conv\(index + 1).conv"]
        case .normalization(let place, let index): [unit(place) + "body.conv\(index + 1).bn"]
        case .shortcutConvolution(let place):
            [unit(place) + (form.isPreActivation ? "identity_conv" : "identity_conv.conv")]
        case .shortcutNormalization(let place): [unit(place) + "identity_conv.bn"]
        case .finalNormalization: ["features.post_activ.bn"]
        case .head: ["output"]
        }
    }
}
