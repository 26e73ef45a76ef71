// SPDX-License-Identifier: Apache-2.0

public import WRNCheckpoint
import WRNGraph
public import WRNTensor
import WRNText
public import WRNZoo

/// Somebody's weights, understood: the network they belong to and the tensors that it reads.
///
///     let weights = ForeignWeights(try TensorFile.read(contentsOf: "wide_resnet50_2.pth"))
///     weights.identification.network?.name      // wrn-50-2
///     let tensors = try weights.tensors()
public struct ForeignWeights: Sendable {
    /// What to do about normalisations without running statistics.
    public enum StatisticsRule: Hashable, Sendable {
        /// Refuse: without them the network cannot classify.
        case required
        /// Mean 0 and variance 1, as in a new network; whoever trains on computes others.
        case initial
    }

    /// The file's tensors.
    public let archive: TensorArchive
    /// What was found.
    public let identification: Identification

    private let match: NameMatch?

    /// Finds the network and the dialect of a file's tensors, from names, shapes and element types alone.
    ///
    /// - Parameter part: Which of several networks in the file, by the prefix of its names without the last dot, such as
    ///   `model_ema`; nil for the one that was trained.
    public init(_ archive: TensorArchive, part: String? = nil) {
        self.archive = archive
        let identifier = Identifier(archive, part: part)
        identification = identifier.identification
        match = identifier.match
    }

    /// The network of the zoo; its graph has the parameters that ``tensors(classes:statistics:acceptingProposal:)`` returns.
    ///
    /// - Throws: A ``WeightsError`` when the tensors are no network's.
    public func network() throws(WeightsError) -> any Architecture {
        try understood().network
    }

    /// Every parameter and running statistic of the network, by its name in the graph, as float32.
    ///
    /// Biases of convolutions and folded normalisations are moved into normalisations, which changes no result but by rounding. A head
    /// without bias gets zeros. Dead tensors are left out.
    ///
    /// - Parameters:
    ///   - classes: The number of classes that the caller needs; nil for any.
    ///   - statistics: What to do about missing running statistics.
    ///   - acceptingProposal: Whether a map that only the structure proposes is applied; somebody should have looked at it.
    /// - Throws: A ``WeightsError`` that says which rule is broken, a `CheckpointError` when the file cannot be read.
    public func tensors(
        classes: Int? = nil, statistics: StatisticsRule = .required,
        acceptingProposal: Bool = false
    ) throws -> [String: Tensor] {
        let match = try understood()
        try check(match, classes, statistics, acceptingProposal)
        var tensors: [String: Tensor] = [:]
        for layer in match.outline.layers {
            for parameter in layer.node.parameters {
                if let source = match.sources[parameter.name] {
                    tensors[parameter.name] = try archive.tensor(named: source)
                } else {
                    tensors[parameter.name] = Self.replacement(for: parameter, of: layer.node)
                }
            }
        }
        var biases: [NodeID: [Float]] = [:]
        for (node, source) in match.biases {
            biases[node] = try archive.tensor(named: source).elements
        }
        do throws(ConvolutionBiases.Obstacle) {
            try ConvolutionBiases(graph: match.outline.graph).move(biases, into: &tensors)
        } catch {
            throw WeightsError(
                .immovableBias, file: archive.file,
                "expected biases of convolutions that a normalisation reads, found one that reaches "
                    + quoted(error.node),
                advice: "fold it before the weights are saved")
        }
        return tensors
    }

    /// What a tensor is that the rules allow to be missing.
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
        throw WeightsError(
            .unknownNetwork, file: archive.file,
            "expected the tensors of a residual network of the zoo, found others, for example "
                + listed(archive.entries.prefix(3).map(\.name)),
            advice: "check that the file is one of a network that 'wrn summary' can show")
    }

    private func check(
        _ match: NameMatch, _ classes: Int?, _ statistics: StatisticsRule, _ acceptingProposal: Bool
    ) throws(WeightsError) {
        guard match.isWhole else {
            throw WeightsError(
                .otherTensors, file: archive.file,
                "the tensors are nearly those of \(match.network.name), but "
                    + difference(match),
                advice: "get a whole file, or one of another network")
        }
        guard match.dialect != nil || acceptingProposal else {
            throw WeightsError(
                .unknownDialect, file: archive.file,
                "the names are of no known dialect; by their shapes and order the tensors could be "
                    + "those of \(match.network.name)",
                advice: "look at the map that 'wrn identify --map' proposes, and accept it")
        }
        guard classes == nil || classes == match.network.classes else {
            throw WeightsError(
                .otherClassCount, file: archive.file,
                "expected a head for \(classes ?? 0) classes, found one for "
                    + "\(match.network.classes)",
                advice: "name the file's number of classes, or train a new head")
        }
        guard !match.lacksStatistics || statistics == .initial else {
            throw WeightsError(
                .missingStatistics, file: archive.file,
                "expected running statistics of the normalisations, found none",
                advice: "save the whole state of the network, not only its parameters")
        }
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
