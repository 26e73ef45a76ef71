// SPDX-License-Identifier: Apache-2.0

import WRNGraph
public import WRNTensor
public import WRNTensorFiles
import WRNText
public import WRNZoo

/// Another program's weights with the network to which they belong, and the tensors that it reads.
///
///     let weights = ForeignWeights(try TensorFile.read(contentsOf: "wide_resnet50_2.pth"))
///     weights.identification.network?.name      // wrn-50-2
///     weights.identification.assumedParts       // what names and shapes leave open
///     let tensors = try weights.tensors()
public struct ForeignWeights: Sendable {
    /// The treatment of normalisations without running statistics.
    public enum StatisticsRule: String, Hashable, Sendable, Codable {
        /// Refusal: without them the network cannot classify.
        case required
        /// Mean 0 and variance 1, as in a new network; training computes others.
        case initial
    }

    /// The options for reading a file.
    public struct Options: Hashable, Sendable, Codable {
        /// The choice among several networks in the file, by the prefix of its names without the
        /// last dot, such as `model_ema`; nil for the one that was trained.
        public var part: String?
        /// The number of classes that the head must have; nil for any.
        public var classes: Int?
        /// The treatment of missing running statistics.
        public var statistics: StatisticsRule
        /// Whether a map that was found by structure is applied; a person should have checked it.
        public var acceptsProposal: Bool
        /// The network's function where names and shapes leave it open; nil parts are as in the
        /// dialect's published code.
        public var function: NetworkVariant.Changes
        /// Whether tensors that are not the network's are left out; otherwise they are refused.
        public var ignoresExtra: Bool

        /// Collects the options.
        public init(
            part: String? = nil, classes: Int? = nil, statistics: StatisticsRule = .required,
            acceptsProposal: Bool = false,
            function: NetworkVariant.Changes = NetworkVariant.Changes(), ignoresExtra: Bool = false
        ) {
            self.part = part
            self.classes = classes
            self.statistics = statistics
            self.acceptsProposal = acceptsProposal
            self.function = function
            self.ignoresExtra = ignoresExtra
        }
    }

    /// The file's tensors, with weights that are stored in parts joined.
    public let archive: TensorArchive
    /// The network, the dialect and the other findings.
    public let identification: Identification
    /// The options.
    public let options: Options

    private let match: NameMatch?
    private let functionProblem: String?

    /// Finds the network and the dialect of a file's tensors, from names, shapes and element types
    /// alone.
    ///
    /// - Parameter network: The network's name from the file itself, which determines its function
    ///   if the tensors are that network's; nil if the file has none.
    public init(
        _ archive: TensorArchive, options: Options = Options(), describedAs network: String? = nil
    ) {
        self.archive = archive.computingParametrizations()
        self.options = options
        let identifier = Identifier(
            self.archive, part: options.part, changes: options.function,
            describedAs: network ?? archive.metadata[DialectWriter.networkKey])
        identification = identifier.identification
        match = identifier.match
        functionProblem = identifier.changesProblem
    }

    /// The network of the zoo; its graph has the parameters that ``tensors(for:)`` returns.
    ///
    /// - Throws: A ``WeightsError`` when the tensors are no network's, or the options are
    ///   impossible for the network.
    public func network() throws(WeightsError) -> any Architecture {
        let network = try understood().network
        if let functionProblem {
            throw WeightsError(
                .impossibleFunction, file: archive.file, functionProblem,
                advice: "the file's network is \(network.name)")
        }
        return network
    }

    /// The purpose of the tensors.
    public enum Purpose: Hashable, Sendable {
        /// Answers: all tensors must be there, with finite numbers.
        case answers
        /// Features or further training, which do not need a head; where the file has none, or one
        /// of several layers, the head is zeros.
        case features
        /// Other names or another format, in which numbers that are not finite stay.
        case conversion
    }

    /// Every parameter and running statistic of the network, by its name in the graph, as float32.
    ///
    /// Biases of convolutions and folded normalisations are moved into normalisations, which
    /// changes no result but by rounding. A head without bias gets zeros. Dead tensors are left
    /// out.
    ///
    /// - Throws: A ``WeightsError`` with the broken rule, a `CheckpointError` when the file cannot
    ///   be read.
    public func tensors(for purpose: Purpose = .answers) throws -> [String: Tensor] {
        _ = try network()
        let match = try understood()
        try check(match, purpose)
        var unsound: [UnsoundTensor] = []
        var tensors: [String: Tensor] = [:]
        for layer in match.outline.layers {
            for parameter in layer.node.parameters {
                if let source = match.sources[parameter.name] {
                    let tensor = try archive.tensor(named: source)
                    unsound += [UnsoundTensor(tensor, named: source, parameter.role)].compactMap(
                        \.self)
                    tensors[parameter.name] = tensor
                } else {
                    tensors[parameter.name] = Self.replacement(for: parameter, of: layer.node)
                }
            }
        }
        var biases: [NodeID: [Float]] = [:]
        for (node, source) in match.biases {
            let tensor = try archive.tensor(named: source)
            unsound += [UnsoundTensor(tensor, named: source, .bias)].compactMap(\.self)
            biases[node] = tensor.elements
        }
        if purpose != .conversion { try UnsoundTensor.refuse(unsound, file: archive.file) }
        do throws(ConvolutionBiases.Obstacle) {
            try ConvolutionBiases(graph: match.outline.graph).move(biases, into: &tensors)
        } catch {
            throw WeightsError(
                .immovableBias, file: archive.file,
                "expected biases of convolutions that a normalisation reads, found one that "
                    + "reaches "
                    + quoted(error.node),
                advice: "fold it before the weights are saved")
        }
        return tensors
    }

