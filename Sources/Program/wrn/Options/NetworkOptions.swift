// SPDX-License-Identifier: Apache-2.0

// Public, as conformances of public types are.
public import ArgumentParser
import Foundation
import WRNDialects
import WRNFiles
import WRNGraph
import WRNInference
import WRNModel
import WRNTensorFiles
public import WRNZoo

/// The options for a network by its name.
struct NetworkOptions: ParsableArguments {
    @Argument(help: "The network, for example wrn-28-10 or wrn-50-2.")
    var name: String

    @Option(help: "The number of classes. (default: the network's own, 10 or for ImageNet 1000)")
    var classes: Int?

    @Option(
        help: ArgumentHelp(
            "The channels, rows and columns of an image. (default: the network's own, 3x32x32 or "
                + "for ImageNet 3x224x224)",
            valueName: "CxHxW"),
        transform: InputShape.init(argument:))
    var input: InputShape?

    // The option's own rule refuses negative numbers.
    @Option(parsing: .unconditional, help: "The probability of dropout in each block.")
    var dropout = 0.0

    @OptionGroup(title: "Variant of the network") var variant: VariantOptions

    /// The network and its graph.
    ///
    /// - Throws: A `ValidationError` when there is no such network.
    func network() throws -> (architecture: any Architecture, graph: Graph) {
        do {
            let network = try Zoo.network(
                named: name, classes: classes, dropout: dropout,
                inputChannels: input?.channels ?? 3
            ).applying(variant.changes)
            let graph = try network.graph(
                height: input?.height ?? network.usualImageSize,
                width: input?.width ?? network.usualImageSize)
            return (network, graph)
        } catch {
            throw ValidationError("\(error)")
        }
    }
}

/// The options for a network by its name or by the file of a model.
struct NetworkOrFileOptions: ParsableArguments {
    @Argument(
        help:
            """
            The network, for example wrn-28-10 or wrn-50-2, or the file of a model or directory \
            of a run.
            """
    )
    var network: String

    @Option(help: "The number of classes. (default: the network's own, 10 or for ImageNet 1000)")
    var classes: Int?

    @Option(
        help: ArgumentHelp(
            "The channels, rows and columns of an image. (default: the network's own, 3x32x32 or "
                + "for ImageNet 3x224x224)",
            valueName: "CxHxW"),
        transform: InputShape.init(argument:))
    var input: InputShape?

    // The option's own rule refuses negative numbers.
    @Option(
        parsing: .unconditional, help: "The probability of dropout in each block. (default: 0)")
    var dropout: Double?

    @OptionGroup(title: "Variant of the network") var variant: VariantOptions

    @OptionGroup var choice: PartOptions

    /// A network with its graph and the model from which it was read.
    struct Described {
        let architecture: any Architecture
        let graph: Graph
        let file: String?
        let model: ModelDescription?
        /// The notes and assumptions about another program's weights.
        var reading: WeightsReading?
    }

    /// The network and its graph.
    ///
    /// - Throws: A `ValidationError` when there is no such network, and what reading a file throws.
    func described() throws -> Described {
        // A name of a network that is also a file's means the network, as in every other command.
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
                "the file has the classes and the dropout; leave --classes and --dropout out")
        }
        let path = try Classifier.modelFile(at: network)
        let archive = try TensorFile.read(contentsOf: path)
        guard ModelFile.describesModel(archive) else { return try described(archive) }
        let model = try ModelFile(archive).description
        if let option = variant.given.first {
            throw ValidationError(
                "\(path) names its network, \(model.architecture); leave \(option) out")
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

/// The options for what names and shapes leave open about a network's function.
struct VariantOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The function between normalisations and convolutions: relu, silu, or "
                + "leaky-relu:SLOPE, of which leaky-relu has the slope 0.01 (default: that of "
                + "the name or the file).",
            valueName: "function"),
        transform: Self.activation(of:))
    var activation: Activation?

    @Option(
        help: ArgumentHelp(
            "What the shortcut of a pre-activation block reads where the shape changes: "
                + "activated; raw, the block's own input; first, activated in the first group "
                + "alone; first-block, the same for the branch.",
            valueName: "input"))
    var shortcutInput: NetworkVariant.ShortcutInput?

    @Option(
        name: .customLong("stride-in"),
        help: ArgumentHelp(
            "Which convolution of a stage's first block has the stride: first or second.",
            valueName: "convolution"))
    var stride: NetworkVariant.StridePlacement?

    @Option(
        name: .customLong("pad"),
        help: ArgumentHelp(
            "Where shortcuts without parameters add channels of zeros: behind or both.",
            valueName: "side"))
    var padding: NetworkVariant.ChannelPadding?

    @Option(
        help: ArgumentHelp(
            "Where the zeros around the input of a convolution with a stride are: both, or same, "
                + "as TensorFlow has them.",
            valueName: "side"))
    var stridedPadding: NetworkVariant.StridedPadding?

    // The option's own rule refuses negative numbers.
    @Option(
        parsing: .unconditional,
        help: ArgumentHelp(
            "The number that batch normalisations add to the variance (usual: 0.00001).",
            valueName: "number"))
    var epsilon: Double?

    private static func activation(of argument: String) throws -> Activation {
        do {
            return try Activation(named: argument)
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// The parts that were given.
    var changes: NetworkVariant.Changes {
        NetworkVariant.Changes(
            activation: activation, shortcutInput: shortcutInput, stride: stride, padding: padding,
            stridedPadding: stridedPadding, epsilon: epsilon)
    }

    /// The names of the options that were given.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--activation", activation != nil), ("--shortcut-input", shortcutInput != nil),
            ("--stride-in", stride != nil), ("--pad", padding != nil),
            ("--strided-padding", stridedPadding != nil), ("--epsilon", epsilon != nil),
        ]
        return all.filter(\.1).map(\.0)
    }

    /// The name of the network `name` with the given parts; `name` itself without any.
    ///
    /// - Throws: A `GraphError` if there is no such network.
    func name(of name: String) throws -> String {
        changes.isEmpty ? name : try Zoo.network(named: name).applying(changes).name
    }
}

extension NetworkVariant.ShortcutInput: ExpressibleByArgument {}
extension NetworkVariant.StridePlacement: ExpressibleByArgument {}
extension NetworkVariant.ChannelPadding: ExpressibleByArgument {}
extension NetworkVariant.StridedPadding: ExpressibleByArgument {}
