// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNGraph
import WRNInference
import WRNModel
import WRNTensor
import WRNTestSupport

@Suite("What does not fit")
struct ErrorTests {
    private func message(_ body: () throws -> some Any) -> String {
        do {
            _ = try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test("images of another size are named with both sizes")
    func otherSize() throws {
        let classifier = try TinyModel.classifier()
        let images = try TinyModel.images(2, channels: 1, size: 28)
        let sentence =
            "tiny: the model takes 3x8x8 images, the data set has 1x28x28; choose the data that the "
            + "model was trained on, or train a model on this data"
        #expect(message { try classifier.evaluate(images) } == sentence)
        #expect(message { try classifier.classify(images, indices: [0]) } == sentence)
    }

    @Test("a data set with more classes than the model is refused")
    func moreClasses() throws {
        let images = try TinyModel.images(2, classNames: ["a", "b", "c", "d", "e"])
        #expect(
            message { try TinyModel.classifier().evaluate(images) }
                == "tiny: the model has 4 classes, the data set has 5; choose the data that the "
                + "model was trained on, or train a model on this data")
    }

    @Test("labels of a user's own set that name no class are refused", arguments: [-1, 4])
    func otherLabels(_ label: Int) throws {
        let classifier = try TinyModel.classifier()
        let images = OwnImages(try TinyModel.images(4), labels: [0, 1, label, 3])
        let sentence =
            "tiny: image 2: expected a label that is the number of one of 4 classes, from 0 on, "
            + "found \(label); correct the labels, or name all classes"
        #expect(message { try classifier.evaluate(images) } == sentence)
        #expect(message { try classifier.calibrate(on: images) } == sentence)
        // Without labels there is nothing wrong.
        #expect(try classifier.classify(images, indices: [2]).count == 1)
    }

    @Test("images of a user's own set that have another size than it declares are refused")
    func otherOwnImages() throws {
        let classifier = try TinyModel.classifier()
        let images = OwnImages(try TinyModel.images(4, size: 9), height: 8, width: 8)
        let sentence =
            "tiny: image 0: expected an image of 8 x 8 x 3 (rows, columns, channels) from its set, "
            + "found one of 9 x 9 x 3; correct the set's size, or its images"
        #expect(message { try classifier.evaluate(images) } == sentence)
        #expect(message { try classifier.evaluate(images, views: .flip) } == sentence)
        #expect(message { try classifier.classify(images, indices: [0, 1]) } == sentence)
    }

    @Test("nothing to evaluate is an error, not an accuracy")
    func noImages() throws {
        #expect(
            message { try TinyModel.classifier().evaluate(TinyModel.images(2).prefix(0)) }
                == "tiny: expected at least 1 image, found none; choose data with images")
    }

    @Test("an index outside the data set is named", arguments: [-1, 4])
    func index(_ index: Int) throws {
        #expect(
            message {
                try TinyModel.classifier().classify(TinyModel.images(4), indices: [0, index])
            }
                == "tiny: there is no image \(index): choose an index in 0...3")
    }

    @Test("weights that are not numbers give an error, not a class")
    func notFinite() throws {
        let model = try TinyModel.model()
        var tensors = model.tensors
        tensors["fc.bias"] = Tensor(shape: TensorShape([4]), repeating: .nan)
        let classifier = try Classifier(description: model.description, tensors: tensors)
        let sentence =
            "tiny: the network's answer for image 0 is not finite; the weights are damaged, their "
            + "training diverged, or the normalisation of images does not suit them: choose an "
            + "earlier checkpoint, or another normalisation"
        #expect(message { try classifier.evaluate(TinyModel.images(2)) } == sentence)
        #expect(
            message { try classifier.classify(TinyModel.images(2), indices: [1]) }
                == sentence.replacingOccurrences(of: "image 0", with: "image 1"))
    }

    @Test("an impossible description is refused before anything is planned")
    func impossibleDescription() throws {
        let tensors = try TinyModel.model().tensors
        #expect(throws: GraphError.self) {
            _ = try Classifier(
                description: TinyModel.description(architecture: "wrn-11-1"), tensors: tensors)
        }
        #expect(
            message {
                try Classifier(description: TinyModel.description(size: 65_536), tensors: tensors)
            }.hasPrefix("a batch of 64 images of 3x65536x65536 needs "))
    }
}
