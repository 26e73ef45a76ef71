// SPDX-License-Identifier: Apache-2.0

/// One class that an image may show, and how likely the model holds it.
public struct Prediction: Codable, Hashable, Sendable {
    /// The class's number, in `0 ..< classes`.
    public let classIndex: Int
    /// The class's name; its number where the model has no names.
    public let className: String
    /// The softmax of the logits at this class, in `0...1`.
    public let probability: Double

    /// Creates a prediction.
    public init(classIndex: Int, className: String, probability: Double) {
        self.classIndex = classIndex
        self.className = className
        self.probability = probability
    }
}
