// SPDX-License-Identifier: Apache-2.0

import WideResNets

// The examples of the documentation. Each stands between its marks as on its page, where `<!--
// example NAME -->` is before it; a test compares the two and runs all of them. This target
// has no access to `package`: an example that compiles here compiles for a reader.

func training() throws {
    // example training
    let photos = DataSource("photos", options: ImageFileOptions(height: 32, width: 32))
    let (train, validation) = (try photos.load(.train), try photos.load(.validation))
    let configuration = try TrainingConfiguration(
        network: "wrn-10-1", source: "photos", train: train, validation: validation, epochs: 2)
    let run = try RunDirectory.create(at: "runs/first", configuration)
    try Trainer(run, train: train, validation: validation).train()

    let classifier = try Classifier(contentsOf: "runs/first")
    print("accuracy:", try classifier.evaluate(validation).accuracy)
    print("image 0 shows:", try classifier.classify(validation, indices: [0])[0][0].className)
    // end
}

func photographs() throws {
    // example photographs
    let classifier = try Classifier(contentsOf: "runs/first")
    var photographs = ImageList()
    try photographs.append("photos/cat")
    for index in 0..<photographs.count {
        let answer = try classifier.classify([photographs.image(at: index)])[0][0]
        print(photographs.title(of: index), answer.className, answer.probability)
    }
    // end
}

func concurrency() async throws {
    // example concurrency
    let service = try ClassificationService(contentsOf: "runs/first")
    var photographs = ImageList()
    try photographs.append("photos/cat")
    try await withThrowingTaskGroup { group in
        for index in 0..<photographs.count {
            let photograph = try photographs.image(at: index)
            let title = photographs.title(of: index)
            group.addTask {
                let answer = try await service.classify(photograph)[0]
                print(title, answer.className, answer.probability)
            }
        }
        try await group.waitForAll()
    }
    // end
}

func fineTuning() throws {
    // example fine-tuning
    let weights = try PretrainedModel(contentsOf: "runs/first")
    let photos = DataSource("photos", options: weights.description.fileOptions)
    let (train, validation) = (try photos.load(.train), try photos.load(.validation))
    let configuration = try TrainingConfiguration(
        weights, fineTuning: .init(weights, classNames: train.classNames, freeze: "group1"),
        source: "photos", train: train, validation: validation, epochs: 2)
    let run = try RunDirectory.create(at: "runs/mine", configuration)
    try Trainer(run, train: train, validation: validation).train()
    // end
}

func run() throws {
    // example run
    let run = try RunRecord(readingFrom: "runs/first")
    print(run.network, run.state, run.best?.validationAccuracy ?? 0)
    try RunReport.write(of: "runs/first")
    // end
}

func evaluation() throws {
    // example evaluation
    let classifier = try Classifier(contentsOf: "runs/first")
    let images = try DataSource("photos", options: classifier.description.fileOptions).load(.test)
    let evaluation = try classifier.evaluate(images, views: .flip)
    print(evaluation.topAccuracy(1))  // 0.9922
    print(evaluation.accuracyInterval(confidence: 0.99))  // a ClosedRange
    print(evaluation.classes[0].precision ?? 0)  // nil where nothing was given to the class
    print(evaluation.confusionMatrix.confusions)  // label, prediction, count
    print(evaluation.calibration(bins: 15).bins.count)  // for a reliability diagram
    print(evaluation.answers.filter { !$0.isCorrect })  // index, label, prediction, ...
    // end
}

func calibration() throws {
    // example calibration
    let classifier = try Classifier(contentsOf: "runs/first")
    let photos = DataSource("more photos", options: classifier.description.fileOptions)
    let result = try classifier.calibrate(on: photos.load(.validation))
    print(result.calibration.temperature, result.before.loss, result.after.loss)
    try result.calibration.write(into: "runs/first")

    let calibrated = try Classifier(contentsOf: "runs/first")
    let answer = try calibrated.classify(photos.load(.test), indices: [0])[0][0]
    print(answer.probability >= 0.8 ? answer.className : "unknown")
    // end
}

func features() throws {
    // example features
    var photographs = ImageList()
    try photographs.append("photos/cat")
    let extractor = try FeatureExtractor(contentsOf: "runs/first", layers: ["group1", "pool"])
    let features = try extractor.features(of: [photographs.image(at: 0)])[0]
    for feature in features { print(feature.shape) }  // a Tensor for each layer
    // end
}

func explain() throws {
    // example explain
    let explainer = try Explainer(contentsOf: "runs/first", method: .activations)
    var photographs = ImageList()
    try photographs.append("photos/cat")
    let photograph = try photographs.image(at: 0)
    let explanation = try explainer.explain(photograph)
    print(explanation.className, explanation.logit)
    print(explanation.map.height, explanation.map.width)  // the grid
    let overlay = explanation.overlay(on: photograph)  // a PixelImage
    print(overlay.height, overlay.width)
    // end
}

