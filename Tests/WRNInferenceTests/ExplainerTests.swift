// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNGraph
import WRNImages
import WRNInference
import WRNModel
import WRNPlan
import WRNReference
import WRNTensor
import WRNTestSupport
import WRNZoo

/// Maps against PyTorch (Fixtures/explanation/make_maps.py), against one another and against the
/// reference.
@Suite("Maps of what an answer rests on")
struct ExplainerTests {
    private struct Case: Decodable {
        let pixels: [UInt8]
        let classIndex: Int
        let logits: [Float]
        let activations: [Float]
        let enlarged: [Float]
        let gradients: [String: [Float]]
        let occlusion: [Float]

        var image: PixelImage { PixelImage(height: 32, width: 32, channels: 3, pixels: pixels) }
    }

    private func cases() throws -> [Case] {
        try fixture([Case].self, from: "explanation/maps.json")
    }

    private func isNear(_ found: [Float], _ wanted: [Float], within limit: Float = 1e-4) -> Bool {
        found.count == wanted.count && zip(found, wanted).allSatisfy { abs($0 - $1) <= limit }
    }

    private func network(
        _ architecture: String = "wrn-10-1", size: Int = 8, dropout: Double = 0
    ) throws -> TrainedNetwork {
        let description = ModelDescription(
            architecture: architecture, classes: 4, dropout: dropout, inputChannels: 3,
            inputHeight: size, inputWidth: size, classNames: TinyModel.classNames,
            mean: [0.5, 0.4, 0.3], standardDeviation: [0.25, 0.2, 0.3])
        let model = try TinyModel.model(description)
        return TrainedNetwork(
            description: description, tensors: model.tensors, graph: try description.graph())
    }

    @Test("class activation maps are PyTorch's, as are their enlargements")
    func activationsAsPyTorch() throws {
        let explainer = try Explainer(contentsOf: .bundled)
        for item in try cases() {
            let found = try explainer.explain(fitted: item.image, classIndex: item.classIndex)
            #expect(isNear(found.map.values, item.activations))
            #expect(abs(found.logit - item.logits[item.classIndex]) <= 1e-4)
            let enlarged = found.map.resized(height: 32, width: 32).compactMap(\.self)
            #expect(isNear(enlarged, item.enlarged))
        }
        let first = try #require(try cases().first)
        #expect(try explainer.explain(fitted: first.image).classIndex == first.classIndex)
    }

    @Test(
        "Grad-CAM is PyTorch's at layers of every kind",
        arguments: ["group0", "group1.block0.conv0", "group1.block1.relu1", "group2", "relu"])
    func gradientsAsPyTorch(_ layer: String) throws {
        let explainer = try Explainer(contentsOf: .bundled, method: .gradients(layer: layer))
        for item in try cases() {
            let found = try explainer.explain(fitted: item.image, classIndex: item.classIndex)
            let wanted = try #require(item.gradients[layer])
            #expect(isNear(found.map.values, wanted))
            #expect(wanted.contains { $0 > 1e-3 })
        }
    }

    @Test("occlusion maps are PyTorch's")
    func occlusionAsPyTorch() throws {
        let explainer = try Explainer(
            contentsOf: .bundled, method: .occlusion(side: 8, step: 4))
        for item in try cases() {
            let found = try explainer.explain(fitted: item.image, classIndex: item.classIndex)
            #expect(isNear(found.map.values, item.occlusion))
        }
    }

