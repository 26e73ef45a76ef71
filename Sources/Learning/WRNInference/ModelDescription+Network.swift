// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNModel
public import WRNZoo

extension ModelDescription {
    /// Describes a network for images like these: their size, their classes and how they are normalised.
    public init(
        _ network: any Architecture, for images: any ImageSet, normalization: Normalization
    ) {
        self.init(
            architecture: network.name, classes: network.classes, dropout: network.dropout,
            inputChannels: network.inputChannels, inputHeight: images.height,
            inputWidth: images.width,
            classNames: images.classNames.count == network.classes ? images.classNames : [],
            mean: normalization.mean, standardDeviation: normalization.standardDeviation)
    }
}
