// SPDX-License-Identifier: Apache-2.0

extension ResidualNetwork {
    /// The number of trainable parameters by formula, without building the network.
    ///
    /// With I input channels, C classes, c stem channels of kernel q, and in stage s of Nₛ blocks
    /// the inner width w and outputs o after i channels, where b(i) is a block that reads i
    /// channels:
    ///
    ///     P = q²·I·c + [BN after the stem]·2·c + [pre-activation]·2·o + o·C + C
    ///       + sum over stages of  b(i) + (Nₛ - 1)·b(o) + [shortcut is a convolution]·(i·o + [post-activation]·2·o)
    ///     basic:       b(i) = 9·i·w + 9·w² + 4·w,  or before the convolutions  2·i + 2·w;  o = w
    ///     bottleneck:  b(i) = i·w + 9·w² + w·o + 4·w + 2·o,  or before the convolutions  2·i + 4·w
    package var closedFormParameterCount: Int {
        let kernel = stem == .large ? 49 : 9
        var count = kernel * inputChannels * stemChannels
        if stem == .large || order == .post { count += 2 * stemChannels }
        var input = stemChannels
        for (stage, blocks) in stageBlocks.enumerated() where blocks > 0 {
            let base = stemChannels << stage
            let inner = Int(Double(base) * width)
            let output = block == .basic ? inner : 4 * base
            if shortcut == .convolution, stage > 0 || input != output {
                count += input * output + (order == .post ? 2 * output : 0)
            }
            count += blockCount(input, inner, output)
            count += (blocks - 1) * blockCount(output, inner, output)
            input = output
        }
        if order == .pre { count += 2 * input }
        return count + input * classes + classes
    }

    /// The parameters of a block's branch.
    private func blockCount(_ input: Int, _ inner: Int, _ output: Int) -> Int {
        let normalized = order == .post ? output : input
        switch block {
        case .basic:
            return 9 * input * inner + 9 * inner * inner + 2 * normalized + 2 * inner
        case .bottleneck:
            return input * inner + 9 * inner * inner + inner * output + 4 * inner + 2 * normalized
        }
    }
}