    @Test("the mean of a class activation map and the bias make the logit")
    func meanIsLogit() throws {
        let explainer = try Explainer(contentsOf: .bundled)
        let bias = try #require(
            TrainedNetwork(contentsOf: .bundled, normalization: nil, facts: ImageFacts())
                .tensors["fc.bias"]
        ).elements
        let image = try #require(try cases().first).image
        for index in 0..<10 {
            let found = try explainer.explain(fitted: image, classIndex: index)
            let mean = found.map.values.reduce(0, +) / Float(found.map.values.count)
            #expect(abs(mean + bias[index] - found.logit) <= 1e-4)
        }
    }

    @Test("at the last feature map Grad-CAM is the positive part of the class activation map")
    func gradientsAtTheEnd() throws {
        let network = try network()
        let image = try TinyModel.images(1).fittedImage(at: 0)
        let maps = try [Explainer.Method.activations, .gradients(layer: nil)].map {
            try Explainer(network, method: $0, device: .cpu(threads: 1)).explain(
                fitted: image, classIndex: 2
            ).map
        }
        let positions = Float(maps[0].values.count)
        #expect(isNear(maps[1].values, maps[0].values.map { max($0, 0) / positions }))
    }

    @Test("the engine's maps are the reference's, with dropout left out")
    func asReference() throws {
        let network = try network(dropout: 0.3)
        let image = try TinyModel.images(1).fittedImage(at: 0)
        for method in [
            Explainer.Method.activations, .gradients(layer: "group0"),
            .occlusion(side: 4, step: 2),
        ] {
            let maps = try [Device.cpu(threads: 2), .reference].map {
                try Explainer(network, method: method, device: $0).explain(
                    fitted: image, classIndex: 1
                ).map.values
            }
            #expect(isNear(maps[0], maps[1]))
            #expect(maps[0].contains { abs($0) > 1e-4 })
        }
    }

    @Test("maps from a prepared model are those of the model, of several classes in one pass, too")
    func fromPreparedModel() throws {
        let prepared = try Explainer(PreparedModel(contentsOf: .bundled), threads: 1)
        let own = try Explainer(contentsOf: .bundled)
        let image = try #require(try cases().first).image
        let wanted = try [4, 0, 9].map { try own.explain(image, classIndex: $0) }
        let found = try prepared.explain(
            prepared: own.normalization.values(of: own.description.fitted(image)),
            classes: [4, 0, 9], height: 32, width: 32)
        #expect(found.map(\.map) == wanted.map(\.map))
        #expect(found.map(\.logit) == wanted.map(\.logit))
        #expect(Set(found.map(\.map)).count == 3)
        #expect(try prepared.explain(image).predictions == own.explain(image).predictions)
    }

    @Test("what cannot be mapped is refused in a sentence")
    func refusals() throws {
        let network = try network()
        func sentence(_ method: Explainer.Method) -> String {
            do {
                _ = try Explainer(network, method: method, device: .cpu(threads: 1))
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        #expect(
            sentence(.gradients(layer: "pool"))
                == "the layer pool gives 64x1x1 for an image, which has no positions to map; "
                + "choose one before it, such as relu")
        #expect(sentence(.gradients(layer: "grop1")).contains("group1"))
        #expect(
            sentence(.occlusion(side: 9, step: 1))
                == "squares of 9 pixels at every 1 do not fit an image of 8 pixels: the side must "
                + "be in 1...8, the step in 1...side")
        let explainer = try Explainer(network, method: .activations, device: .cpu(threads: 1))
        #expect(try explainer.classIndex(of: "cat") == 2)
        #expect(try explainer.classIndex(of: "3") == 3)
        #expect(throws: InferenceError.noSuchClass(name: "cow", known: TinyModel.classNames)) {
            try explainer.classIndex(of: "cow")
        }
        let twice = TinyModel.description(classNames: ["crane", "bee", "crane", "dog"])
        #expect(try twice.classIndex(of: "bee") == 1)
        #expect(try twice.classIndex(of: "2") == 2)
        #expect(
            throws: InferenceError.ambiguousName(name: "crane", numbers: [0, 2])
        ) {
            try twice.classIndex(of: "crane")
        }
        let image = try TinyModel.images(1).fittedImage(at: 0)
        #expect(throws: InferenceError.noSuchClass(name: "4", known: ["0...3"])) {
            try explainer.explain(fitted: image, classIndex: 4)
        }
    }

    @Test("a map lies where the network looks: crop and resizing are undone")
    func region() throws {
        let network = try network()
        let explainer = try Explainer(network, method: .activations, device: .cpu(threads: 1))
        // Scaled to 9 x 18 and cut to the middle 8 x 8: columns 5 to 13 of 18.
        let picture = PixelImage(
            height: 90, width: 180, channels: 3, pixels: [UInt8](repeating: 90, count: 48_600))
        let map = try explainer.explain(picture).map
        #expect(map.region.height == 80 && map.region.width == 80)
        #expect(map.region.left == 50 && map.region.top == 0)
        let values = map.resized(height: 90, width: 180)
        #expect(values[49] == nil && values[50] != nil && values[129] != nil && values[130] == nil)
        #expect(values[79 * 180 + 60] != nil && values[80 * 180 + 60] == nil)
        let overlay = try explainer.explain(picture).overlay(on: picture, extent: 360)
        #expect(overlay.height == 180 && overlay.width == 360)
    }

    /// A network trained in the test to separate stripes from a chequered square, each on noise at
    /// a place of its own.
    @Test("the strongest fifth of the map covers an object placed on noise")
    func placedObjects() throws {
        let size = 24
        let description = TinyModel.description(
            classes: 2, size: size, classNames: ["rows", "dots"])
        let graph = try description.graph()
        var state: UInt64 = 7
        func random(_ count: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % count
        }
        func example(_ label: Int) -> (pixels: [UInt8], top: Int, left: Int) {
            var pixels = (0..<size * size * 3).map { _ in UInt8(90 + random(60)) }
            let (top, left) = (random(size - 7), random(size - 7))
            for row in 0..<7 {
                for column in 0..<7 {
                    let isLight = label == 0 ? row % 4 < 2 : (row / 2 + column / 2) % 2 == 0
                    for channel in 0..<3 {
                        pixels[((top + row) * size + left + column) * 3 + channel] =
                            isLight ? 235 : 15
                    }
                }
            }
            return (pixels, top, left)
        }
        func input(_ pixels: [UInt8]) -> [Float] {
            pixels.enumerated().map { index, value in
                (Float(value) / 255 - description.mean[index % 3])
                    / description.standardDeviation[index % 3]
            }
        }
        let device = Device.cpu(threads: 2)
        let trainer = try device.training(graph, batch: 32, seed: 1).executor(
            TinyModel.model(description).tensors)
        for step in 0..<120 {
            let labels = (0..<32).map { $0 % 2 }
            let images = labels.flatMap { input(example($0).pixels) }
            _ = try trainer.computeGradients(images: images[...], labels: labels, stepIndex: step)
            trainer.update(
                .sgd(SGD(learningRate: 0.05, momentum: 0.9)), factors: [:], maximumNorm: nil)
        }
        let network = TrainedNetwork(
            description: description, tensors: trainer.tensors(), graph: graph)
        let explainer = try Explainer(network, method: .activations, device: device)
        let slow = try Explainer(
            network, method: .occlusion(side: 6, step: 2), device: device)
        var (covered, right, correlation) = (0, 0, 0.0)
        let count = 40
        for index in 0..<count {
            let (pixels, top, left) = example(index % 2)
            let image = PixelImage(height: size, width: size, channels: 3, pixels: pixels)
            let found = try explainer.explain(fitted: image)
            right += found.classIndex == index % 2 ? 1 : 0
            let values: [Float] = found.map.resized(height: size, width: size).compactMap {
                $0
            }
            let limit = values.sorted(by: >)[values.count / 5]
            var inside = 0
            for place in 0..<49 {
                let pixel = (top + place / 7) * size + left + place % 7
                if values[pixel] > limit { inside += 1 }
            }
            covered += inside * 2 >= 49 ? 1 : 0
            let other = try slow.explain(fitted: image, classIndex: found.classIndex).map
            correlation += (found.map.rankCorrelation(with: other) ?? 0) / Double(count)
        }
        #expect(right >= count * 9 / 10, "\(right) of \(count) are right")
        #expect(covered >= count * 8 / 10, "\(covered) of \(count) are covered")
        #expect(correlation > 0.4, "the mean rank correlation is \(correlation)")
    }
}
