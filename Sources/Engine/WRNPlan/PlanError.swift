// SPDX-License-Identifier: Apache-2.0

public import WRNKernels

/// Why a network could not be planned or run.
public enum PlanError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The processor lacks the instructions that were asked for.
    case unusableInstructionSet(InstructionSet, usable: [InstructionSet])
    /// The processor, or the instructions that were asked for, cannot compute in a precision.
    case unusablePrecision(Precision, InstructionSet)
    /// A number of the request is out of its range.
    case invalidRequest(String)
    /// A tensor that the network needs is not there.
    case missingTensor(String)
    /// A tensor has another shape than the network's.
    case shapeMismatch(tensor: String, expected: String, actual: String)

    /// One sentence: what, expected, found.
    public var description: String {
        switch self {
        case .unusableInstructionSet(let set, let usable):
            "this processor cannot run \(set.rawValue) kernels; it can run "
                + usable.map(\.rawValue).joined(separator: ", ")
        case .unusablePrecision(let precision, let set):
            "\(set.rawValue) kernels of this processor cannot compute in \(precision.rawValue), which needs "
                + "AVX-512 with bfloat16 instructions (avx512_bf16); use float32"
        case .invalidRequest(let sentence):
            sentence
        case .missingTensor(let name):
            "the network needs a tensor named \(name), which is not among those given"
        case .shapeMismatch(let tensor, let expected, let actual):
            "tensor \(tensor): expected the shape \(expected), found \(actual)"
        }
    }
}
