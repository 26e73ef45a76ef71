// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels

extension StepDescriber {
    func fusion(
        _ kind: PlanDescription.Fusion.Kind, _ node: String? = nil
    ) -> PlanDescription.Fusion {
        PlanDescription.Fusion(kind: kind, node: node)
    }

    /// What a view computes at the load.
    func fusions(_ view: BufferView) -> [PlanDescription.Fusion] {
        var fusions: [PlanDescription.Fusion] = []
        switch view.affine {
        case nil: break
        case .normalization(let index): fusions.append(fusion(.normalization, nodeName(index)))
        case .normalizationGradient(let index):
            fusions.append(fusion(.normalizationGradient, nodeName(index)))
        case .factor: fusions.append(fusion(.factor))
        }
        if let activation = view.activation { fusions.append(fusion(kind(activation))) }
        if let dropout = view.dropout {
            fusions.append(fusion(.dropout, graph[program.dropouts[dropout].node].name))
        }
        return fusions
    }

    func kind(_ activation: Activation) -> PlanDescription.Fusion.Kind {
        switch activation {
        case .relu: .relu
        case .leakyReLU: .leakyReLU
        }
    }

    func addition(
        of addend: BufferID?, to destination: BufferID
    ) -> [PlanDescription.Fusion] {
        guard let addend else { return [] }
        return addend == destination
            ? [fusion(.accumulation)] : [fusion(.residual, node(addend))]
    }

    func algorithm(
        _ algorithm: ConvolutionAlgorithm, _ precision: Precision
    ) -> PlanDescription.Algorithm {
        switch algorithm {
        case .direct: precision == .float32 ? .direct : .directBFloat16
        case .winograd(let size): size == 2 ? .winograd2 : .winograd4
        }
    }

    func kernel(_ shape: ConvolutionShape) -> String {
        let size = "\(shape.kernelSize)x\(shape.kernelSize)"
        return shape.stride == 1 ? size : "\(size)/\(shape.stride)"
    }

    func kernel(_ subsampling: Subsampling) -> String {
        subsampling.stride == 1 ? "1x1" : "1x1/\(subsampling.stride)"
    }

    func kernel(_ window: PoolingWindow) -> String {
        let size = "\(window.size)x\(window.size)"
        return window.stride == 1 ? size : "\(size)/\(window.stride)"
    }

    func byWindows(_ sums: BufferID) -> String {
        guard case .sums(let windows, _) = program.buffers[sums.index].content else { return "" }
        return "by windows of \(windows.rows) rows"
    }

    func nodeName(_ normalization: Int) -> String {
        graph[program.normalizations[normalization].node].name
    }

    func name(_ buffer: BufferID) -> String { program.buffers[buffer.index].name }

    /// The node whose result, or its gradient, a buffer holds.
    func node(_ buffer: BufferID) -> String {
        let (name, suffix) = (name(buffer), ".gradient")
        return name.hasSuffix(suffix) ? String(name.dropLast(suffix.count)) : name
    }

    func shape(_ buffer: BufferID) -> String { program.shape(of: buffer).description }

    func multiplyAdds(_ node: NodeID) -> Int {
        graph[node].multiplyAdds * program.images
    }

    func byteCount(_ buffer: BufferID) -> Int {
        program.buffers[buffer.index].byteCount(images: program.images)
    }

    func bytes(_ floats: Int) -> Int { floats * MemoryLayout<Float>.stride }
}
