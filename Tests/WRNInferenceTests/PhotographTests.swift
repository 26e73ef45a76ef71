// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNFetch
import WRNGraph
import WRNImages
import WRNModel
import WRNPlan
import WRNTensor

@testable import WRNInference

@Suite("Photographs for a network")
struct PhotographTests {
    /// A model with random weights for images of any channels and size.
    private static func model(
        _ architecture: String = "wrn-10-1", channels: Int = 3, height: Int = 8, width: Int = 8,
        means: Int? = nil
    ) throws -> TrainedNetwork {
        let count = means ?? channels
        let description = ModelDescription(
            architecture: architecture, classes: 4, inputChannels: channels, inputHeight: height,
            inputWidth: width, classNames: TinyModel.classNames,
            mean: [Float](repeating: 0.5, count: count),
            standardDeviation: [Float](repeating: 0.25, count: count))
        return TrainedNetwork(
            description: description, tensors: try TinyModel.model(description).tensors,
            graph: try description.graph())
    }

    /// A photograph without a pattern, of another size for each number.
    private static func photograph(_ number: Int, channels: Int = 3) -> PixelImage {
        var state = UInt32(truncatingIfNeeded: 31 + number)
        let (height, width) = (10 + number % 4, 13 + number % 3)
        let pixels = (0..<height * width * channels).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return PixelImage(height: height, width: width, channels: channels, pixels: pixels)
    }

    /// The files of photographs, the sixth of which is no image.
    private static func files(_ photographs: [PixelImage]) throws -> ImageList {
        var files = ImageList()
        for (number, photograph) in photographs.enumerated() {
            if number == 5 { files.append([1, 2, 3], title: "broken.png") }
            files.append(try photograph.png(), title: "\(number).png")
        }
        return files
    }

    private static func classifier(_ model: TrainedNetwork, batch: Int = 2) throws -> Classifier {
        try Classifier(model, batch: batch, device: .cpu(threads: 1))
    }

    private static func extractor(
        _ model: TrainedNetwork, layers: [String]? = nil, batch: Int = 2
    ) throws -> FeatureExtractor {
        try FeatureExtractor(
            description: model.description, tensors: model.tensors, layers: layers, batch: batch,
            device: .cpu(threads: 1))
    }

    private static func prepared(_ model: TrainedNetwork) throws -> PreparedModel {
        try PreparedModel(
            description: model.description, tensors: model.tensors, device: .cpu(threads: 1))
    }

    private static func explainer(_ model: TrainedNetwork) throws -> Explainer {
        try Explainer(model, method: .activations, device: .cpu(threads: 1))
    }

    // MARK: What does not suit

