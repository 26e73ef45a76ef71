// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNTensor

extension StepDescriber {
    /// What each kind of step is: the one place that a new kind must be added to.
    func describe(_ step: Step) -> Draft {
        switch step {
        case .convolution(let step): describe(step)
        case .moments(let source, let sums):
            Draft(
                kind: .moments, node: node(source), cut: byWindows(sums),
                shape: shape(source), writes: .buffer(sums))
        case .normalize(let index, _): describeVectors(of: index, .normalization)
        case .dropoutMask(let index):
            Draft(
                kind: .dropoutMask, node: graph[program.dropouts[index].node].name,
                cut: "by images", shape: program.dropouts[index].shape.description,
                writes: .buffer(program.dropouts[index].bits))
        case .map(let source, let addend, let destination):
            Draft(
                kind: .map, node: node(destination), cut: "by chunks of pixels",
                reads: fusions(source) + (addend.map { fusions($0) } ?? []),
                finishes: addition(of: addend?.source, to: destination),
                shape: shape(destination), writes: .buffer(destination))
        case .subsampling(let subsampling, let source, let destination):
            Draft(
                kind: .subsampling, node: node(destination), cut: "by images",
                kernel: kernel(subsampling), reads: fusions(source),
                shape: shape(destination), writes: .buffer(destination))
        case .subsamplingGradient(let subsampling, _, let destination, let accumulates):
            Draft(
                kind: .subsamplingGradient, node: node(destination), cut: "by images",
                kernel: kernel(subsampling), finishes: accumulates ? [fusion(.accumulation)] : [],
                shape: shape(destination),
                writes: .buffer(destination))
        case .maxPooling(let window, let source, let destination):
            Draft(
                kind: .maxPooling, node: node(destination), cut: "by rows",
                kernel: kernel(window), reads: fusions(source), shape: shape(destination),
                writes: .buffer(destination))
        case .maxPoolingGradient(let step):
            Draft(
                kind: .maxPoolingGradient, node: node(step.destination), cut: "by rows",
                kernel: kernel(step.window), reads: fusions(step.source),
                finishes: (step.accumulates ? [fusion(.accumulation)] : [])
                    + (step.viewGradient == nil ? [] : [fusion(.viewGradient)]),
                shape: shape(step.destination), writes: .buffer(step.destination))
        case .mean(let source, let destination):
            Draft(
                kind: .mean, node: node(destination), cut: "by images",
                reads: fusions(source), shape: shape(destination), writes: .buffer(destination))
        case .loss(_, let gradient):
            Draft(
                kind: .loss, node: node(gradient), cut: "one thread",
                shape: shape(gradient), writes: .buffer(gradient))
        case .weightGradient(let node, let shape, let source, let gradient, _):
            describeWeightGradient(node, shape, source, gradient)
        case .biasGradient(let id, let gradient):
            Draft(
                kind: .biasGradient, node: graph[id].name, cut: "one thread",
                shape: "\(program.shape(of: gradient).channels)",
                writes: .outside(
                    "gradients",
                    byteCount: bytes(Kernels.padded(program.shape(of: gradient).channels))))
        case .inputGradient(let step): describe(step)
        case .viewGradient(let step):
            Draft(
                kind: .viewGradient, node: node(step.gradient),
                cut: "by windows of \(step.windows.rows) rows",
                reads: fusions(step.view), shape: shape(step.gradient),
                writes: .buffer(step.gradient))
        case .normalizeGradient(let index, _):
            describeVectors(of: index, .normalizationGradient)
        case .spread(_, let destination, let accumulates):
            Draft(
                kind: .spread, node: node(destination), cut: "by images",
                finishes: accumulates ? [fusion(.accumulation)] : [], shape: shape(destination),
                writes: .buffer(destination))
        }
    }

    private func describe(_ step: ConvolutionStep) -> Draft {
        var finishes: [PlanDescription.Fusion] = []
        if let folded = step.folded {
            let node = program.normalizations[folded].node
            finishes.append(fusion(.foldedNormalization, graph[node].name))
        }
        if step.hasBias { finishes.append(fusion(.bias, graph[step.node].name)) }
        finishes += addition(of: step.addend, to: step.destination)
        if let activation = step.activation { finishes.append(fusion(kind(activation))) }
        if step.moments != nil { finishes.append(fusion(.moments)) }
        var kind = PlanDescription.Step.Kind.convolution
        if case .linear = graph[step.node].operation { kind = .linear }
        let plan = step.plan(images: program.images)
        // Weights that are packed in training are read, too; those that are kept are in no buffer.
        let weights = step.packed == nil ? plan.packedCount : step.shape.weightCount
        return Draft(
            kind: kind, node: graph[step.node].name, algorithm: plan.algorithm,
            precision: plan.precision, cut: plan.cutDescription, kernel: kernel(step.shape),
            reads: fusions(step.source),
            finishes: finishes, shape: shape(step.destination), writes: .buffer(step.destination),
            multiplyAdds: multiplyAdds(step.node), cost: plan.cost,
            weightByteCount: bytes(weights))
    }

    private func describe(_ step: InputGradientStep) -> Draft {
        var finishes = step.accumulates ? [fusion(.accumulation)] : []
        if let back = step.viewGradient {
            finishes.append(fusion(.viewGradient, back.view.normalization.map(nodeName)))
        }
        let plan = ConvolutionPlan(step.shape, .inputGradient, images: program.images)
        return Draft(
            kind: .inputGradient, node: graph[step.node].name, algorithm: plan.algorithm,
            cut: plan.cutDescription, kernel: kernel(step.shape), reads: fusions(step.gradient),
            finishes: finishes, shape: shape(step.destination), writes: .buffer(step.destination),
            multiplyAdds: multiplyAdds(step.node), cost: plan.cost,
            weightByteCount: bytes(step.shape.weightCount))
    }

    private func describeWeightGradient(
        _ node: NodeID, _ shape: ConvolutionShape, _ source: BufferView, _ gradient: BufferView
    ) -> Draft {
        let weight = graph[node].parameters.first { $0.role == .weight }
        let plan = WeightGradientPlan(shape, images: program.images)
        return Draft(
            kind: .weightGradient, node: graph[node].name, algorithm: plan.algorithm,
            cut: plan.cutDescription, kernel: kernel(shape),
            reads: fusions(source) + fusions(gradient),
            shape: (weight?.shape.extents ?? []).map { "\($0)" }.joined(separator: "x"),
            writes: .outside("gradients", byteCount: bytes(shape.weightCount)),
            multiplyAdds: multiplyAdds(node), cost: plan.cost,
            weightByteCount: bytes(shape.weightCount))
    }

    private func describeVectors(
        of normalization: Int, _ kind: PlanDescription.Step.Kind
    ) -> Draft {
        let channels = program.normalizations[normalization].channels
        return Draft(
            kind: kind, node: nodeName(normalization), cut: "one thread",
            shape: "\(channels)",
            writes: .outside(
                "coefficients",
                byteCount: bytes(NormalizationVectors.count * Kernels.padded(channels))))
    }
}
