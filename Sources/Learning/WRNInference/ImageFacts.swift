// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNImages

/// What is known of weights beside their file: how images are prepared and normalised, and what the classes are called.
///
/// Files of models say all of it themselves, and then these facts are not asked.
public struct ImageFacts: Hashable, Sendable {
    /// The mean and the deviation of each channel; nil when they are not known.
    public var normalization: Normalization?
    /// How an image becomes the network's input; nil for the usual way for the network's size.
    public var preparation: ImagePreparation?
    /// The names of the classes in the order of the outputs; not used where there are more or fewer outputs.
    public var classNames: [String]

    /// Collects what is known.
    public init(
        normalization: Normalization? = nil, preparation: ImagePreparation? = nil,
        classNames: [String] = []
    ) {
        self.normalization = normalization
        self.preparation = preparation
        self.classNames = classNames
    }
}
