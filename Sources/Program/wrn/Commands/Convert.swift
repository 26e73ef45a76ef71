// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNArguments
import WRNDialects
import WRNInference
import WRNModel
import WRNTensor
import WRNTensorFiles
import WRNText
import WRNZoo

/// `wrn convert`: writes weights with other names, another element type or format.
struct Convert: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write weights in other names, another element type or another format.",
        usage: "wrn convert <in> <out> [--dialect <name>] [--dtype <type>] [options]",
        discussion: """
            Reads what 'wrn identify' reads, and writes .safetensors, or .pth, .pt and .bin that \
            PyTorch opens with weights_only=True. The names are exactly those that the dialect's \
            programs load strictly:

              canonical    this package's; a model, with --normalization
              torchvision  torchvision and timm
              authors      the authors' PyTorch code
              xternalz     xternalz, RobustBench and many others
              akamaster    akamaster's ResNets for CIFAR and many others
              bmsookim     bmsookim
              pytorchcv    pytorchcv
              deepmind     DeepMind's robust networks, RobustBench

            Dead tensors are left out. Folded normalisations and biases of convolutions are kept \
            in equivalent tensors. A network for which the dialect's code would compute something \
            else, such as one with the stride elsewhere, is refused.
            """)

    @Argument(help: "The file of weights, or the directory of a run.")
    var input: String

    @Argument(help: "The file to write; its ending is its format.")
    var output: String

    @Option(help: ArgumentHelp("The names to write.", valueName: "name"))
    var dialect = Dialect.canonical

    @Option(
        name: .customLong("dtype"),
        help: ArgumentHelp("The element type to write.", valueName: "type"))
    var elementType = WeightType.float32

    @Option(help: "Refuse a head for another number of classes.")
    var classes: Int?

    @OptionGroup var images: NormalizationOptions

    @Flag(help: "Where running statistics are missing, write those of a new network.")
    var newStatistics = false

    @Flag(help: "Apply the map of names that 'wrn identify --map' proposes.")
    var acceptMap = false

    @OptionGroup(title: "Weights of other programs") var foreign: ForeignWeightsOptions

    @OptionGroup var format: OutputOptions

    /// The output of the command.
    private struct Report: Encodable {
        let network: String
        let classes: Int
        let tensors: Int
        let dialect: Dialect
        let elementType: String
        let file: String
        let isModel: Bool
        /// The notes and assumptions about another program's weights.
        let weights: WeightsReading?
        /// Tensors with impossible numbers, such as NaN, which are written as they are.
        let unsound: [UnsoundTensor]
    }

    func validate() throws {
        try checkOption("--classes", classes, isIn: 1...1_000_000)
        let endings = TensorFile.writableEndings
        guard endings.contains(where: output.hasSuffix) else {
            throw ValidationError(
                "the file to write must end in \(endings.dropLast().joined(separator: ", ")) or "
                    + "\(endings.last ?? ""), by which the format is chosen, not \"\(output)\"")
        }
    }

    func run() throws {
        let model = try? Classifier.modelFile(at: input)
        try OutputPlaces(["OUT": output]).check(reading: [input, model])
        var options = foreign.options
        options.classes = classes
        options.statistics = newStatistics ? .initial : .required
        options.acceptsProposal = acceptMap
        let conversion = try WeightsConversion(
            contentsOf: WeightsSource(input), normalization: images.normalization?.normalization,
            options: options)
        conversion.reading?.say()
        let type = elementType.elementType
        let written = try conversion.write(to: output, in: dialect, as: type)
        let report = Report(
            network: conversion.network.name, classes: conversion.network.classes,
            tensors: written.tensors, dialect: dialect, elementType: type.rawValue, file: output,
            isModel: written.isModel, weights: conversion.reading, unsound: conversion.unsound)
        for tensor in conversion.unsound {
            StandardError.write(
                "wrn: warning: \(input): tensor \(tensor.name) \(tensor.problem); it is written as "
                    + "it is\n"
            )
        }
        let text: DisplayText =
            "\(output): \(report.network), \(Numbers.counted(report.tensors, "tensor")) of "
            + "\(type.rawValue) in \(dialect.title)\(written.isModel ? "; a model" : "")\n"
        try StandardOutput.write(format.json ? jsonText(report) : text)
    }
}

/// The element types in which weights are written.
enum WeightType: String, ExpressibleByArgument, CaseIterable {
    case float32
    case float16
    case bfloat16
    case float64

    var elementType: ElementType {
        switch self {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float64: .float64
        }
    }
}
