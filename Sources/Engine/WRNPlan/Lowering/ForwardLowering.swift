// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor

/// Lowers a graph to forward steps in one walk, fusing as it goes.
///
/// The value of each node is a view. Normalisation, activation and dropout only extend a view;
/// convolutions, sums, means, max poolings and shortcuts read views and fill buffers. A residual
/// sum becomes the epilogue of the convolution that it follows. For inference a normalisation right
/// after a convolution is folded into its weights, and an activation right after that is applied
/// with the result.
///
/// A node whose result is to be kept counts as read by one more, so that nothing is fused into it
/// or behind it, and lies in a buffer.
///
/// A node that is read more than once may end a view but never lies inside one, so that the
/// gradient of every view has one path back.
struct ForwardLowering {
    private let graph: Graph
    private let mode: PlanMode
    private let hasFrozenStatistics: Bool
    private var program: Program
    private var values: [BufferView] = []
    /// Whether a node's value has more than one reader, also through nodes that compute nothing.
    private var isShared: [Bool] = []
    /// The step that fills a buffer.
    private var producers: [BufferID: Int] = [:]

    /// Lowers a graph.
    ///
    /// - Parameter kept: Nodes whose results are read after the last step, beside the output.
    static func lower(
        _ graph: Graph, for mode: PlanMode, keeping kept: [NodeID] = [],
        hasFrozenStatistics: Bool = false, precision: Precision = .float32
    ) -> Program {
        var lowering = ForwardLowering(graph, mode, hasFrozenStatistics, precision)
        for id in kept { lowering.isShared[id.index] = true }
        for node in graph.nodes {
            lowering.lower(node)
            if kept.contains(node.id) { _ = lowering.stored(node.id) }
        }
        lowering.program.output = lowering.stored(graph.output).source
        lowering.program.kept = kept.map { lowering.stored($0).source }
        return lowering.program
    }

    private init(
        _ graph: Graph, _ mode: PlanMode, _ hasFrozenStatistics: Bool, _ precision: Precision
    ) {
        self.graph = graph
        self.mode = mode
        self.hasFrozenStatistics = hasFrozenStatistics
        program = Program(graph, for: mode, precision: precision)
        isShared = graph.readers.map { $0.count > 1 }
    }

    private mutating func lower(_ node: Node) {
        switch node.operation {
        case .input(let shape):
            program.input = program.addValues(shape, node.name)
            values.append(BufferView(program.input))
        case .convolution: addConvolution(node, hasBias: false)
        case .linear: addConvolution(node, hasBias: true)
        case .batchNormalization(let parameters): addNormalization(node, parameters)
        case .activation(let activation): addActivation(node, activation)
        case .dropout(let dropout): addDropout(node, dropout)
        case .add: addSum(node)
        case .subsampling(let subsampling): addSubsampling(node, subsampling)
        case .maxPooling(let pooling): addMaxPooling(node, pooling)
        case .globalAveragePooling: addMean(node)
        }
    }

    // MARK: Nodes that fill buffers

    private mutating func addConvolution(_ node: Node, hasBias: Bool) {
        let destination = program.addValues(node.shape, node.name)
        let step = ConvolutionStep(
            node: node.id, source: values[node.inputs[0].index], destination: destination,
            hasBias: hasBias)
        append(.convolution(step), filling: destination)
        values.append(BufferView(destination))
    }

    private mutating func addSum(_ node: Node) {
        let (first, second) = (node.inputs[0], node.inputs[1])
        // The later convolution takes the other value along as it writes its result.
        for (branch, other) in [
            (max(first, second), min(first, second)), (min(first, second), max(first, second)),
        ]
        where fuseSum(of: branch, and: other) {
            values.append(values[branch.index])
            return
        }
        let (source, addend) =
            values[second.index].dropout == nil
            ? (values[first.index], values[second.index])
            : (values[second.index], undropped(first))
        let destination = program.addValues(node.shape, node.name)
        append(
            .map(source: source, addend: addend, destination: destination), filling: destination)
        values.append(BufferView(destination))
    }

    /// Makes `other` the addend of the convolution `branch`, if that is free and `other` is there
    /// in time.
    private mutating func fuseSum(of branch: NodeID, and other: NodeID) -> Bool {
        let (value, addend) = (values[branch.index], values[other.index])
        guard value.isBare, addend.isBare, value != addend, !isShared[branch.index],
            let index = producers[value.source],
            case .convolution(var step) = program.steps[index], step.addend == nil,
            step.moments == nil, step.activation == nil, (producers[addend.source] ?? -1) < index
        else { return false }
        step.addend = addend.source
        program.steps[index] = .convolution(step)
        return true
    }

    private mutating func addSubsampling(_ node: Node, _ subsampling: Subsampling) {
        let destination = program.addValues(node.shape, node.name)
        append(
            .subsampling(
                subsampling, source: values[node.inputs[0].index], destination: destination),
            filling: destination)
        values.append(BufferView(destination))
    }

    private mutating func addMaxPooling(_ node: Node, _ pooling: MaxPooling) {
        let source = undropped(node.inputs[0])
        let destination = program.addValues(node.shape, node.name)
        append(
            .maxPooling(pooling, source: source, destination: destination),
            filling: destination)
        values.append(BufferView(destination))
    }

