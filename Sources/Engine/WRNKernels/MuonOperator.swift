// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// The orthogonalisation of a convolution's filters, as a matrix with a row for each output.
///
/// Newton and Schulz's iteration, five times, with X of a norm of at most 1:
///
///     A = X Xᵀ,   X = (a I + (b I + c A) A) X,   (a, b, c) = (3.4445, -4.7750, 2.0315)
///
/// It moves all singular values towards 1, which they reach within a third. The matrix lies in
/// memory as the engine's weights do, transposed: rows of kernel elements and inputs, of as many
/// floats as there are outputs. That is a map, so that the products are those of layers: A is the
/// gradient of the weight of a 1x1 convolution, and what is multiplied by a square matrix is
/// convolved with it.
///
/// - Reference: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks".
package final class Orthogonalization {
    /// The number of iterations.
    package static let iterations = 5
    /// The coefficients a, b and c.
    package static let coefficients: (a: Double, b: Double, c: Double) = (3.4445, -4.7750, 2.0315)

    private let layout: Layout
    private let memory: Memory
    private let gram: [WeightGradientOperator]
    private let square: ConvolutionOperator
    private let products: [ConvolutionOperator]
    private let packings: (square: WeightPacking, product: WeightPacking)

    /// The maps as which the matrices are multiplied, and what they take.
    private struct Layout {
        let outputs: Int
        let rows: Int
        let images: Int
        let matrix: ConvolutionShape
        let gram: WeightGradientPlan
        let square: ConvolutionPlan
        let product: ConvolutionPlan

        init(_ shape: ConvolutionShape) {
            outputs = shape.outputChannels
            let (padded, columns) = (Kernels.padded(outputs), Kernels.lanes)
            rows = shape.weightCount / padded
            // As many images as there are tasks, so that threads share the products.
            let blocks = rows / columns
            let images = (1...8).last { blocks.isMultiple(of: $0) } ?? 1
            self.images = images
            let outputs = outputs
            func pointwise(height: Int) -> ConvolutionShape {
                ConvolutionShape(
                    input: (outputs, height, columns), output: (outputs, height, columns),
                    kernelSize: 1, stride: 1, padding: 0)
            }
            matrix = pointwise(height: blocks / images)
            gram = WeightGradientPlan(matrix, images: images, algorithm: .direct)
            product = ConvolutionPlan(matrix, .forward, images: images, algorithm: .direct)
            square = ConvolutionPlan(
                pointwise(height: padded / columns), .forward, images: 1, algorithm: .direct)
        }

        /// The floats of the matrix, of a square one with its side, and of the other parts.
        var counts: [Int] {
            let (matrix, square) = (rows * side, side * side)
            return [
                matrix, matrix, square, square, square,
                max(self.square.packedCount, product.packedCount), gram.partFloats,
            ].map { ($0 + Kernels.lanes - 1) / Kernels.lanes * Kernels.lanes }
        }

        var side: Int { Kernels.padded(outputs) }
    }

    /// The places of the matrices.
    private struct Memory {
        let matrices: [UnsafeMutablePointer<Float>]
        let gram, weights, square, packed, parts: UnsafeMutablePointer<Float>

        init(_ layout: Layout, at base: UnsafeMutablePointer<Float>) {
            var places: [UnsafeMutablePointer<Float>] = []
            var next = base
            for count in layout.counts {
                places.append(next)
                next += count
            }
            matrices = [places[0], places[1]]
            (gram, weights, square) = (places[2], places[3], places[4])
            (packed, parts) = (places[5], places[6])
        }
    }

    /// The floats of memory that filters of a shape need.
    package static func floatCount(_ shape: ConvolutionShape) -> Int {
        Layout(shape).counts.reduce(0, +)
    }

    /// Prepares the products for filters of a shape in ``floatCount(_:)`` floats of memory.
    package init(
        _ shape: ConvolutionShape, memory base: UnsafeMutablePointer<Float>, kernels: Kernels
    ) {
        let layout = Layout(shape)
        let memory = Memory(layout, at: base)
        func map(_ base: UnsafeMutablePointer<Float>, _ shape: ConvolutionShape) -> FeatureMap {
            FeatureMap(
                base: UnsafeMutableRawPointer(base), elementType: .float32,
                channels: layout.outputs, height: shape.inputHeight, width: shape.inputWidth)
        }
        let maps = memory.matrices.map { map($0, layout.matrix) }
        gram = maps.map {
            WeightGradientOperator(
                layout.gram, source: MapView($0), gradient: MapView($0), destination: memory.gram,
                parts: memory.parts, kernels: kernels)
        }
        products = [(0, 1), (1, 0)].map {
            ConvolutionOperator(
                layout.product, source: MapView(maps[$0.0]), weights: memory.packed,
                destination: maps[$0.1], epilogue: ConvolutionOperator.Epilogue(),
                kernels: kernels)
        }
        square = ConvolutionOperator(
            layout.square, source: MapView(map(memory.gram, layout.square.shape)),
            weights: memory.packed, destination: map(memory.square, layout.square.shape),
            epilogue: ConvolutionOperator.Epilogue(), kernels: kernels)
        packings = (
            WeightPacking(layout.square, source: memory.weights, destination: memory.packed),
            WeightPacking(layout.product, source: memory.square, destination: memory.packed)
        )
        self.layout = layout
        self.memory = memory
    }

    /// The scratch memory that it needs.
    package var scratch: Workspace.Scratch {
        var scratch = square.scratch
        for part in gram.map(\.scratch) + products.map(\.scratch) { scratch.include(part) }
        return scratch
    }

    /// Where the matrix is written before ``run(in:)``, in the engine's order of weights, padding
    /// included.
    package var matrix: UnsafeMutablePointer<Float> { memory.matrices[0] }

    /// Orthogonalises the matrix and returns the result's place, which holds until the next run.
    package func run(in workspace: Workspace) -> UnsafePointer<Float> {
        let (a, b, c) = (
            Float(Self.coefficients.a), Float(Self.coefficients.b), Float(Self.coefficients.c)
        )
        let side = layout.side
        for iteration in 0..<Self.iterations {
            let current = iteration % 2
            gram[current].run(images: layout.images, in: workspace)
            for index in 0..<side * side { memory.weights[index] = c * memory.gram[index] }
            addToDiagonal(b, of: memory.weights)
            packings.square.run(in: workspace)
            square.run(images: 1, in: workspace)
            addToDiagonal(a, of: memory.square)
            packings.product.run(in: workspace)
            products[current].run(images: layout.images, in: workspace)
        }
        return UnsafePointer(memory.matrices[Self.iterations % 2])
    }

    private func addToDiagonal(_ value: Float, of matrix: UnsafeMutablePointer<Float>) {
        for output in 0..<layout.outputs { matrix[output * (layout.side + 1)] += value }
    }
}

