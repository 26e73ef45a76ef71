// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNDatasets
import WRNEngine
import WRNImages
import WRNInference
import WRNModel
import WRNPlan
import WRNTensor

/// A small network with random weights for colour images of 8 x 8 pixels and 4 classes.
enum TinyModel {
    static let classNames = ["ant", "bee", "cat", "dog"]

    static func description(
        architecture: String = "wrn-10-1", classes: Int = 4, size: Int = 8,
        classNames: [String] = TinyModel.classNames
    ) -> ModelDescription {
        ModelDescription(
            architecture: architecture, classes: classes, inputChannels: 3, inputHeight: size,
            inputWidth: size, classNames: classNames, mean: [0.5, 0.4, 0.3],
            standardDeviation: [0.25, 0.2, 0.3])
    }

    static func model(_ description: ModelDescription = description()) throws -> Model {
        let graph = try description.graph()
        return Model(
            description: description, tensors: Model.initialTensors(for: graph, seed: 3))
    }

    static func classifier(batch: Int = 8, threads: Int = 1) throws -> Classifier {
        let model = try model()
        return try Classifier(
            description: model.description, tensors: model.tensors, batch: batch,
            device: .cpu(threads: threads))
    }

    /// `count` images of pixels without a pattern, with labels in turn.
    static func images(
        _ count: Int, channels: Int = 3, size: Int = 8, classNames: [String] = TinyModel.classNames
    ) throws -> LabelledImages {
        var state: UInt32 = 12345
        let pixels = (0..<count * size * size * channels).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return try LabelledImages(
            name: "tiny", channels: channels, height: size, width: size, pixels: pixels,
            labels: (0..<count).map { $0 % classNames.count }, classNames: classNames)
    }

    /// `count` images of which the model classifies two of three rightly.
    static func learnedImages(_ count: Int) throws -> LabelledImages {
        let images = try images(count)
        let predictions = try classifier().classify(images, indices: Array(0..<count))
        return try LabelledImages(
            name: "tiny", channels: 3, height: 8, width: 8,
            pixels: (0..<count).flatMap { try images.fittedImage(at: $0).pixels },
            labels: predictions.enumerated().map { index, predictions in
                (predictions[0].classIndex + (index % 3 == 0 ? 1 : 0)) % classNames.count
            }, classNames: classNames)
    }
}
