// SPDX-License-Identifier: Apache-2.0

// A public type's conformance is public.
public import ArgumentParser
public import WRNKernels

extension Precision: ExpressibleByArgument {
    /// Reads `float32` or `bfloat16`, or the short `f32` and `bf16`.
    public init?(argument: String) {
        switch argument {
        case "f32": self = .float32
        case "bf16": self = .bfloat16
        default: self.init(rawValue: argument)
        }
    }
}
