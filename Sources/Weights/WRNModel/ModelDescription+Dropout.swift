// SPDX-License-Identifier: Apache-2.0

extension ModelDescription {
    /// The same model with another probability of dropout, in `0 ..< 1`.
    package func with(dropout: Double) -> ModelDescription {
        ModelDescription(
            architecture: architecture, classes: classes, dropout: dropout,
            inputChannels: inputChannels, inputHeight: inputHeight, inputWidth: inputWidth,
            classNames: classNames, mean: mean, standardDeviation: standardDeviation,
            preparation: preparation)
    }
}