    private mutating func addMean(_ node: Node) {
        let view = undropped(node.inputs[0])
        let destination = program.addValues(node.shape, node.name)
        append(.mean(source: view, destination: destination), filling: destination)
        values.append(BufferView(destination))
    }

    // MARK: Nodes that extend views

    private mutating func addNormalization(_ node: Node, _ parameters: BatchNormalization) {
        let source = stored(node.inputs[0]).source
        let index = program.normalizations.count
        program.normalizations.append(
            LoweredNormalization(
                node: node.id, parameters: parameters, channels: node.shape.channels,
                source: source, hasFrozenStatistics: hasFrozenStatistics))
        var view = BufferView(source)
        switch mode {
        case .inference:
            if !fold(index, into: node.inputs[0]) { view.affine = .normalization(index) }
        case .training:
            program.steps.append(
                .normalize(index, sums: hasFrozenStatistics ? nil : moments(of: source)))
            view.affine = .normalization(index)
        }
        values.append(view)
    }

    /// Folds a normalisation into the convolution that it follows, if nothing else reads that.
    private mutating func fold(_ normalization: Int, into source: NodeID) -> Bool {
        guard let (index, convolution) = unsharedConvolution(source), convolution.folded == nil,
            convolution.addend == nil, convolution.activation == nil, !convolution.hasBias
        else { return false }
        var step = convolution
        step.folded = normalization
        program.steps[index] = .convolution(step)
        return true
    }

    private mutating func addActivation(_ node: Node, _ activation: Activation) {
        let source = node.inputs[0]
        if mode == .inference, let (index, convolution) = unsharedConvolution(source),
            convolution.activation.isAbsorbed(by: activation)
        {
            var step = convolution
            step.activation = activation
            program.steps[index] = .convolution(step)
            values.append(values[source.index])
            return
        }
        var view = extendable(source) {
            $0.dropout == nil && $0.activation.isAbsorbed(by: activation)
        }
        view.activation = activation
        values.append(view)
    }

    private mutating func addDropout(_ node: Node, _ dropout: Dropout) {
        let source = node.inputs[0]
        guard mode == .training, dropout.probability > 0 else {
            values.append(values[source.index])
            // The node computes nothing: what reads it also reads its source.
            isShared[node.id.index] = isShared[node.id.index] || isShared[source.index]
            return
        }
        var view = extendable(source) { $0.dropout == nil }
        let bits = program.addBits(node.shape, node.name)
        let factor = Float(1 / (1 - dropout.probability))
        // A factor may move to before the activation only where f(a x) = a f(x).
        let movesFactor = view.activation?.isHomogeneous ?? true
        view.dropout = program.dropouts.count
        program.dropouts.append(
            DropoutMask(
                node: node.id, probability: dropout.probability, shape: node.shape, bits: bits,
                factor: movesFactor ? 1 : factor))
        program.steps.append(.dropoutMask(program.dropouts.count - 1))
        if !movesFactor {
            values.append(view)
            return
        }
        if let normalization = view.normalization {
            program.normalizations[normalization].factor = factor
        } else {
            view.affine = .factor(program.factors.count)
            program.factors.append(ConstantFactor(value: factor, channels: node.shape.channels))
        }
        values.append(view)
    }

    // MARK: Views

    /// The value of a node as a view that one more operation may extend.
    private mutating func extendable(_ node: NodeID, if isOpen: (BufferView) -> Bool) -> BufferView
    {
        let view = values[node.index]
        if view.isBare || (!isShared[node.index] && isOpen(view)) { return view }
        return stored(node)
    }

    /// The value of a node as a view without dropout.
    private mutating func undropped(_ node: NodeID) -> BufferView {
        values[node.index].dropout == nil ? values[node.index] : stored(node)
    }

    /// The value of a node in a buffer of its own, which it is copied to if it is only a view.
    private mutating func stored(_ node: NodeID) -> BufferView {
        let view = values[node.index]
        if view.isBare { return view }
        let destination = program.addValues(graph[node].shape, graph[node].name)
        append(.map(source: view, addend: nil, destination: destination), filling: destination)
        values[node.index] = BufferView(destination)
        return values[node.index]
    }

    /// The step of a convolution whose result nothing but the next node reads.
    private func unsharedConvolution(_ node: NodeID) -> (index: Int, step: ConvolutionStep)? {
        let view = values[node.index]
        guard view.isBare, !isShared[node.index], let index = producers[view.source],
            case .convolution(let step) = program.steps[index]
        else { return nil }
        return (index, step)
    }

    /// The moments of a buffer: from the epilogue of the convolution that fills it, else from a
    /// step of their own.
    private mutating func moments(of source: BufferID) -> BufferID {
        let shape = program.shape(of: source)
        let name = program[source].name + ".moments"
        if let index = producers[source], case .convolution(var step) = program.steps[index] {
            if let moments = step.moments { return moments }
            let sums = program.addSums(shape, name)
            step.moments = sums
            program.steps[index] = .convolution(step)
            return sums
        }
        let sums = program.addSums(shape, name)
        program.steps.append(.moments(source: source, sums: sums))
        return sums
    }

    private mutating func append(_ step: Step, filling destination: BufferID) {
        producers[destination] = program.steps.count
        program.steps.append(step)
    }
}
