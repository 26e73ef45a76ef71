// SPDX-License-Identifier: Apache-2.0

import WideResNets

// The examples of the documentation. Each stands between its marks as on its page, where `<!--
// example NAME -->` is before it; a test compares the two and runs all of them.

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
    let evaluation = try classifier.evaluate(images, averagesMirrorImages: true)
    print(evaluation.topAccuracy(1))  // 0.9922
    print(evaluation.accuracyInterval(confidence: 0.99))  // a ClosedRange
    print(evaluation.classes[0].precision ?? 0)  // nil where nothing was given to the class
    print(evaluation.confusionMatrix.confusions)  // label, prediction, count
    print(evaluation.calibration(bins: 15).bins.count)  // for a reliability diagram
    print(evaluation.answers.filter { !$0.isCorrect })  // index, label, prediction, ...
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
