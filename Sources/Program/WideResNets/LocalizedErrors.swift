// SPDX-License-Identifier: Apache-2.0

public import Foundation
public import WRNDialects
public import WRNExport
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
public import WRNText

// An app shows `localizedDescription`: the sentence that describes an error, and not its number.
// The bridge is here because some of the modules do without Foundation.

extension LocalizedError where Self: WideResNetError {
    /// The error's whole sentence, with what to do.
    public var errorDescription: String? { message }

    /// What to do, where the sentence ends with it: an alert that shows both has it twice.
    public var recoverySuggestion: String? { suggestion }
}

extension BindingError: LocalizedError {}
extension CheckpointError: LocalizedError {}
extension DataError: LocalizedError {}
extension ExportError: LocalizedError {}
extension FileError: LocalizedError {}
extension GraphError: LocalizedError {}
extension HubError: LocalizedError {}
extension ImageError: LocalizedError {}
extension InferenceError: LocalizedError {}
extension PlanError: LocalizedError {}
extension TrainingError: LocalizedError {}
extension WeightsError: LocalizedError {}
extension WorkerError: LocalizedError {}
