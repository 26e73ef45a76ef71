// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNArchive
import WRNTensorFiles
import WRNDialects
import WRNGraph
import WRNInference
import WRNModel
import WRNZoo

/// Which network: by its name, or by the file of a model.
struct NetworkOrFileOptions: ParsableArguments {
    @Argument(
        help:
            "The network, for example wrn-28-10 or wrn-50-2, or the file of a model or directory of a run."
    )
    var network: String

    @Option(help: "The number of classes. (default: the network's own, 10 or for ImageNet 1000)")
    var classes: Int?

    @Option(
        help: ArgumentHelp(
            "The channels, rows and columns of an image. (default: the network's own, 3x32x32 or for ImageNet 3x224x224)",
            valueName: "CxHxW"),
        transform: InputShape.init(argument:))
    var input: InputShape?

    // A negative number is a number, too, for the rule to refuse.
    @Option(
        parsing: .unconditional, help: "The probability of dropout in each block. (default: 0)")
    var dropout: Double?

    @OptionGroup(title: "Variant of the network") var variant: VariantOptions

    @OptionGroup var choice: PartOptions

    /// A network with its graph, and the model that it was read from.
    struct Described {
        let architecture: any Architecture
        let graph: Graph
        let file: String?
        let model: ModelDescription?
        /// What was taken and assumed of another program's weights.
        var reading: WeightsReading?
    }

    /// The network and its graph.
    ///
    /// - Throws: A `ValidationError` when there is no such network, and what reading a file throws.
    func described() throws -> Described {
        // A network's name that is also a file's stands for the network, as it does for every other command.
        let found = Result { try Zoo.network(named: network) }
        if case .failure = found, FileManager.default.fileExists(atPath: network) {
            return try fromFile()
        }
        if choice.part != nil {
            throw ValidationError(
                "--part goes with a file of weights; \(network) is a network's name")
        }
        do {
            let architecture = try Zoo.network(
                named: network, classes: classes, dropout: dropout ?? 0,
                inputChannels: input?.channels ?? 3
            ).applying(variant.changes)
            let size = architecture.usualImageSize
            let graph = try architecture.graph(
                height: input?.height ?? size, width: input?.width ?? size)
            return Described(architecture: architecture, graph: graph, file: nil, model: nil)
        } catch {
            let isPath = network.contains("/") || network.hasSuffix(".safetensors")
            throw ValidationError(
                isPath
                    ? "there is no file or directory \"\(network)\"; \(NearestPath.advice(network))"
                    : "\(error)")
        }
    }

    /// The network of another program's weights.
    private func described(_ archive: TensorArchive) throws -> Described {
        let weights = ForeignWeights(
            archive, options: .init(part: choice.part, function: variant.changes))
        let architecture = try weights.network()
        let reading = WeightsReading(weights)
        reading.say()
        if let input, input.channels != architecture.inputChannels {
            throw ValidationError(
                "the network reads \(architecture.inputChannels) channels, not \(input.channels)")
        }
        let size = architecture.usualImageSize
        do {
            let graph = try architecture.graph(
                height: input?.height ?? size, width: input?.width ?? size)
            return Described(
                architecture: architecture, graph: graph, file: archive.file, model: nil,
                reading: reading)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    private func fromFile() throws -> Described {
        guard classes == nil, dropout == nil else {
            throw ValidationError(
                "the file says the classes and the dropout; leave --classes and --dropout out")
        }
        let path = try Classifier.modelFile(at: network)
        let archive = try TensorFile.read(contentsOf: path)
        guard ModelFile.describesModel(archive) else { return try described(archive) }
        let model = try ModelFile(archive).description
        if let option = variant.given.first {
            throw ValidationError(
                "\(path) says which network it is, \(model.architecture); leave \(option) out")
        }
        do {
            let architecture = try Zoo.network(
                named: model.architecture, classes: model.classes, dropout: model.dropout,
                inputChannels: model.inputChannels)
            if let input, input.channels != model.inputChannels {
                throw ValidationError(
                    "the model reads \(model.inputChannels) channels, not \(input.channels)")
            }
            let graph = try architecture.graph(
                height: input?.height ?? model.inputHeight,
                width: input?.width ?? model.inputWidth)
            return Described(architecture: architecture, graph: graph, file: path, model: model)
        } catch let error as GraphError {
            throw InferenceError.impossibleNetwork(file: path, reason: error.description)
        }
    }
}
