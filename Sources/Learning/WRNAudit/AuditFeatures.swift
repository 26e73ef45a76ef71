// SPDX-License-Identifier: Apache-2.0

import WRNGraph
package import WRNInference
package import WRNPlan
import WRNTensor

/// The numbers by which the label check of an audit describes an image.
package enum AuditFeatures {
    /// The positions to which a feature map is averaged, each way.
    static let grid = 2
    /// The most numbers of an image: with more, positions are averaged.
    static let maximumDimension = 1024

    /// Opens a model up to the feature map that its head reads the mean of; parameters and errors
    /// are those of ``PreparedFeatures``.
    ///
    /// Means over the quarters of an image tell more than one mean where places count, as in signs
    /// and digits.
    package static func prepared(
        _ network: TrainedNetwork, device: Device
    ) throws -> PreparedFeatures {
        let graph = network.graph
        guard let head = graph.headInput, let pool = try? graph.layer(named: head),
            case .globalAveragePooling = graph[pool].operation,
            let map = graph[pool].inputs.first,
            graph[map].shape.channels * grid * grid <= maximumDimension
        else { return try PreparedFeatures(network, layers: nil, device: device) }
        return try PreparedFeatures(
            network, layers: [graph[map].name], pooling: .none, device: device)
    }

    /// The numbers of an image.
    static func dimension(of features: PreparedFeatures) -> Int {
        features.layers.reduce(0) { $0 + dimension(of: $1) }
    }

    private static func dimension(of layer: FeatureExtractor.Layer) -> Int {
        guard layer.extents.count == 3 else { return layer.extents[0] }
        return layer.extents[0] * min(grid, layer.extents[1]) * min(grid, layer.extents[2])
    }

    /// The outputs of the layers, one after another; those of a feature map are the means over the
    /// parts of a grid.
    static func vector(_ features: FeatureExtractor.Features) -> [Float] {
        features.flatMap { tensor -> [Float] in
            let extents = tensor.shape.extents
            guard extents.count == 3 else { return tensor.elements }
            let (rows, columns) = (min(grid, extents[1]), min(grid, extents[2]))
            var means: [Float] = []
            for channel in 0..<extents[0] {
                for row in 0..<rows {
                    let lines = row * extents[1] / rows..<(row + 1) * extents[1] / rows
                    for column in 0..<columns {
                        let places =
                            column * extents[2] / columns..<(column + 1) * extents[2] / columns
                        var sum: Float = 0
                        for line in lines {
                            let start = (channel * extents[1] + line) * extents[2]
                            for place in places { sum += tensor.elements[start + place] }
                        }
                        means.append(sum / Float(lines.count * places.count))
                    }
                }
            }
            return means
        }
    }
}
