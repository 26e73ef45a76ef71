// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor
import WRNTensorFiles
import WRNZoo

/// Looks for a network in tensors whose names are of no known dialect: by their order, shapes and
/// kinds along the graph.
///
/// Among weights of one shape the order decides, which is that of the file, or where the file has
/// none, that of the names. A network is found only when the shapes of all its weights are there
/// and no others; still, nothing proves the order, so what is found is a proposal.
struct StructuralMatch {
    private let convolutions: [TensorArchive.Entry]
    private let vectors: [Kind: [TensorArchive.Entry]]
    private let head: TensorArchive.Entry
    private let headBias: TensorArchive.Entry?
    private let biases: [String: TensorArchive.Entry]

    /// The kind of a vector by the last part of its name.
    private enum Kind: Hashable {
        case scale
        case shift
        case mean
        case variance

        init?(_ name: String) {
            switch name.split(separator: ".").last.map({ $0.lowercased() }) {
            case "weight", "gamma", "scale": self = .scale
            case "bias", "beta", "shift": self = .shift
            case "running_mean", "moving_mean", "mean": self = .mean
            case "running_var", "moving_variance", "running_variance", "var": self = .variance
            default: return nil
            }
        }

        init?(_ role: Parameter.Role) {
            switch role {
            case .scale: self = .scale
            case .shift: self = .shift
            case .runningMean: self = .mean
            case .runningVariance: self = .variance
            case .weight, .bias: return nil
            }
        }
    }

    /// Sorts the tensors by their kind; nil where there is no single linear layer.
    init?(_ archive: TensorArchive) {
        let relevant = archive.entries.filter { entry in
            entry.elementType.isFloatingPoint && !entry.name.lowercased().contains("optim")
        }
        let ordered =
            archive.format.keepsOrder
            ? relevant : relevant.sorted { NaturalOrder.precedes($0.name, $1.name) }
        convolutions = ordered.filter { $0.shape.rank == 4 }
        let matrices = ordered.filter { $0.shape.rank == 2 }
        guard !convolutions.isEmpty, matrices.count == 1 else { return nil }
        head = matrices[0]
        let parent = Self.parent(of: head.name)
        headBias = ordered.first {
            $0.shape == [matrices[0].shape.extents[0]] && Self.parent(of: $0.name) == parent
        }
        let parents = Set(convolutions.map { Self.parent(of: $0.name) })
        var biases: [String: TensorArchive.Entry] = [:]
        var vectors: [Kind: [TensorArchive.Entry]] = [:]
        for entry in ordered where entry.shape.rank == 1 && entry.name != headBias?.name {
            let owner = Self.parent(of: entry.name)
            guard let kind = Kind(entry.name) else { continue }
            if parents.contains(owner) {
                biases[owner] = entry
            } else {
                vectors[kind, default: []].append(entry)
            }
        }
        self.biases = biases
        self.vectors = vectors
    }

    private static func parent(of name: String) -> String {
        name.split(separator: ".", omittingEmptySubsequences: false).dropLast()
            .joined(separator: ".")
    }

    /// The map, for the first network whose weights have just these shapes.
    func proposal(_ known: KnownFunction) -> NameMatch? {
        let shapes = Self.counts(convolutions.map(\.shape))
        for candidate in candidates {
            let network = known.applied(to: candidate, nil)
            let size = network.usualImageSize
            guard let graph = try? network.graph(height: size, width: size) else { continue }
            let outline = NetworkOutline(graph)
            let wanted = outline.layers.filter(\.node.isConvolution).map {
                $0.node.parameters[0].shape
            }
            guard Self.counts(wanted) == shapes else { continue }
            let match = match(network, outline)
            if match.isWhole { return match }
        }
        return nil
    }

    private func match(_ network: any Architecture, _ outline: NetworkOutline) -> NameMatch {
        var weights = Self.queues(convolutions)
        var rest = vectors.mapValues(Self.queues)
        var proposal: [String: TensorArchive.Entry] = [:]
        var biases: [NodeID: TensorArchive.Entry] = [:]
        for layer in outline.layers {
            for parameter in layer.node.parameters {
                let entry: TensorArchive.Entry?
                if layer.node.isConvolution {
                    entry = weights[parameter.shape]?.popFirst()
                    if let entry {
                        biases[layer.node.id] = self.biases[Self.parent(of: entry.name)]
                    }
                } else if let kind = Kind(parameter.role) {
                    entry = rest[kind]?[parameter.shape]?.popFirst()
                } else {
                    entry = parameter.role == .weight ? head : headBias
                }
                proposal[parameter.name] = entry
            }
        }
        return NameMatch(network, outline, proposal: proposal, biases: biases)
    }

    private var candidates: [any Architecture] {
        let classes = head.shape.extents[0]
        let channels = convolutions.map { $0.shape.extents[1] }.min() ?? 3
        var candidates: [any Architecture] = []
        func add(_ make: () throws(GraphError) -> any Architecture) {
            if let network = try? make() { candidates.append(network) }
        }
        let width = Double(head.shape.extents[1]) / 64
        for shortcuts in [3, 2, 0] {
            let branches = convolutions.count - 1 - shortcuts
            for kernels in Self.kernels where branches > 0 && branches % (3 * kernels.count) == 0 {
                // Without the shortcuts: 3·N·l convolutions.
                add { () throws(GraphError) in
                    try WideResNet(
                        depth: branches + 4, width: width, block: BlockType(kernels),
                        classes: classes, inputChannels: channels)
                }
            }
            for order in [ActivationOrder.post, .pre] {
                for block in [ResNet.Block.basic, .bottleneck] {
                    add { () throws(GraphError) in
                        try ResNet(
                            depth: branches + 2, block: block, activationOrder: order,
                            shortcut: shortcuts == 0 ? .subsampling : .convolution,
                            classes: classes, inputChannels: channels)
                    }
                }
            }
        }
        let inner = convolutions.filter { $0.shape.extents[2] == 3 }.map { $0.shape.extents[0] }
        for depth in ImageNetWideResNet.depths {
            for order in [ActivationOrder.post, .pre] {
                add { () throws(GraphError) in
                    try ImageNetWideResNet(
                        depth: depth, width: Double(inner.min() ?? 64) / 64, activationOrder: order,
                        classes: classes, inputChannels: channels)
                }
            }
        }
        return candidates
    }

    /// The blocks of the paper's Tables 2 and 3.
    private static let kernels = [
        [3, 3], [3], [3, 3, 3], [3, 3, 3, 3], [3, 1, 3], [1, 3, 1], [1, 3], [3, 1], [3, 1, 1],
    ]

    private static func counts(_ shapes: [TensorShape]) -> [TensorShape: Int] {
        Dictionary(shapes.map { ($0, 1) }, uniquingKeysWith: +)
    }

    private static func queues(
        _ entries: [TensorArchive.Entry]
    ) -> [TensorShape: ArraySlice<TensorArchive.Entry>] {
        Dictionary(grouping: entries, by: \.shape).mapValues { $0[...] }
    }
}
