// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor
import WRNTensorFiles
import WRNZoo

/// A comparison of a network with the tensors of a file: the name of each parameter's tensor, and
/// the differences.
struct NameMatch: Sendable {
    let network: any Architecture
    let outline: NetworkOutline
    /// Nil for a map that was found by structure.
    let dialect: Dialect?
    let prefix: String
    /// For each parameter of the graph, the name of its tensor in the file.
    private(set) var sources: [String: String] = [:]
    /// For each convolution that has one in the file, its bias.
    private(set) var biases: [NodeID: String] = [:]
    /// The parameters that the file lacks.
    private(set) var missing: [Parameter] = []
    /// The parameters whose tensor has another shape.
    private(set) var differentlyShaped: [(parameter: Parameter, found: TensorShape)] = []

    /// The layer of the logits.
    let head: FoundHead

    /// Looks all parameters of a network up by their names in a dialect.
    init(
        _ network: any Architecture, _ outline: NetworkOutline, _ names: TensorNames,
        _ dialect: Dialect, head: FoundHead = .named
    ) {
        self.network = network
        self.outline = outline
        self.dialect = dialect
        self.head = head
        prefix = names.prefix
        for layer in outline.layers {
            for parameter in layer.node.parameters {
                if layer.place == .head, case .linear(let weight, let bias) = head {
                    add(parameter, parameter.role == .bias ? bias : weight)
                    continue
                }
                add(parameter, Self.entry(for: parameter, of: layer, in: names, dialect, outline))
            }
            if layer.node.isConvolution {
                addBias(
                    of: layer.node,
                    names.first(of: dialect.names(of: layer.place, .bias, in: outline.form)))
            }
        }
    }

    /// The tensor of a layer's parameter by its names in a dialect.
    private static func entry(
        for parameter: Parameter, of layer: NetworkOutline.Layer, in names: TensorNames,
        _ dialect: Dialect, _ outline: NetworkOutline
    ) -> TensorArchive.Entry? {
        names.first(
            of: dialect == .canonical
                ? [parameter.name]
                : dialect.names(of: layer.place, parameter.role, in: outline.form))
    }

    /// Whether a part has a tensor for each convolution of a network, for which no rule has a
    /// replacement; the search ends with the first that is missing.
    static func hasConvolutions(
        of outline: NetworkOutline, _ names: TensorNames, _ dialect: Dialect
    ) -> Bool {
        outline.layers.allSatisfy { layer in
            !layer.node.isConvolution
                || layer.node.parameters.allSatisfy {
                    entry(for: $0, of: layer, in: names, dialect, outline) != nil
                }
        }
    }

    /// Takes a map that was found by structure.
    init(
        _ network: any Architecture, _ outline: NetworkOutline,
        proposal: [String: TensorArchive.Entry], biases: [NodeID: TensorArchive.Entry] = [:]
    ) {
        self.network = network
        self.outline = outline
        dialect = nil
        prefix = ""
        head = .named
        for layer in outline.layers {
            for parameter in layer.node.parameters { add(parameter, proposal[parameter.name]) }
            addBias(of: layer.node, biases[layer.node.id])
        }
    }

    private mutating func add(_ parameter: Parameter, _ entry: TensorArchive.Entry?) {
        guard let entry else {
            missing.append(parameter)
            return
        }
        sources[parameter.name] = entry.name
        if entry.shape != parameter.shape { differentlyShaped.append((parameter, entry.shape)) }
    }

    private mutating func addBias(of node: Node, _ entry: TensorArchive.Entry?) {
        guard let entry, entry.shape == [node.shape.channels] else { return }
        biases[node.id] = entry.name
    }

    /// The names of all tensors of the file that the network reads.
    var used: Set<String> { Set(sources.values).union(biases.values) }

    /// Whether each normalisation is missing and has left a bias in the convolution before it.
    var isFolded: Bool {
        let normalizations = outline.layers.filter(\.node.isNormalization)
        let convolutions = outline.layers.filter(\.node.isConvolution)
        return !normalizations.isEmpty
            && normalizations.allSatisfy {
                $0.node.parameters.allSatisfy { sources[$0.name] == nil }
            }
            && convolutions.allSatisfy {
                biases[$0.node.id] != nil && outline.normalization(behind: $0.node) != nil
            }
    }

    /// Whether the normalisations are there, but none has running statistics.
    var lacksStatistics: Bool {
        let statistics = outline.graph.parameters.filter { !$0.isTrainable }
        return !isFolded && !statistics.isEmpty
            && statistics.allSatisfy { sources[$0.name] == nil }
    }

    /// Whether the head is there without its bias.
    var lacksHeadBias: Bool {
        head.isLinear && missing.contains { $0.role == .bias }
            && !missing.contains { $0.shape.rank == 2 }
    }

    /// The parameters that are missing and have no rule by which they could be replaced.
    var trulyMissing: [Parameter] {
        let (isFolded, lacksStatistics, lacksHeadBias) = (isFolded, lacksStatistics, lacksHeadBias)
        // A file may name thousands of layers and lack all their parameters: the head's names are
        // collected once.
        let replaced: Set<String> = head.isLinear ? [] : headParameters
        return missing.filter { parameter in
            if replaced.contains(parameter.name) { return false }
            return switch parameter.role {
            case .scale, .shift: !isFolded
            case .runningMean, .runningVariance: !isFolded && !lacksStatistics
            case .bias: !lacksHeadBias
            case .weight: true
            }
        }
    }

    /// The names of the head's parameters.
    private var headParameters: Set<String> {
        let heads = outline.layers.filter { $0.place == .head }
        return Set(heads.flatMap { $0.node.parameters.map(\.name) })
    }

    /// Whether the file holds this network, the head apart, by the rules for what may be missing.
    var isWhole: Bool { trulyMissing.isEmpty && differentlyShaped.isEmpty }

    /// Whether it fits better than another: whole before partial, then by the tensors that fit,
    /// less what does not.
    func isBetter(than other: NameMatch) -> Bool {
        (isWhole ? 1 : 0, score) > (other.isWhole ? 1 : 0, other.score)
    }

    private var score: Int {
        used.count - 2 * differentlyShaped.count - trulyMissing.count
    }
}