    /// The tensors of the network whose numbers cannot be weights: not finite, or negative
    /// variances.
    ///
    /// This reads all numbers but those of tensors that have another shape than the network's: they
    /// are none of its weights, and may be of any size.
    ///
    /// - Throws: A `CheckpointError` when the file cannot be read.
    package func unsoundTensors() throws -> [UnsoundTensor] {
        guard let match else { return [] }
        let others = Set(match.differentlyShaped.map { $0.parameter.name })
        var roles: [(name: String, role: Parameter.Role)] = []
        for parameter in match.outline.graph.parameters where !others.contains(parameter.name) {
            if let source = match.sources[parameter.name] { roles.append((source, parameter.role)) }
        }
        roles += match.biases.values.map { ($0, .bias) }
        return try roles.compactMap { name, role in
            UnsoundTensor(try archive.tensor(named: name), named: name, role)
        }.sorted { NaturalOrder.precedes($0.name, $1.name) }
    }

    /// The normalisation of images from tensors beside the network's or from the metadata; nil if
    /// the file has none.
    ///
    /// - Throws: A `CheckpointError` when the file cannot be read.
    package func statedNormalization() throws -> StatedNormalization? {
        guard let match else { return nil }
        let names = identification.normalizationTensors
        if names.count == 2 {
            return StatedNormalization(
                names: names, mean: try archive.tensor(named: names[0]).elements,
                deviation: try archive.tensor(named: names[1]).elements)
        }
        return NormalizationTensors.metadata(of: archive, channels: match.network.inputChannels)
            .flatMap {
                StatedNormalization(names: $0.keys, mean: $0.mean, deviation: $0.deviation)
            }
    }

    /// The value of a tensor that may be missing.
    private static func replacement(for parameter: Parameter, of node: Node) -> Tensor {
        switch parameter.role {
        case .scale:
            // With a variance of 1 the scale that makes the normalisation the identity.
            var epsilon = 0.0
            if case .batchNormalization(let normalization) = node.operation {
                epsilon = normalization.epsilon
            }
            return Tensor(shape: parameter.shape, repeating: Float((1 + epsilon).squareRoot()))
        case .runningVariance: return Tensor(shape: parameter.shape, repeating: 1)
        case .weight, .bias, .shift, .runningMean:
            return Tensor(shape: parameter.shape, repeating: 0)
        }
    }

    private func understood() throws(WeightsError) -> NameMatch {
        if let match { return match }
        if let part = options.part {
            throw WeightsError(
                .unknownPart, file: archive.file,
                "expected a network in the part \(quoted(part)), found none",
                advice: "leave the part out to see which there are")
        }
        throw WeightsError(
            .unknownNetwork, file: archive.file,
            "expected the tensors of a residual network of the zoo, found others, for example "
                + listed(archive.entries.prefix(3).map(\.name)),
            advice: "check that the file is one of a network of the zoo")
    }

    private func check(_ match: NameMatch, _ purpose: Purpose) throws(WeightsError) {
        guard match.isWhole else {
            throw WeightsError(
                .otherTensors, file: archive.file,
                "the tensors are nearly those of \(match.network.name), but "
                    + difference(match),
                advice: "get a whole file, or one of another network")
        }
        guard match.dialect != nil || options.acceptsProposal else {
            throw WeightsError(
                .unknownDialect, file: archive.file,
                "the names are of no known dialect; by their shapes and order the tensors could be "
                    + "those of \(match.network.name)",
                advice: "look at the map of names that is proposed, and accept it")
        }
        try checkHead(match, purpose)
        guard options.classes == nil || options.classes == match.network.classes else {
            throw WeightsError(
                .otherClassCount, file: archive.file,
                "expected a head for \(options.classes ?? 0) classes, found one for "
                    + "\(match.network.classes)",
                advice: "name the file's number of classes, or train a new head")
        }
        guard !match.lacksStatistics || options.statistics == .initial else {
            throw WeightsError(
                .missingStatistics, file: archive.file,
                "expected running statistics of the normalisations, found none; either only the "
                    + "parameters were saved, or these are other normalisations, such as "
                    + "GroupNorm, which names do not show and which are not computed here",
                advice: "save the whole state of a network with batch normalisation")
        }
        guard options.ignoresExtra || identification.extra.isEmpty else {
            let extra = identification.extra
            throw WeightsError(
                .extraTensors, file: archive.file,
                "\(extra.count) \(extra.count == 1 ? "tensor is" : "tensors are") not of "
                    + "\(match.network.name): \(listed(extra)); a network with them computes "
                    + "something else",
                advice: "leave them out only if they have no effect")
        }
    }

    /// Refuses what has no head of one linear layer, where there must be one.
    private func checkHead(_ match: NameMatch, _ purpose: Purpose) throws(WeightsError) {
        guard !match.head.isLinear, purpose != .features else { return }
        let names = identification.headTensors
        throw WeightsError(
            .otherHead, file: archive.file,
            names.isEmpty
                ? "the network ends with its features: expected a linear layer behind them, found "
                    + "none"
                : "expected a head of one linear layer, found several tensors (\(listed(names)))",
            advice:
                "take its features, or train a new head on them; both leave out what is there of a "
                + "head"
        )
    }

    private func difference(_ match: NameMatch) -> String {
        let missing = match.trulyMissing.map(\.name)
        let others = identification.differentlyShaped
        return [
            missing.isEmpty ? nil : "\(missing.count) are missing (\(listed(missing)))",
            others.isEmpty ? nil : "\(others.count) have another shape (\(listed(others)))",
        ].compactMap(\.self).joined(separator: " and ")
    }
}
