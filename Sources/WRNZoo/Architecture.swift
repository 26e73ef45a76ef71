// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

/// A network for images as the paper describes it: a few numbers that a graph follows from.
///
/// ``Zoo/network(named:classes:dropout:inputChannels:)`` finds one by its name.
public protocol Architecture: Hashable, Sendable {
    /// The name, which the zoo reads again.
    var name: String { get }
    /// The number of classes.
    var classes: Int { get }
    /// The probability of dropout in each block; 0 where there is none.
    var dropout: Double { get }
    /// The channels of an image: 3 for colour, 1 for grey.
    var inputChannels: Int { get }
    /// The rows and columns of the images that the network was made for; others fit too.
    var usualImageSize: Int { get }
    /// The number of trainable parameters by formula, without building the network.
    var closedFormParameterCount: Int { get }

    /// Builds the network for images of `height` x `width` pixels.
    ///
    /// - Throws: A ``GraphError`` when the size is out of range.
    func graph(height: Int, width: Int) throws(GraphError) -> Graph
}
