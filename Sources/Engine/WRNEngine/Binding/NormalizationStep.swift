// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNKernels
import WRNPlan
import WRNTensor

/// The arithmetic of a batch normalisation between the passes over the data: a few numbers per
/// channel, in double precision.
struct NormalizationStep {
    private let normalization: LoweredNormalization
    private let vectors: NormalizationVectors
    private let gamma: UnsafePointer<Float>
    private let beta: UnsafePointer<Float>
    private let runningMean: UnsafeMutablePointer<Float>
    private let runningVariance: UnsafeMutablePointer<Float>
    private let gammaGradient: UnsafeMutablePointer<Float>?
    private let betaGradient: UnsafeMutablePointer<Float>?

    /// Describes a normalisation of a program.
    ///
    /// - Parameter gradients: The block of all gradients, for ``useGradientSums(_:images:)``.
    init(
        _ index: Int, of program: Program, weights: NetworkWeights,
        gradients: UnsafeMutablePointer<Float>? = nil
    ) {
        normalization = program.normalizations[index]
        vectors = weights.normalizationVectors(index)
        let (node, layout) = (program.graph[normalization.node], weights.layout)
        let scale = layout.slot(node, .scale).offset
        let shift = layout.slot(node, .shift).offset
        gamma = UnsafePointer(weights.parameters.floats + scale)
        beta = UnsafePointer(weights.parameters.floats + shift)
        gammaGradient = gradients.map { $0 + scale }
        betaGradient = gradients.map { $0 + shift }
        let statistics = weights.statistics.floats
        runningMean = statistics + layout.slot(node, .runningMean).offset
        runningVariance = statistics + layout.slot(node, .runningVariance).offset
    }

    /// Makes the forward map from the running statistics: inference, and training that leaves them
    /// as they are.
    func useRunningStatistics() {
        for c in 0..<normalization.channels {
            setForward(c, mean: Double(runningMean[c]), variance: Double(runningVariance[c]))
        }
    }

    /// Makes the forward map from the batch's moments and moves the running statistics: training.
    func useBatchStatistics(_ sums: ChannelSums, images: Int) {
        sums.joinMoments(images: images)
        let momentum = normalization.parameters.momentum
        // PyTorch refuses a single value per channel; its unbiased variance is taken as 0 here.
        let count = Double(sums.pixelCount(images: images))
        let unbiased = count > 1 ? count / (count - 1) : 0
        for c in 0..<normalization.channels {
            let (mean, variance) = (sums.first[c], sums.second[c])
            setForward(c, mean: mean, variance: variance)
            runningMean[c] = Float((1 - momentum) * Double(runningMean[c]) + momentum * mean)
            runningVariance[c] = Float(
                (1 - momentum) * Double(runningVariance[c]) + momentum * variance * unbiased)
        }
    }

    /// Makes the gradients of γ and β and the gradient's map from the sums of dz and dz · x̂.
    ///
    ///     dx = γ/σ · (dz - mean(dz) - x̂ · mean(dz · x̂)),   x̂ = (x - μ)/σ
    ///
    /// Running statistics do not depend on x, so with them `dx = γ/σ · dz`.
    func useGradientSums(_ sums: ChannelSums, images: Int) {
        sums.add(images: images)
        let count = Double(sums.pixelCount(images: images))
        for c in 0..<normalization.channels {
            let (sum, product) = (sums.first[c], sums.second[c])
            betaGradient?[c] = Float(sum)
            gammaGradient?[c] = Float(product)
            let inverse = Double(vectors.inverse[c])
            let scale = Double(gamma[c]) * inverse
            vectors.gradientScale[c] = Float(scale)
            if normalization.hasFrozenStatistics {
                (vectors.gradientSlope[c], vectors.gradientShift[c]) = (0, 0)
                continue
            }
            let slope = -scale * inverse * product / count
            vectors.gradientSlope[c] = Float(slope)
            vectors.gradientShift[c] = Float(-scale * sum / count - slope * Double(vectors.mean[c]))
        }
    }

    private func setForward(_ c: Int, mean: Double, variance: Double) {
        let inverse = 1 / (variance + normalization.parameters.epsilon).squareRoot()
        let factor = Double(normalization.factor)
        let scale = Double(gamma[c]) * inverse
        vectors.mean[c] = Float(mean)
        vectors.inverse[c] = Float(inverse)
        vectors.scale[c] = Float(scale * factor)
        vectors.shift[c] = Float((Double(beta[c]) - mean * scale) * factor)
    }
}
