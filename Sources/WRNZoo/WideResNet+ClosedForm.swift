// SPDX-License-Identifier: Apache-2.0

extension WideResNet {
    /// The number of trainable parameters by formula, without building the network.
    ///
    /// With widths n₁, n₂, n₃ = 16k, 32k, 64k after n₀ = 16, C classes and I input channels:
    ///
    ///     P = 144·I + 2·n₃ + C·n₃ + C
    ///       + sum over groups of  9·nᵢ·nₒ + 9·nₒ² + 2·nᵢ + 2·nₒ + [nᵢ ≠ nₒ, or the stride is 2]·nᵢ·nₒ
    ///                             + (N - 1)·(18·nₒ² + 4·nₒ)
    public var closedFormParameterCount: Int {
        var count = 144 * inputChannels
        var input = 16
        for (group, output) in groupChannels.enumerated() {
            count += 9 * input * output + 9 * output * output + 2 * input + 2 * output
            if input != output || group > 0 { count += input * output }
            count += (blocksPerGroup - 1) * (18 * output * output + 4 * output)
            input = output
        }
        return count + 2 * input + input * classes + classes
    }
}