/// One step of Muon over the filters of one convolution.
///
/// Without fused multiply-adds outside the products, and with sums of squares in double precision.
package final class MuonOperator {
    private let parameters: UnsafeMutablePointer<Float>
    private let velocities: UnsafeMutablePointer<Float>
    private let count: Int
    private let outputs: Int
    private let orthogonalization: Orthogonalization
    /// The norm below which a direction is not stretched.
    private static let epsilon = 1e-7
    /// The floats of a task.
    private static let chunk = 65_536

    /// What a step does.
    package struct Step {
        let learningRate: Float
        let momentum: Float
        let nesterov: Bool
        let kept: Float?
        let isFirst: Bool

        /// Collects the numbers of a step.
        ///
        /// - Parameters:
        ///   - kept: What multiplies the filters before they are moved; nil to scale them to the
        ///     norm √outputs.
        ///   - isFirst: Whether the velocities hold nothing yet.
        package init(
            learningRate: Float, momentum: Float, nesterov: Bool, kept: Float?, isFirst: Bool
        ) {
            self.learningRate = learningRate
            self.momentum = momentum
            self.nesterov = nesterov
            self.kept = kept
            self.isFirst = isFirst
        }
    }

    /// Describes filters of a shape and their velocities.
    ///
    /// - Parameter memory: ``Orthogonalization/floatCount(_:)`` floats, which other operators may
    ///   use between steps.
    package init(
        _ shape: ConvolutionShape, parameters: UnsafeMutablePointer<Float>,
        velocities: UnsafeMutablePointer<Float>, memory: UnsafeMutablePointer<Float>,
        kernels: Kernels
    ) {
        self.parameters = parameters
        self.velocities = velocities
        count = shape.weightCount
        outputs = shape.outputChannels
        orthogonalization = Orthogonalization(shape, memory: memory, kernels: kernels)
    }

    /// The scratch memory that it needs.
    package var scratch: Workspace.Scratch { orthogonalization.scratch }

    /// Moves the filters.
    package func run(_ step: Step, gradients: UnsafePointer<Float>, in workspace: Workspace) {
        let elements = ElementOperator(count: count)
        let matrix = orthogonalization.matrix
        run(in: workspace) { range in
            for index in range {
                let gradient = gradients[index]
                let velocity =
                    step.isFirst ? gradient : step.momentum * velocities[index] + gradient
                velocities[index] = velocity
                matrix[index] = step.nesterov ? gradient + step.momentum * velocity : velocity
            }
        }
        let norm = elements.squares(matrix, in: workspace).squareRoot()
        elements.scale(matrix, by: Float(1 / (norm + Self.epsilon)), in: workspace)
        let direction = orthogonalization.run(in: workspace)
        let kept = step.kept ?? normalization(elements, workspace)
        run(in: workspace) { range in
            for index in range {
                parameters[index] =
                    kept * parameters[index] - step.learningRate * direction[index]
            }
        }
    }

    /// The factor that gives the filters the norm √outputs; 1 for filters of zeros.
    private func normalization(_ elements: ElementOperator, _ workspace: Workspace) -> Float {
        let squares = elements.squares(parameters, in: workspace)
        return squares == 0 ? 1 : Float((Double(outputs) / squares).squareRoot())
    }

    private func run(in workspace: Workspace, _ body: (Range<Int>) -> Void) {
        workspace.pool.run(count: (count + Self.chunk - 1) / Self.chunk) { task, _ in
            let first = task * Self.chunk
            body(first..<min(first + Self.chunk, count))
        }
    }
}
