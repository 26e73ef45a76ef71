// SPDX-License-Identifier: Apache-2.0

import WRNGraph

/// Appends the loss and the backward steps to a program lowered for training, from its forward
/// steps in reverse.
///
/// The gradient of a buffer is a view: a buffer, or the gradient of the one normalisation that
/// reads it, which is then applied at the load and never stored. Gradients of sums are passed on,
/// not copied, once the step that owned them has finished. What nothing trained lies in or before
/// gets no gradient.
struct BackwardLowering {
    private var program: Program
    private let scope: TrainingScope
    private let forward: [Step]
    /// The buffers that something trained lies in or before.
    private var trained: Set<BufferID> = []
    /// The gradients of buffers, as far as they are summed up.
    private var gradients: [BufferID: BufferView] = [:]
    /// The gradients of views, as far as they are summed up.
    private var viewGradients: [BufferView: BufferID] = [:]
    /// The number of readers of a buffer: bare readers and distinct views.
    private var contributors: [BufferID: Int] = [:]
    /// The first step that reads a view: going backward, the last to add to its gradient.
    private var firstReaders: [BufferView: Int] = [:]

    static func lower(_ program: Program, _ scope: TrainingScope) -> Program {
        var lowering = BackwardLowering(program, scope)
        lowering.run()
        return lowering.program
    }

    private init(_ program: Program, _ scope: TrainingScope) {
        self.program = program
        self.scope = scope
        forward = program.steps
        for (index, step) in forward.enumerated() {
            if let destination = step.differentiated,
                trainsWeights(of: step) || step.gradientReceivers.contains(where: needsGradient)
            {
                trained.insert(destination)
            }
            for view in step.gradientReceivers {
                if view.isBare {
                    contributors[view.source, default: 0] += 1
                } else if firstReaders[view] == nil {
                    firstReaders[view] = index
                    contributors[view.source, default: 0] += 1
                }
            }
        }
    }

    private mutating func run() {
        let logits = program.output
        let gradient = addGradient(of: logits)
        program.steps.append(.loss(logits: logits, gradient: gradient))
        gradients[logits] = BufferView(gradient)
        for index in forward.indices.reversed() {
            guard let destination = forward[index].differentiated, needsGradient(destination)
            else { continue }
            switch forward[index] {
            case .convolution(let step): reverse(step, at: index)
            case .map(let source, let addend, let destination):
                reverseMap(source: source, addend: addend, destination: destination)
            case .mean(let source, let destination):
                let gradient = storedGradient(of: destination)
                contribute(to: source) { target, accumulates in
                    .spread(source: gradient, destination: target, accumulates: accumulates)
                }
            case .subsampling(let subsampling, let source, let destination):
                let gradient = storedGradient(of: destination)
                contribute(to: source) { target, accumulates in
                    .subsamplingGradient(
                        subsampling, gradient: gradient, destination: target,
                        accumulates: accumulates)
                }
            case .maxPooling(let pooling, let source, let destination):
                let gradient = storedGradient(of: destination)
                contribute(to: source) { target, accumulates in
                    .maxPoolingGradient(
                        MaxPoolingGradientStep(
                            pooling: pooling, source: source, gradient: gradient,
                            destination: target, accumulates: accumulates))
                }
            default: continue
            }
            for view in forward[index].gradientReceivers where firstReaders[view] == index {
                finish(view)
            }
        }
    }

    // MARK: Steps

    private mutating func reverse(_ step: ConvolutionStep, at index: Int) {
        // A gradient that is passed on must be a buffer.
        let gradient =
            step.addend == nil && !step.hasBias
            ? gradient(of: step.destination) : BufferView(storedGradient(of: step.destination))
        for parameter in program.graph[step.node].parameters where scope.trains(parameter) {
            program.steps.append(
                parameter.role == .bias
                    ? .biasGradient(node: step.node, gradient: gradient.source)
                    : .weightGradient(
                        WeightGradientStep(
                            node: step.node, source: step.source, gradient: gradient)))
        }
        contribute(to: step.source) { target, accumulates in
            .inputGradient(
                InputGradientStep(
                    node: step.node, gradient: gradient, destination: target,
                    accumulates: accumulates))
        }
        if let addend = step.addend { give(gradient.source, to: BufferView(addend), isFree: true) }
    }

    private mutating func reverseMap(source: BufferView, addend: BufferView?, destination: BufferID)
    {
        let gradient = storedGradient(of: destination)
        if let addend { give(gradient, to: addend, isFree: !needsGradient(source)) }
        give(gradient, to: source, isFree: true)
    }

    /// Adds a stored gradient to that of what a step read as it is; one that nothing else needs is
    /// passed on instead of copied.
    private mutating func give(_ gradient: BufferID, to view: BufferView, isFree: Bool) {
        guard needsGradient(view) else { return }
        let sum = sum(for: view)
        let target = sum ?? (isFree ? gradient : addGradient(of: view.source))
        if target != gradient {
            program.steps.append(
                .map(
                    source: BufferView(gradient), addend: sum.map(BufferView.init),
                    destination: target))
        }
        setSum(target, for: view)
    }

