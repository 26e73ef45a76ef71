// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNEngine
import WRNGraph
import WRNInference
import WRNModel
import WRNPlan
import WRNReference
import WRNTensor
import WRNThreads

@Suite("Features of images")
struct FeatureTests {
    private static func extractor(
        _ layers: [String]?, _ pooling: FeatureExtractor.Pooling = .average, batch: Int = 4
    ) throws -> FeatureExtractor {
        let model = try TinyModel.model()
        return try FeatureExtractor(
            description: model.description, tensors: model.tensors, layers: layers,
            pooling: pooling, batch: batch, device: .cpu(threads: 1))
    }

    private func message(_ body: () throws -> some Any) -> String {
        do {
            _ = try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test("are those of the reference executor, channels first")
    func agreesWithReference() throws {
        let (model, images) = (try TinyModel.model(), try TinyModel.images(6))
        let graph = try model.description.graph()
        let reference = try ReferenceExecutor(graph: graph, tensors: model.tensors)
        let layers = ["group1", "conv0", "bn", "fc", "group0.block0.relu1"]
        let extractor = try Self.extractor(layers, .none)
        #expect(
            extractor.layers.map(\.shape)
                == [[32, 4, 4], [16, 8, 8], [64, 2, 2], [4], [16, 8, 8]])
        let features = try extractor.features(of: images, indices: [5, 0, 1, 2, 3])
        #expect(features.count == 5)
        for (row, index) in [5, 0, 1, 2, 3].enumerated() {
            let values = images.pixels(of: index).enumerated().map { position, pixel in
                (Float(pixel) / 255 - model.description.mean[position % 3])
                    / model.description.standardDeviation[position % 3]
            }
            let expected = try reference.results(
                of: layers.map { try graph.layer(named: $0) }, for: values, count: 1)
            for (place, layer) in extractor.layers.enumerated() {
                let channels = layer.shape.extents[0]
                let positions = layer.shape.elementCount / channels
                let tensor = features[row][place]
                #expect(tensor.shape == layer.shape)
                let largest = expected[place].map(abs).max() ?? 0
                for channel in 0..<channels {
                    for position in 0..<positions {
                        let wanted = expected[place][position * channels + channel]
                        let found = tensor.elements[channel * positions + position]
                        #expect(abs(found - wanted) <= 1e-4 * largest, "\(layer.name)")
                    }
                }
            }
        }
    }

    @Test("averaged are the mean of all positions; without names they are what the head reads")
    func averaged() throws {
        let images = try TinyModel.images(3)
        let layers = ["relu", "group0", "pool", "fc"]
        let wide = try Self.extractor(layers, .none).features(of: images, indices: [0, 1, 2])
        let extractor = try Self.extractor(layers)
        #expect(extractor.layers.map(\.shape) == [[64], [16], [64], [4]])
        let means = try extractor.features(of: images, indices: [0, 1, 2])
        for (wide, means) in zip(wide, means) {
            for (map, mean) in zip(wide, means) {
                let positions = map.shape.elementCount / mean.shape.elementCount
                for (channel, value) in mean.elements.enumerated() {
                    let sum = map.elements[channel * positions..<(channel + 1) * positions]
                        .reduce(0.0) { $0 + Double($1) }
                    #expect(abs(Double(value) - sum / Double(positions)) < 1e-4)
                }
            }
            #expect(zip(means[0].elements, means[2].elements).allSatisfy { abs($0 - $1) < 1e-5 })
        }
        let usual = try Self.extractor(nil)
        #expect(usual.layers.map(\.name) == ["pool"])
        #expect(usual.layers.map(\.shape) == [[64]])
    }

    @Test("of the head are the logits that the classifier ranks")
    func logits() throws {
        let images = try TinyModel.images(5)
        let features = try Self.extractor(["fc"]).features(of: images, indices: Array(0..<5))
        let answers = try TinyModel.classifier(batch: 4).classify(images, indices: Array(0..<5))
        for (feature, answer) in zip(features, answers) {
            let logits = feature[0].elements
            let order = logits.indices.sorted { logits[$0] > logits[$1] }
            #expect(order == answer.map(\.classIndex))
        }
    }

    @Test("what cannot be is named")
    func errors() throws {
        #expect(
            message { try Self.extractor(["layer2"]) }
                == "there is no layer \"layer2\"; the network's layers are conv0, group0, group1, group2, bn, relu, pool, fc"
        )
        let extractor = try Self.extractor(["pool"])
        #expect(
            message {
                try extractor.features(
                    of: TinyModel.images(2, channels: 1, size: 28), indices: [0])
            }.hasPrefix("tiny: the model takes 3x8x8 images, the data set has 1x28x28; "))
        #expect(
            message { try extractor.features(of: TinyModel.images(2), indices: [0, 2]) }
                == "tiny: there is no image 2: choose an index in 0...1")
        let model = try TinyModel.model()
        var tensors = model.tensors
        tensors["conv0.weight"] = tensors["conv0.weight"].map {
            Tensor(shape: $0.shape, repeating: .infinity)
        }
        let diverged = try FeatureExtractor(
            description: model.description, tensors: tensors, layers: ["conv0"])
        #expect(
            message { try diverged.features(of: TinyModel.images(2), indices: [1]) }
                .hasPrefix("tiny: the network's answer for image 1 is not finite; "))
    }

    @Test("of files are answered one by one, broken ones with what is wrong")
    func files() throws {
        var files = ImageList()
        files.append([1, 2, 3], title: "broken.jpg")
        var answers: [String] = []
        try Self.extractor(["pool"]).features(of: files) { index, answer in
            switch answer {
            case .success: answers.append("\(index): features")
            case .failure(let error): answers.append("\(index): \(error)")
            }
        }
        #expect(answers.count == 1)
        #expect(answers[0].hasPrefix("0: broken.jpg: "))
        #expect(throws: CancellationError.self) {
            try Self.extractor(["pool"]).features(of: files, isCancelled: { true }) { _, _ in }
        }
    }

    @Test(
        "extractors on one copy of the weights give the features of their own copies",
        arguments: [Device.cpu(threads: 1), .reference])
    func sharing(device: Device) throws {
        let model = try TinyModel.model()
        let images = try TinyModel.images(3)
        let layers = ["group1", "pool"]
        let own = try FeatureExtractor(
            description: model.description, tensors: model.tensors, layers: layers,
            pooling: .none, batch: 4, device: device)
        let expected = try own.features(of: images, indices: [2, 0, 1])
        let prepared = try PreparedFeatures(
            description: model.description, tensors: model.tensors, layers: layers,
            pooling: .none, device: device)
        #expect(prepared.layers == own.layers && prepared.pooling == own.pooling)
        #expect(prepared.byteCount > 0)
        for features in [prepared, own.prepared] {
            for batch in [1, 3] {
                let extractor = try FeatureExtractor(features, batch: batch, threads: 2)
                #expect(extractor.layers == own.layers && extractor.batch == batch)
                #expect(try extractor.features(of: images, indices: [2, 0, 1]) == expected)
            }
        }
        #expect(throws: PlanError.self) { _ = try FeatureExtractor(prepared, batch: 0) }
        #expect(throws: PlanError.missingTensor("conv0.weight")) {
            var tensors = model.tensors
            tensors["conv0.weight"] = nil
            _ = try PreparedFeatures(
                description: model.description, tensors: tensors, device: device)
        }
    }

    @Test("extractors on one copy of the weights are used from several threads at once")
    func concurrently() throws {
        let model = try TinyModel.model()
        let images = try TinyModel.images(5)
        let prepared = try PreparedFeatures(
            description: model.description, tensors: model.tensors, device: .cpu(threads: 1))
        let expected = try FeatureExtractor(prepared).features(of: images, indices: [4, 1])
        let found = Locked<[[FeatureExtractor.Features]?]>([])
        DispatchQueue.concurrentPerform(iterations: 6) { index in
            let features = try? FeatureExtractor(prepared, batch: 2, threads: 1 + index % 2)
                .features(of: images, indices: [4, 1])
            found.withLock { $0.append(features) }
        }
        #expect(found.withLock { $0 } == Array(repeating: expected, count: 6))
    }

    @Test("weights are prepared once, and another extractor costs its activations")
    func memory() throws {
        let model = try TinyModel.model()
        let prepared = try PreparedFeatures(
            description: model.description, tensors: model.tensors, device: .cpu(threads: 1))
        let small = try FeatureExtractor(prepared, batch: 1, threads: 1)
        let large = try FeatureExtractor(prepared, batch: 64, threads: 1)
        #expect(small.prepared.byteCount == prepared.byteCount)
        #expect(prepared.byteCount < small.plannedByteCount)
        #expect(small.plannedByteCount < large.plannedByteCount)
    }
}