    @Test("a normalisation for another number of channels is refused before there is an image")
    func normalization() throws {
        let model = try Self.model(channels: 3, means: 1)
        let readers: [() throws -> Void] = [
            { _ = try Self.classifier(model) }, { _ = try Self.extractor(model) },
            { _ = try Self.prepared(model) }, { _ = try Self.explainer(model) },
            {
                _ = try PreparedFeatures(
                    description: model.description, tensors: model.tensors,
                    device: .cpu(threads: 1))
            },
        ]
        for reader in readers {
            let error = #expect(throws: DataError.self) { try reader() }
            #expect(
                error?.message
                    == "expected a normalisation of 3 channels, as many as the network reads, "
                    + "found one of 1; give a mean and a deviation for each channel")
        }
    }

    @Test(
        "of neither grey nor coloured images takes photographs of its own channels, and no files",
        arguments: [2, 4])
    func channels(_ count: Int) async throws {
        let model = try Self.model(channels: count)
        let photograph = Self.photograph(0)
        let files = try Self.files([photograph])
        let classifier = try Self.classifier(model)
        let extractor = try Self.extractor(model)
        let explainer = try Self.explainer(model)
        let attempts: [() throws -> Void] = [
            { _ = try classifier.classify([photograph]) },
            { try classifier.classify(files) { _, _ in } },
            { _ = try extractor.features(of: [photograph]) },
            { try extractor.features(of: files) { _, _ in } },
            { _ = try explainer.explain(photograph) },
            { try explainer.explain(files) { _, _ in } },
        ]
        for attempt in attempts {
            let error = #expect(throws: DataError.self) { try attempt() }
            #expect(
                error?.message
                    == "photographs of 3 channels cannot become the \(count) that the network "
                    + "reads: only 1 channel (grey) and 3 (colours) become each other; choose a "
                    + "model of grey or coloured images")
        }
        let service = try ClassificationService(
            Self.prepared(model), options: .init(batch: 1, threads: 1))
        await #expect(throws: DataError.self) { try await service.classify(photograph) }
        #expect(service.pendingCount == 0)

        let own = Self.photograph(1, channels: count)
        let answer = try classifier.classify([own])[0]
        #expect(answer.count == 4)
        #expect(try await service.classify(own) == answer)
        #expect(try explainer.explain(own).predictions.count == 4)
        #expect(try extractor.features(of: [own])[0][0].shape == [64])
    }

    @Test("with more channels than can be scaled are refused, also by a network of as many")
    func manyChannels() throws {
        let classifier = try Self.classifier(Self.model(channels: 6))
        let error = #expect(throws: DataError.self) {
            try classifier.classify([Self.photograph(0, channels: 6)])
        }
        #expect(error?.message.contains("photographs of 6 channels cannot be scaled") == true)
    }

    @Test("are scaled to no more than the largest extent for a network of the longest sides")
    func longSides() throws {
        let model = try Self.model("wrn-10-0.25", height: 3, width: 57_345)
        let preparation = model.description.usualPreparation
        #expect(preparation.scaledWidth == ImagePreparation.maximumExtent)
        #expect(preparation.height == 3 && preparation.width == 57_345)
        let photograph = Self.photograph(2)
        let answer = try Self.classifier(model, batch: 1).classify([photograph])[0]
        #expect(answer.count == 4)
        #expect(try Self.extractor(model, batch: 1).features(of: [photograph]).count == 1)
        let map = try Self.explainer(model).explain(photograph).map
        #expect(map.width == (57_345 + 3) / 4)
    }

    // MARK: Files

    @Test("in files have the bits that they have in memory, whether their images are kept or not")
    func sameBits() throws {
        let photographs = (0..<11).map { Self.photograph($0) }
        let files = try Self.files(photographs)
        let classifier = try Self.classifier(Self.model(), batch: 5)
        for views in TestTimeViews.allCases {
            let expected = try classifier.classify(photographs, views: views)
            #expect(Set(expected.map { $0[0].probability }).count > 5)
            for keepsImages in [false, true] {
                var answers: [ClassifiedImage] = []
                var broken: [Int] = []
                try classifier.classifyFiles(
                    files, views: views, keepsImages: keepsImages, isCancelled: { false }
                ) { index, answer in
                    switch answer {
                    case .success(let image): answers.append(image)
                    case .failure: broken.append(index)
                    }
                }
                #expect(answers.map(\.predictions) == expected)
                #expect(answers.compactMap(\.image) == (keepsImages ? photographs : []))
                #expect(broken == [5])
            }
        }
        let extractor = try Self.extractor(Self.model(), layers: ["group1", "pool"], batch: 5)
        let expected = try extractor.features(of: photographs)
        var features: [FeatureExtractor.Features] = []
        try extractor.features(of: files) { _, answer in
            if case .success(let found) = answer { features.append(found) }
        }
        #expect(features == expected)
    }

    @Test("in files are neighbours' answers with their images where these are kept")
    func neighbours() throws {
        let photographs = (0..<7).map { Self.photograph($0) }
        let classifier = try NeighbourClassifier(
            Self.extractor(Self.model()), examples: TinyModel.images(8))
        var answers: [[Prediction]] = []
        try classifier.classify(Self.files(photographs)) { _, answer in
            if case .success(let predictions) = answer { answers.append(predictions) }
        }
        var images: [PixelImage] = []
        try classifier.classifyFiles(
            Self.files(photographs), keepsImages: true, isCancelled: { false }
        ) { _, answer in
            guard case .success(let found) = answer else { return }
            #expect(found.predictions == answers[images.count])
            images += [found.image].compactMap(\.self)
        }
        #expect(answers.count == 7 && images == photographs)
    }

    @Test("in files are in memory as the network reads them, and whole only where they are kept")
    func memory() throws {
        let files = try Self.files((0..<7).map { Self.photograph($0) })
        for (keepsImages, batches) in [(false, [6, 2]), (true, [4, 4])] {
            var sizes: [Int] = []
            try files.forEachBatch(
                of: 6, for: TinyModel.description(), at: CropPlace.allCases,
                keepsImages: keepsImages, isCancelled: { false }
            ) { indices, fitted in
                sizes.append(indices.count)
                for case .success(let file) in fitted {
                    #expect(file.windows.map(\.pixels.count) == Array(repeating: 192, count: 5))
                    #expect((file.image != nil) == keepsImages)
                }
            }
            #expect(sizes == batches)
        }
    }

    @Test("whose answer is not finite are named by their files, whatever was before them")
    func notFinite() throws {
        var model = try Self.model()
        model = TrainedNetwork(
            description: model.description,
            tensors: model.tensors.merging(
                ["fc.bias": Tensor(shape: TensorShape([4]), repeating: .nan)]) { $1 },
            graph: model.graph)
        var files = ImageList()
        files.append([1, 2, 3], title: "broken.png")
        files.append(try Self.photograph(0).png(), title: "second.png")
        files.append(try Self.photograph(1).png(), title: "third.png")
        let classifier = try Self.classifier(model)
        let extractor = try Self.extractor(model, layers: ["fc"])
        let explainer = try Self.explainer(model)
        let attempts: [() throws -> Void] = [
            { try classifier.classify(files) { _, _ in } },
            { try extractor.features(of: files) { _, _ in } },
            { try explainer.explain(files) { _, _ in } },
        ]
        for attempt in attempts {
            let error = #expect(throws: InferenceError.self) { try attempt() }
            #expect(error == .notFiniteFile(file: "second.png"))
            #expect(
                error?.message.hasPrefix(
                    "second.png: the network's answer is not finite; the weights are damaged, "
                        + "their training diverged, or the normalisation of images does not suit "
                        + "them: ") == true)
        }
    }
}
