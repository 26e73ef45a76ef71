// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension Graph {
    /// The convolutions and linear layers on the longest way from the image to the result: how many must wait for one another.
    ///
    /// It is what He et al. call the depth of a ResNet.
    public var sequentialDepth: Int {
        var depths: [Int] = []
        for node in nodes {
            let before = node.inputs.map { depths[$0.index] }.max() ?? 0
            switch node.operation {
            case .convolution, .linear: depths.append(before + 1)
            default: depths.append(before)
            }
        }
        return depths[output.index]
    }

    /// The number of convolutions, those of shortcuts included: what the paper calls the depth of a Wide ResNet.
    public var convolutionCount: Int {
        nodes.count { if case .convolution = $0.operation { true } else { false } }
    }
}
