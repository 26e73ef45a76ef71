// SPDX-License-Identifier: Apache-2.0

extension WideResNet {
    /// The number of trainable parameters by formula, without building the network.
    ///
    /// With widths n₁, n₂, n₃ = 16k, 32k, 64k after n₀ = 16, kernel sizes m₁ ... mₗ, C classes and I input channels:
    ///
    ///     P = 144·I + 2·n₃ + C·n₃ + C
    ///       + sum over groups of  b(nᵢ) + [nᵢ ≠ nₒ, or the stride is 2]·nᵢ·nₒ + (N - 1)·b(nₒ)
    ///     b(n) = m₁²·n·nₒ + (m₂² + ... + mₗ²)·nₒ² + 2·n + 2·(l - 1)·nₒ
    public var closedFormParameterCount: Int {
        let squares = block.kernelSizes.map { $0 * $0 }
        let rest = squares.dropFirst().reduce(0, +)
        func count(_ input: Int, _ output: Int) -> Int {
            squares[0] * input * output + rest * output * output
                + 2 * input + 2 * (squares.count - 1) * output
        }
        var total = 9 * 16 * inputChannels
        var input = 16
        for (group, output) in groupChannels.enumerated() {
            total += count(input, output) + (blocksPerGroup - 1) * count(output, output)
            if input != output || group > 0 { total += input * output }
            if hasRawBlocks(in: group) { total -= 2 * input }
            input = output
        }
        return total + 2 * input + input * classes + classes
    }
}
