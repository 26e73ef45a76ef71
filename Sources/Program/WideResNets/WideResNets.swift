// SPDX-License-Identifier: Apache-2.0

@_exported public import WRNBatches
@_exported public import WRNDatasets
@_exported public import WRNDialects
@_exported public import WRNEngine
@_exported public import WRNExport
@_exported public import WRNFetch
@_exported public import WRNFiles
@_exported public import WRNGraph
@_exported public import WRNHub
@_exported public import WRNImages
@_exported public import WRNInference
@_exported public import WRNInspect
@_exported public import WRNKernels
@_exported public import WRNModel
@_exported public import WRNPlan
@_exported public import WRNReference
@_exported public import WRNReport
@_exported public import WRNRuns
@_exported public import WRNTensor
@_exported public import WRNTensorFiles
@_exported public import WRNText
@_exported public import WRNTraining
@_exported public import WRNWorkers
@_exported public import WRNZoo
