// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
import WRNZoo

extension ModelDescription {
    /// The network that the description names, for the size of its images.
    ///
    /// - Throws: A `GraphError` when the name is no network's or a number is out of range.
    public func graph() throws(GraphError) -> Graph {
        try graph(height: inputHeight, width: inputWidth)
    }

    /// The network for images of another size, with the same parameters.
    ///
    /// - Throws: A `GraphError` when the name is no network's or a number is out of range.
    package func graph(height: Int, width: Int) throws(GraphError) -> Graph {
        try Zoo.network(
            named: architecture, classes: classes, dropout: dropout, inputChannels: inputChannels
        ).graph(height: height, width: width)
    }

    /// The same model with another probability of dropout, in `0 ..< 1`.
    package func with(dropout: Double) -> ModelDescription {
        ModelDescription(
            architecture: architecture, classes: classes, dropout: dropout,
            inputChannels: inputChannels, inputHeight: inputHeight, inputWidth: inputWidth,
            classNames: classNames, mean: mean, standardDeviation: standardDeviation,
            preparation: preparation)
    }
}
