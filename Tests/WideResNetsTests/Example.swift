// SPDX-License-Identifier: Apache-2.0

import WideResNets

/// The README's example: its lines and those between the comments are the same, which a test compares.
enum Example {
    /// What the README gives to the rest, and a test replaces.
    static func choices() -> (source: DataSource, directory: String) {
        // The choices begin.
        let source = DataSource("fashion-mnist")
        let directory = "runs/first"
        // The choices end.
        return (source, directory)
    }

    static func run(_ source: DataSource, _ directory: String) throws {
        // The example begins.
        let (train, validation) = (try source.load(.train), try source.load(.validation))
        let configuration = try TrainingConfiguration(
            network: "wrn-10-1", source: "\(source)", train: train, validation: validation,
            epochs: 1)
        let run = try RunDirectory.create(at: directory, configuration)
        try Trainer(run, train: train, validation: validation).train()

        let classifier = try Classifier(contentsOf: run.modelFile)
        print("accuracy:", try classifier.evaluate(validation).accuracy)
        print("image 0 shows:", try classifier.classify(validation, indices: [0])[0][0].className)
        // The example ends.
    }
}