    /// Adds to the gradient of what a step read; `makeStep` gets the place, and whether something
    /// is there already.
    private mutating func contribute(
        to view: BufferView,
        _ makeStep: (_ target: BufferID, _ accumulates: Bool) -> Step
    ) {
        guard needsGradient(view) else { return }
        let sum = sum(for: view)
        let target = sum ?? addGradient(of: view.source)
        program.steps.append(makeStep(target, sum != nil))
        setSum(target, for: view)
    }

    /// The gradient of what steps read, as far as it is summed up.
    private func sum(for view: BufferView) -> BufferID? {
        view.isBare ? gradients[view.source]?.source : viewGradients[view]
    }

    private mutating func setSum(_ sum: BufferID, for view: BufferView) {
        if view.isBare {
            gradients[view.source] = BufferView(sum)
        } else {
            viewGradients[view] = sum
        }
    }

    // MARK: Views

    /// Takes the complete gradient of a view back to its buffer.
    private mutating func finish(_ view: BufferView) {
        // Once only: a sum may read one view twice.
        guard let gradient = viewGradients.removeValue(forKey: view) else { return }
        appendViewGradient(view, gradient)
        guard needsGradient(view.source) else { return }
        var result = BufferView(gradient)
        if let normalization = view.normalization {
            result.second = view.source
            result.affine = .normalizationGradient(normalization)
        }
        if contributors[view.source] == 1 {
            gradients[view.source] = result
        } else if let sum = gradients[view.source] {
            program.steps.append(
                .map(source: result, addend: BufferView(sum.source), destination: sum.source))
        } else {
            if !result.isBare {
                program.steps.append(.map(source: result, addend: nil, destination: gradient))
            }
            gradients[view.source] = BufferView(gradient)
        }
    }

    /// Fuses the way back through a view into the step that completed its gradient, where that is
    /// possible.
    private mutating func appendViewGradient(_ view: BufferView, _ gradient: BufferID) {
        let sums = view.normalization.map { _ in
            program.addSums(program.shape(of: view.source), name(gradient) + ".sums")
        }
        let back = ViewGradientStep(view: view, gradient: gradient, sums: sums)
        let last = program.steps.count - 1
        if let fused = program.steps[last].followed(by: back) {
            program.steps[last] = fused
        } else {
            program.steps.append(.viewGradient(back))
        }
        if let normalization = view.normalization, let sums {
            program.steps.append(.normalizeGradient(normalization, sums: sums))
        }
    }

    // MARK: Buffers

    private func needsGradient(_ buffer: BufferID) -> Bool { trained.contains(buffer) }

    private func needsGradient(_ view: BufferView) -> Bool {
        needsGradient(view.source)
            || view.normalization.map { trains(program.normalizations[$0].node) } ?? false
    }

    private func trainsWeights(of step: Step) -> Bool {
        if case .convolution(let step) = step { trains(step.node) } else { false }
    }

    private func trains(_ node: NodeID) -> Bool { scope.trains(program.graph[node]) }

    /// The complete gradient of a buffer that needs one; every buffer leads to the loss, so it has
    /// one.
    private func gradient(of buffer: BufferID) -> BufferView {
        guard let gradient = gradients[buffer] else {
            preconditionFailure("buffer \(name(buffer)) does not lead to the loss")
        }
        return gradient
    }

    private mutating func storedGradient(of buffer: BufferID) -> BufferID {
        let gradient = gradient(of: buffer)
        if !gradient.isBare {
            program.steps.append(
                .map(source: gradient, addend: nil, destination: gradient.source))
        }
        return gradient.source
    }

    private mutating func addGradient(of buffer: BufferID) -> BufferID {
        program.addValues(
            program.shape(of: buffer), name(buffer) + ".gradient", gradientOf: buffer)
    }

    private func name(_ buffer: BufferID) -> String { program[buffer].name }
}

extension Step {
    /// The destination of a forward step as a function of its sources; nil for the steps that only
    /// prepare others.
    fileprivate var differentiated: BufferID? {
        switch self {
        case .convolution(let step): step.destination
        case .map(_, _, let destination), .mean(_, let destination),
            .maxPooling(_, _, let destination), .subsampling(_, _, let destination):
            destination
        default: nil
        }
    }

    /// The values that a forward step reads and that get a gradient from it.
    fileprivate var gradientReceivers: [BufferView] {
        switch self {
        case .convolution(let step):
            [step.source] + [step.addend].compactMap { $0.map(BufferView.init) }
        case .map(let source, let addend, _): [source] + [addend].compactMap(\.self)
        case .mean(let source, _), .maxPooling(_, let source, _), .subsampling(_, let source, _):
            [source]
        default: []
        }
    }
}
