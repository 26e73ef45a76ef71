// SPDX-License-Identifier: Apache-2.0

import WRNTensorFiles
public import WRNText

/// An error of another program's weights.
public struct WeightsError: WideResNetError, Hashable {
    /// The area of the codes: `weights`.
    public static let area = "weights"

    /// The message.
    public var description: String { message }

    /// The rule that was broken.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// No network of the zoo has such tensors.
        case unknownNetwork
        /// The names are of no known dialect, and the proposed map was not accepted.
        case unknownDialect
        /// The file has no part of the given name.
        case unknownPart
        /// Tensors of the network are missing or have other shapes.
        case otherTensors
        /// The head is for another number of classes than given.
        case otherClassCount
        /// The normalisations have no running statistics.
        case missingStatistics
        /// The network's convolutions have biases that cannot be moved into its normalisations.
        case immovableBias
        /// The chosen dialect has no names for this network.
        case inexpressible
        /// Tensors of the network's part are not the network's.
        case extraTensors
        /// The head is none, or not one linear layer.
        case otherHead
        /// Numbers are infinite or NaN, or variances negative.
        case notFinite
        /// The chosen dialect's programs compute another function than the network.
        case otherFunction
        /// The options for the network's function are impossible for this network.
        case impossibleFunction
        /// The normalisation of images is neither in the file nor given.
        case unknownNormalization
        /// The normalisation of images is for another number of channels than the network reads.
        case otherNormalization
    }

    /// The rule.
    public let code: Code
    /// One sentence: the file, what was expected, what was found, and what to do.
    public let message: String

    package init(_ code: Code, file: String, _ problem: String, advice: String) {
        self.code = code
        message = printable("\(file): \(problem); \(advice)")
    }
}

/// The first items of a list and the number of the others.
func listed(_ items: [String], limit: Int = 5) -> String {
    let shown = items.prefix(limit).map { quoted($0) }.joined(separator: ", ")
    return items.count > limit ? "\(shown) and \(items.count - limit) more" : shown
}
