// SPDX-License-Identifier: Apache-2.0

public import WRNText

/// An error of planning or running a network.
public enum PlanError: WideResNetError, Hashable {
    /// The device cannot compute in the requested way: what it lacks, and what it has.
    case unavailable(String)
    /// A number of the request is out of its range.
    case invalidRequest(String)
    /// A tensor that the network needs is not there.
    case missingTensor(String)
    /// A tensor has another shape than the network's.
    case shapeMismatch(tensor: String, expected: String, actual: String)

    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The device cannot compute in the requested way.
        case unavailable
        /// A number of the request is out of its range.
        case invalidRequest
        /// A tensor that the network needs is not there.
        case missingTensor
        /// A tensor has another shape than the network's.
        case shapeMismatch
    }

    /// The area of the codes: `engine`.
    public static let area = "engine"

    /// The message.
    public var description: String { message }

    /// The kind of failure.
    public var code: Code {
        switch self {
        case .unavailable: .unavailable
        case .invalidRequest: .invalidRequest
        case .missingTensor: .missingTensor
        case .shapeMismatch: .shapeMismatch
        }
    }

    /// One sentence: what, expected, found.
    public var message: String {
        switch self {
        case .unavailable(let sentence), .invalidRequest(let sentence): sentence
        case .missingTensor(let name):
            "the network needs a tensor named \(name), which is not among those given"
        case .shapeMismatch(let tensor, let expected, let actual):
            "tensor \(tensor): expected the shape \(expected), found \(actual)"
        }
    }
}
