// SPDX-License-Identifier: Apache-2.0

import WideResNets

/// The README's example: its lines and those between the two comments are the same: a test compares them.
enum Example {
    static func source() -> DataSource {
        let source = DataSource("fashion-mnist")
        return source
    }

    static func run(_ source: DataSource) throws {
        // The example begins.
        let (images, test) = (try source.load(.train), try source.load(.test))
        let network = try WideResNet(depth: 10, width: 1, inputChannels: images.channels)
        let graph = try network.graph(height: images.height, width: images.width)
        let training = try TrainingSession(
            graph: graph, tensors: Model.initialTensors(for: graph, seed: 1), batch: 64, seed: 1)
        let normalization = Normalization.suited(to: images)
        let batches = try BatchLoader(
            images: images, normalization: normalization, augmentation: .standard, batchSize: 64,
            order: .shuffled(seed: 1, epoch: 0), seed: 1)
        while let batch = try batches.next() {
            try training.step(
                images: batch.images, labels: batch.labels, stepIndex: batch.index,
                optimizer: SGD(learningRate: 0.05))
        }
        let classifier = try Classifier(
            description: ModelDescription(network, for: images, normalization: normalization),
            tensors: training.tensors())
        print("accuracy:", try classifier.evaluate(test).accuracy)
        print("image 0 shows:", try classifier.classify(test, indices: [0])[0][0].className)
        // The example ends.
    }
}
