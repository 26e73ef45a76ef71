// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor

// The written rule for the types of a program's buffers of values:
//
// 1. What one step reads and writes pixel by pixel has one type: the buffers of a view, a map's
//    sources and destination, those of poolings and shortcuts and of their gradients, a
//    convolution's addend and destination, a gradient and the view that it is taken back through.
//    A buffer and its gradient have one type, too.
// 2. Convolutions, linear layers, the mean and its gradient may read one type and write another.
// 3. What hangs together with the destination of a mean or of a linear layer is float32: pooled
//    features and logits are few, and errors in them are not averaged out. All else, the images
//    included, has the type of the plan's precision.
//
// Sums are float32, dropout's masks bits, whatever the precision.

extension Program {
    /// Gives each buffer of values the type that the rule says.
    mutating func assignElementTypes() {
        var groups = BufferGroups(count: buffers.count)
        for step in steps {
            for buffers in step.buffersOfOneType { groups.join(buffers) }
        }
        for (index, buffer) in buffers.enumerated() {
            if let original = buffer.differentiated {
                groups.join([BufferID(index: index), original])
            }
        }
        var wide: Set<Int> = []
        for destination in steps.compactMap(wideDestination) {
            wide.insert(groups.root(destination.index))
        }
        for index in buffers.indices
        where buffers[index].content == .values && buffers[index].elementType != .bool {
            buffers[index].elementType =
                wide.contains(groups.root(index)) ? .float32 : precision.elementType
        }
    }

    /// The destination of a step that is float32 in every precision.
    private func wideDestination(of step: Step) -> BufferID? {
        switch step {
        case .mean(_, let destination): return destination
        case .convolution(let step):
            if case .linear = graph[step.node].operation { return step.destination }
            return nil
        default: return nil
        }
    }
}

extension Step {
    /// The groups of buffers that the step needs to have one type each.
    fileprivate var buffersOfOneType: [[BufferID]] {
        switch self {
        case .convolution(let step):
            [step.source.buffers, [step.destination] + [step.addend].compactMap(\.self)]
        case .map(let source, let addend, let destination):
            [source.buffers + (addend?.buffers ?? []) + [destination]]
        case .subsampling(_, let source, let destination),
            .maxPooling(_, let source, let destination):
            [source.buffers + [destination]]
        case .mean(let source, _): [source.buffers]
        case .loss(let logits, let gradient): [[logits, gradient]]
        case .weightGradient(let step): [step.source.buffers, step.gradient.buffers]
        case .inputGradient(let step):
            [step.gradient.buffers, [step.destination] + (step.viewGradient?.buffers ?? [])]
        case .viewGradient(let step): [step.buffers]
        case .subsamplingGradient(_, let gradient, let destination, _): [[gradient, destination]]
        case .maxPoolingGradient(let step):
            [
                step.source.buffers + [step.gradient, step.destination]
                    + (step.viewGradient?.buffers ?? [])
            ]
        case .moments, .normalize, .normalizeGradient, .dropoutMask, .biasGradient, .spread: []
        }
    }
}

extension BufferView {
    fileprivate var buffers: [BufferID] { [source] + [second].compactMap(\.self) }
}

extension ViewGradientStep {
    fileprivate var buffers: [BufferID] { view.buffers + [gradient] }
}

extension Precision {
    /// The type of a buffer's elements.
    fileprivate var elementType: ElementType { self == .float32 ? .float32 : .bfloat16 }
}

/// Disjoint groups of buffers, by their numbers: union-find.
private struct BufferGroups {
    private var parents: [Int]

    init(count: Int) {
        parents = Array(0..<count)
    }

    /// The buffer that stands for the group of another.
    mutating func root(_ buffer: Int) -> Int {
        var root = buffer
        while parents[root] != root {
            parents[root] = parents[parents[root]]
            root = parents[root]
        }
        return root
    }

    /// Makes one group of the groups of some buffers.
    mutating func join(_ buffers: [BufferID]) {
        guard let first = buffers.first else { return }
        for other in buffers.dropFirst() { parents[root(other.index)] = root(first.index) }
    }
}
