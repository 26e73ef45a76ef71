// SPDX-License-Identifier: Apache-2.0

public import Foundation
public import WRNDialects
public import WRNFetch
public import WRNFiles
public import WRNGraph
public import WRNHub
public import WRNImages
public import WRNInference
public import WRNModel
public import WRNPlan
public import WRNRuns
public import WRNTensorFiles

// An app shows `localizedDescription`: the sentence that describes an error, and not its number.
// The conformances are here because some of the modules do without Foundation.

extension BindingError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}

extension CheckpointError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}

extension DataError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}

extension FileError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}

extension GraphError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}

extension HubError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}

extension ImageError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}

extension InferenceError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}

extension PlanError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}

extension TrainingError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}

extension WeightsError: LocalizedError {
    /// The error's sentence.
    public var errorDescription: String? { description }
}
