// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNRandom

/// A batch normalisation by its formula.
struct ReferenceNormalization {
    private let normalization: BatchNormalization
    private let name: String
    private let channels: Int
    private let count: Int
    /// Whether the batch is normalised by its own moments, not by the running statistics.
    private let usesBatch: Bool

    init(
        _ normalization: BatchNormalization, _ node: Node, _ images: Int, usesBatch: Bool
    ) {
        self.normalization = normalization
        self.usesBatch = usesBatch
        name = node.name
        channels = node.shape.channels
        count = images * node.shape.pixelCount
    }

    func forward(_ x: [Double], _ values: [String: [Double]]) -> [Double] {
        let (mean, variance) = statistics(x, values)
        let (gamma, beta) = (values[name + ".weight"] ?? [], values[name + ".bias"] ?? [])
        return x.enumerated().map { index, value in
            let c = index % channels
            let deviation = (variance[c] + normalization.epsilon).squareRoot()
            return (value - mean[c]) / deviation * gamma[c] + beta[c]
        }
    }

    func backward(
        _ x: [Double], _ gradient: [Double], _ values: [String: [Double]]
    ) -> (input: [Double], parameters: [String: [Double]]) {
        let (mean, variance) = statistics(x, values)
        let gamma = values[name + ".weight"] ?? []
        let inverse = variance.map { 1 / ($0 + normalization.epsilon).squareRoot() }
        var (sum, product) = (
            [Double](repeating: 0, count: channels), [Double](repeating: 0, count: channels)
        )
        for (index, g) in gradient.enumerated() {
            let c = index % channels
            sum[c] += g
            product[c] += g * (x[index] - mean[c]) * inverse[c]
        }
        let dx = gradient.enumerated().map { index, g in
            let c = index % channels
            // Running statistics are constants.
            guard usesBatch else { return gamma[c] * inverse[c] * g }
            let normalized = (x[index] - mean[c]) * inverse[c]
            let centred = g - sum[c] / Double(count) - normalized * product[c] / Double(count)
            return gamma[c] * inverse[c] * centred
        }
        return (dx, [name + ".weight": product, name + ".bias": sum])
    }

    /// The running statistics after this batch; none where it leaves them as they are.
    func runningStatistics(_ x: [Double], _ values: [String: [Double]]) -> [String: [Double]] {
        guard usesBatch else { return [:] }
        let (mean, variance) = moments(x)
        let unbiased = count > 1 ? Double(count) / Double(count - 1) : 0
        func move(_ suffix: String, towards batch: [Double]) -> [Double] {
            zip(values[name + suffix] ?? [], batch).map {
                (1 - normalization.momentum) * $0 + normalization.momentum * $1
            }
        }
        return [
            name + ".running_mean": move(".running_mean", towards: mean),
            name + ".running_var": move(".running_var", towards: variance.map { $0 * unbiased }),
        ]
    }

    private func statistics(
        _ x: [Double], _ values: [String: [Double]]
    ) -> (mean: [Double], variance: [Double]) {
        usesBatch
            ? moments(x)
            : (values[name + ".running_mean"] ?? [], values[name + ".running_var"] ?? [])
    }

    /// The mean and the biased variance of each channel.
    private func moments(_ x: [Double]) -> (mean: [Double], variance: [Double]) {
        var mean = [Double](repeating: 0, count: channels)
        for (index, value) in x.enumerated() { mean[index % channels] += value / Double(count) }
        var variance = [Double](repeating: 0, count: channels)
        for (index, value) in x.enumerated() {
            let deviation = value - mean[index % channels]
            variance[index % channels] += deviation * deviation / Double(count)
        }
        return (mean, variance)
    }
}

/// Dropout's mask, drawn value by value from the random stream that the engine's bits come from
/// too.
struct ReferenceDropout {
    private let dropout: Dropout
    private let shape: FeatureShape
    private let stream: RandomStream

    init(_ dropout: Dropout, _ node: Node, seed: UInt64, step: Int) {
        self.dropout = dropout
        shape = node.shape
        stream = RandomStream(
            seed: seed, purpose: .dropout, step: step, item: node.id.index)
    }

    /// 0 for a dropped value, 1 / (1 - p) for a kept one, in NHWC order, of these images of a
    /// batch.
    func mask(images: Range<Int>) -> [Double] {
        let blocks = (shape.channels + 15) / 16
        let threshold = UInt32(dropout.probability * 0x1p32)
        let size = shape.elementCount
        return (images.lowerBound * size..<images.upperBound * size).map { index in
            let (pixel, c) = index.quotientAndRemainder(dividingBy: shape.channels)
            // Sixteen channels of a pixel share four blocks of four random words.
            let (block, lane) = c.quotientAndRemainder(dividingBy: 16)
            let counter = (pixel * blocks + block) * 4 + lane / 4
            // A counter has 32 bits; the numbers of a larger batch begin again.
            let word = stream.words(at: Int(UInt32(truncatingIfNeeded: counter)))[lane % 4]
            return word >= threshold ? 1 / (1 - dropout.probability) : 0
        }
    }
}
