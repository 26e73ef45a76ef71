// SPDX-License-Identifier: Apache-2.0

import WRNInference

/// What `wrn features` says about the file that it wrote.
struct FeatureReport: Encodable {
    /// A layer and the shape of one image's features.
    struct Layer: Encodable {
        let name: String
        let shape: [Int]
    }

    let architecture: String
    let output: String
    let format: String
    let pooling: String
    let layers: [Layer]
    /// How many were written.
    let images: Int
    /// What is wrong with those that were left out.
    let broken: [String]
    /// What was taken and assumed of another program's weights.
    var weights: WeightsReading?

    init(
        architecture: String, output: String, format: String, pooling: String,
        layers: [FeatureExtractor.Layer], images: Int, broken: [String]
    ) {
        self.architecture = architecture
        self.output = output
        self.format = format
        self.pooling = pooling
        self.layers = layers.map { Layer(name: $0.name, shape: $0.extents) }
        self.images = images
        self.broken = broken
    }

    /// One line: `features.csv: 24 images, group1 32, pool 64`.
    var line: DisplayText {
        let shapes = layers.map { layer in
            "\(layer.name) \(layer.shape.map(String.init).joined(separator: "x"))"
        }
        let left = broken.isEmpty ? "" : "; \(broken.count) left out"
        let count = "\(Numbers.grouped(images)) \(images == 1 ? "image" : "images")"
        return "\(output): \(count), \(shapes.joined(separator: ", "))\(left)\n"
    }
}
