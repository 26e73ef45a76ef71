// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNModel
import WRNZoo

/// The graph of a Wide ResNet by its name, for colour images of 32 x 32 pixels.
func graph(_ name: String, classes: Int = 10) throws -> Graph {
    try WideResNet(name: name, classes: classes).graph()
}

extension ModelDescription {
    /// A description that fits WRN-10-1 for CIFAR-10; arguments change one field each.
    static func small(
        architecture: String = "wrn-10-1", classes: Int = 10, dropout: Double = 0,
        inputChannels: Int = 3, inputHeight: Int = 32, inputWidth: Int = 32,
        classNames: [String] = [], mean: [Float] = [0.49, 0.48, 0.45],
        standardDeviation: [Float] = [0.25, 0.24, 0.26]
    ) -> ModelDescription {
        ModelDescription(
            architecture: architecture, classes: classes, dropout: dropout,
            inputChannels: inputChannels, inputHeight: inputHeight, inputWidth: inputWidth,
            classNames: classNames, mean: mean, standardDeviation: standardDeviation)
    }
}