func export() throws {
    // example export
    var options = ExportOptions()
    options.input = .uint8
    options.output = .probabilities
    let report = try WeightsSource.file("runs/first").export(to: "model.onnx", as: options)
    print(report.file, report.relativeDifference)
    // end
}

func exportIntegers() throws {
    // example export-integers
    var photographs = ImageList()
    try photographs.append("photos")
    var options = ExportOptions()
    options.precision = .int8
    options.calibrationImages = photographs
    let report = try WeightsSource.file("runs/first").export(to: "small.onnx", as: options)
    print(report.file, report.relativeDifference)
    // end
}

func hub() throws {
    // example hub
    let weights = try WeightsHub().resolve("torchvision:wide_resnet50_2.V2")
    print(weights.path)  // the file
    print(weights.preparation ?? "unknown")  // shorter side 232, cut to 224 x 224, bilinear
    print(weights.normalization ?? "unknown")  // ImageNet's mean and deviation
    print(weights.classNames?.count ?? 0)  // a thousand names
    // end
}

func variant() throws {
    // example variant
    let network = try Zoo.network(named: "wrn-28-10")
    let changes = NetworkVariant.Changes(shortcutInput: .raw)
    print(try network.applying(changes).name)  // wrn-28-10-rawshortcut
    // end
}

func errors() throws {
    // example errors
    do {
        let classifier = try Classifier(contentsOf: "runs/none")
        print(classifier.description.classNames)
    } catch let error as any WideResNetError {
        print(error.errorCode)  // inference.missing
        print(error.message)  // runs/none: there is no such file or directory; ...
        print(error.suggestion ?? "")  // what to do, where the sentence ends with it
    }
    // end
}

func network() throws {
    // example network
    let network = try WideResNet(depth: 28, width: 10)
    let graph = try network.graph(height: 32, width: 32)
    print(network.name, graph.parameterCount)  // wrn-28-10 36479194
    let summary = NetworkSummary(graph)
    for layer in summary.layers.prefix(3) { print(layer.name, layer.output, layer.parameters) }
    print(summary.convolutions, summary.multiplyAdds)
    let drawing = NetworkDiagram(graph, name: network.name).svg
    print(drawing.count)  // characters of SVG
    print(try Verification(network).passes)  // true: the counts are the paper's
    // end
}

func resuming() throws {
    // example resuming
    let run = try RunDirectory.open(at: "runs/first")
    try run.setEpochs(3)
    let photos = DataSource("photos", options: run.configuration.fileOptions)
    let trainer = try Trainer(
        run, train: try photos.load(.train), validation: try photos.load(.validation),
        device: .cpu(threads: 2))
    let outcome = try trainer.train { event in
        if case .step(let progress) = event { print(progress.step, progress.loss) }
    }
    print(outcome)  // finished
    // end
}

func recipe() throws {
    // example recipe
    let photos = DataSource("photos", options: ImageFileOptions(height: 32, width: 32))
    let (train, validation) = (try photos.load(.train), try photos.load(.validation))
    let modern = try Recipe.named("modern")
    print(modern.summary)
    let configuration = try TrainingConfiguration(
        network: "wrn-10-1", source: "photos", train: train, validation: validation, epochs: 2,
        recipe: modern.name, optimizer: modern.optimizer(),
        schedule: modern.schedule(epochs: 2, of: modern.epochs ?? 200),
        augmentation: modern.augmentation(.suited(to: train)), stepRules: modern.stepRules)
    print(configuration.optimizer.learningRate, configuration.stepsPerEpoch)
    // end
}

func weights() throws {
    // example weights
    let conversion = try WeightsConversion(contentsOf: "runs/first")
    try conversion.write(to: "first.pth", in: .xternalz)

    let found = ForeignWeights(try TensorFile.read(contentsOf: "first.pth")).identification
    print(found.network?.name ?? "unknown", found.dialect?.title ?? "in unknown names")
    let normalization = try Normalization(mean: [0.5, 0.5, 0.5], standardDeviation: [1, 1, 1])
    let classifier = try Classifier(contentsOf: "first.pth", normalization: normalization)
    print(classifier.reading?.function.map(\.words) ?? [])  // what was found or assumed
    // end
}

func app() async throws {
    // example app
    final class PhotographClassifier: Sendable {
        private let service: ClassificationService

        init(model path: String) throws {
            service = try ClassificationService(contentsOf: path)
        }

        func answer(for bytes: [UInt8], name: String) async -> String {
            do {
                let limits = ImageLimits(pixels: 50_000_000)
                let answer = try await service.classify(
                    decoding: bytes, file: name, limits: limits)[0]
                return answer.probability < 0.5 ? "not sure" : answer.className
            } catch let error as any WideResNetError {
                return error.message
            } catch {
                return "cancelled"
            }
        }
    }

    let classifier = try PhotographClassifier(model: "runs/first/model.safetensors")
    print(await classifier.answer(for: [1, 2, 3], name: "letter.txt"))
    // end
}
