// SPDX-License-Identifier: Apache-2.0

public import WRNImages

/// The description of a model in its file: the network, and the images that it expects.
public struct ModelDescription: Codable, Hashable, Sendable {
    /// The network's name, for example `wrn-16-2`.
    public let architecture: String
    /// The number of classes.
    public let classes: Int
    /// The probability of dropout with which it was trained, in `0 ..< 1`.
    public let dropout: Double
    /// The channels of an image: 3 for colour, 1 for grey.
    public let inputChannels: Int
    /// The rows of an image.
    public let inputHeight: Int
    /// The columns of an image.
    public let inputWidth: Int
    /// The classes' names in the order of the logits; empty when they have none.
    public let classNames: [String]
    /// The mean of each channel, in units of pixel / 255: the network reads `(pixel / 255 - mean) /
    /// standardDeviation`.
    public let mean: [Float]
    /// The standard deviation of each channel, in units of pixel / 255.
    public let standardDeviation: [Float]
    /// The preparation of a photograph of any size; nil if the model was trained on images of its
    /// own size.
    public let preparation: ImagePreparation?
    /// The calibration of its probabilities; nil for a model that is not calibrated.
    public let calibration: ModelCalibration?

    /// Describes a model; ``Model/write(to:)`` refuses numbers that contradict each other.
    public init(
        architecture: String, classes: Int, dropout: Double = 0, inputChannels: Int,
        inputHeight: Int, inputWidth: Int, classNames: [String] = [], mean: [Float],
        standardDeviation: [Float], preparation: ImagePreparation? = nil,
        calibration: ModelCalibration? = nil
    ) {
        self.architecture = architecture
        self.classes = classes
        self.dropout = dropout
        self.inputChannels = inputChannels
        self.inputHeight = inputHeight
        self.inputWidth = inputWidth
        self.classNames = classNames
        self.mean = mean
        self.standardDeviation = standardDeviation
        self.preparation = preparation
        self.calibration = calibration
    }
}
