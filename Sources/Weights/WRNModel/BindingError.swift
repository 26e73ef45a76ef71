// SPDX-License-Identifier: Apache-2.0

public import WRNTensor
import WRNTensorFiles
public import WRNText

/// An error about a file whose tensors are not those of a network: all differences at once.
public struct BindingError: WideResNetError, Hashable {
    /// The kind of failure, of which there is one.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The file's tensors are not the network's.
        case otherTensors
    }

    /// The area of the codes: `model`.
    public static let area = "model"

    /// The message.
    public var description: String { message }

    /// A tensor that both have, in different shapes.
    public struct ShapeDifference: Hashable, Sendable {
        /// The tensor's name.
        public let name: String
        /// The shape that the network needs.
        public let expected: TensorShape
        /// The shape in the file.
        public let found: TensorShape
    }

    /// The kind of failure.
    public var code: Code { .otherTensors }
    /// The file.
    public let file: String
    /// The tensors that the network needs and the file lacks, in the network's order.
    public let missing: [String]
    /// The tensors of the file that the network does not have, in the file's order.
    public let extra: [String]
    /// The tensors that both have in different shapes, in the network's order.
    public let differentlyShaped: [ShapeDifference]

    /// The number of items of each list that the description shows.
    static let shownCount = 5

    /// One sentence with the first items of each list and the number of the others.
    public var message: String {
        let lists = [
            Self.text("missing", missing.map { quoted($0) }),
            Self.text("extra", extra.map { quoted($0) }),
            Self.text(
                "differently shaped",
                differentlyShaped.map {
                    "\(quoted($0.name)) expected \($0.expected) found \($0.found)"
                }),
        ]
        return "\(file): the tensors are not this network's: "
            + lists.compactMap(\.self).joined(separator: "; ")
            + "; choose the network that the file was written for"
    }

    private static func text(_ what: String, _ items: [String]) -> String? {
        guard !items.isEmpty else { return nil }
        let shown = items.prefix(shownCount).joined(separator: ", ")
        let rest = items.count - shownCount
        return "\(items.count) \(what) (\(shown)\(rest > 0 ? " and \(rest) more" : ""))"
    }
}
