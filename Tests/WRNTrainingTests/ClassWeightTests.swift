// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNEngine
import WRNInference
import WRNPlan
import WRNTestSupport

@testable import WRNBatches
@testable import WRNRuns
@testable import WRNTraining

/// The weights of classes in the loss and the drawing of images by their classes.
@Suite("Imbalanced classes")
struct ClassWeightTests {
    private struct Case: Decodable {
        let kind: TrainingConfiguration.ClassWeights
        let beta: Double
        let counts: [Int]
        let weights: [Double]
        let smoothing: Double
        let share: Double?
        let labels: [Int]
        let logits: [Double]
        let loss: Double
        let gradient: [Double]
    }

    /// Images with the given number of each class.
    private static func images(_ counts: [Int]) throws -> LabelledImages {
        let side = TinyImages.side
        let labels = counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) }
        return try LabelledImages(
            name: "grey", channels: 1, height: side, width: side,
            pixels: labels.indices.flatMap { image in
                (0..<side * side).map { UInt8(truncatingIfNeeded: image * 31 + $0 * 7) }
            },
            labels: labels, classNames: counts.indices.map { "\($0)" })
    }

    private static func configuration(
        _ images: LabelledImages, _ rules: TrainingConfiguration.StepRules,
        augmentation: Augmentation = .none, optimizer: Optimizer = .sgd(SGD())
    ) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: "wrn-10-0.25", source: "grey", train: images, validation: images, epochs: 3,
            batch: 16, seed: 7, optimizer: optimizer, augmentation: augmentation, stepRules: rules)
    }

    /// The new targets are of single precision, hence 1e-6.
    @Test("give the loss and the gradient of PyTorch's weighted cross-entropy")
    func parity() throws {
        let cases = try fixture([Case].self, from: "pytorch/class_weights.json")
        #expect(cases.count == 6)
        for test in cases {
            let configuration = try Self.configuration(
                Self.images(test.counts),
                TrainingConfiguration.StepRules(
                    labelSmoothing: test.smoothing, classWeights: test.kind,
                    classWeightBeta: test.beta))
            let labels = test.counts.enumerated().flatMap {
                Array(repeating: $0.offset, count: $0.element)
            }
            let weights = try #require(configuration.classWeights(labels: labels))
            for (found, expected) in zip(weights, test.weights) {
                #expect(abs(found - expected) < 1e-9 * expected, "\(test.kind) \(weights)")
            }
            let (targets, weighted, _) = configuration.weightedTargets(
                test.labels, test.share.map { Mixing(kind: .mixup, weight: $0) }, weights)
            let factors = weighted.factors
            let (count, classes) = (test.labels.count, test.counts.count)
            var loss = 0.0
            for image in 0..<count {
                let range = image * classes..<(image + 1) * classes
                let sum = test.logits[range].map(exp).reduce(0, +)
                for index in range {
                    let (share, target) = (exp(test.logits[index]) / sum, Double(targets[index]))
                    loss -= factors[image] * target * log(share) / Double(count)
                    let gradient = factors[image] * (share - target) / Double(count)
                    #expect(abs(gradient - test.gradient[index]) < 1e-6, "\(test)")
                }
            }
            #expect(abs(loss - test.loss) < 1e-6, "\(test)")
        }
    }

    @Test("leave labels what is right, where smoothed a class that weighs much more has the most")
    func hitTargets() throws {
        let configuration = try Self.configuration(
            Self.images([23, 1]), .init(labelSmoothing: 0.1, classWeights: .balanced))
        let labels = [0, 1, 0, 0]
        let plain = configuration.weightedTargets(labels, nil, [1, 23])
        #expect(plain.targets[0] < plain.targets[1])
        #expect(plain.images.labels == labels)
        // Each image is mixed with the one before it, and the larger part counts.
        let mixed = configuration.weightedTargets(
            labels, Mixing(kind: .mixup, weight: 0.75), [1, 23])
        #expect(mixed.images.labels == labels)
        let other = configuration.weightedTargets(
            labels, Mixing(kind: .mixup, weight: 0.25), [1, 23])
        #expect(other.images.labels == [0, 0, 1, 0])
    }

    /// With weights that hardly move, runs that differ in their targets alone have the same logits.
    @Test(
        "and smoothed labels leave the training accuracy what it is without them",
        arguments: TestedDevice.allCases)
    func accuracy(device: TestedDevice) throws {
        let temporary = try TemporaryDirectory()
        // 23 : 1 makes the rare class the largest target of all images: (0.95 : 0.05) is 19. Of 23
        // images no half can be right, so that the mistake could not hide.
        let images = try Self.images([23, 1])
        func accuracies(_ name: String, smoothing: Double) throws -> [Double] {
            let run = try RunDirectory.create(
                at: temporary.path + "/" + name,
                Self.configuration(
                    images, .init(labelSmoothing: smoothing, shards: 2, classWeights: .balanced),
                    optimizer: .sgd(SGD(learningRate: 1e-30))
                ).computing(on: device))
            try Trainer(run, train: images, validation: images, device: device.device()).train()
            return try run.records().map(\.trainAccuracy)
        }
        let plain = try accuracies("plain", smoothing: 0)
        #expect(plain.count == 3)
        #expect(try accuracies("smoothed", smoothing: 0.1) == plain)
    }

    @Test("are none where all classes weigh the same")
    func none() throws {
        let configuration = try Self.configuration(Self.images([5, 2]), .init())
        #expect(configuration.classWeights(labels: [0, 0, 0, 0, 0, 1, 1]) == nil)
        #expect(configuration.order(epoch: 2) == .shuffled(seed: 7, epoch: 2))
    }

    /// How often each image comes in an epoch.
    private static func draws(
        _ counts: [Int], _ sampler: TrainingConfiguration.Sampler, epoch: Int
    ) throws -> (images: [Int], classes: [Int]) {
        let images = try Self.images(counts)
        let configuration = try Self.configuration(images, .init(sampler: sampler))
        let sequence = try BatchSequence(
            images: images, normalization: configuration.model.normalization, batchSize: 16,
            order: configuration.order(epoch: epoch), seed: 7)
        var (drawn, classes) = (
            [Int](repeating: 0, count: images.count), [Int](repeating: 0, count: counts.count)
        )
        for index in 0..<sequence.count {
            for image in try sequence.batch(at: index).imageIndices {
                drawn[image] += 1
                classes[images.labels[image]] += 1
            }
        }
        return (drawn, classes)
    }

    @Test("are drawn alike by balanced, by their roots by square-root, all images of one alike")
    func shares() throws {
        let counts = [81, 9, 0, 4, 6]
        var sums = [Int](repeating: 0, count: counts.count)
        for epoch in 0..<8 {
            let balanced = try Self.draws(counts, .balanced, epoch: epoch)
            #expect(balanced.classes == [25, 25, 0, 25, 25])
            // 25 of 9 images: each comes 2 or 3 times.
            #expect(Set(balanced.images[81..<90]) == [2, 3])
            #expect(Set(balanced.images[..<81]) == [0, 1])
            let rooted = try Self.draws(counts, .squareRoot, epoch: epoch)
            #expect(rooted.classes.reduce(0, +) == 100)
            let total = 9 + 3 + 2 + 6.0.squareRoot()
            for (found, value) in zip(rooted.classes, [9, 3, 0, 2, 6.0.squareRoot()]) {
                #expect(abs(Double(found) - 100 * value / total) < 1)
            }
            for (index, count) in rooted.classes.enumerated() { sums[index] += count }
        }
        // Rounded down in some epochs and up in others.
        #expect(sums.contains { !$0.isMultiple(of: 8) })
        let (first, second) = (
            try Self.draws(counts, .balanced, epoch: 0), try Self.draws(counts, .balanced, epoch: 1)
        )
        #expect(first.images != second.images)
        #expect(try Self.draws(counts, .uniform, epoch: 0).images.allSatisfy { $0 == 1 })
    }

    @Test("are augmented otherwise each time that an image comes again")
    func repetitions() throws {
        let images = try Self.images([40, 1])
        let configuration = try Self.configuration(
            images, .init(sampler: .balanced),
            augmentation: Augmentation(horizontalFlip: true, cropPadding: 3))
        let sequence = try BatchSequence(
            images: images, normalization: configuration.model.normalization,
            augmentation: configuration.augmentation, batchSize: images.count,
            order: configuration.order(epoch: 0), seed: 7)
        let batch = try sequence.batch(at: 0)
        let size = images.height * images.width
        let repeated = batch.imageIndices.indices.filter { batch.imageIndices[$0] == 40 }
        #expect(repeated.count >= 20)
        let pixels = Set(repeated.map { Array(batch.images[$0 * size..<($0 + 1) * size]) })
        #expect(pixels.count > 10)
    }

    @Test(
        "train to the same bits on any number of threads, stopped or not",
        arguments: [
            (TrainingConfiguration.ClassWeights.balanced, TrainingConfiguration.Sampler.uniform),
            (.effectiveNumber, .squareRoot), (.none, .balanced),
        ])
    func resumes(
        weights: TrainingConfiguration.ClassWeights, sampler: TrainingConfiguration.Sampler
    ) throws {
        let temporary = try TemporaryDirectory()
        let images = try Self.images([40, 8, 3])
        let rules = TrainingConfiguration.StepRules(
            labelSmoothing: 0.1, shards: 2, classWeights: weights, sampler: sampler)
        let augmentation = Augmentation(horizontalFlip: true, cropPadding: 1, mixup: 0.4)
        func run(_ name: String, threads: Int, stopAt step: Int?) throws -> Data {
            let path = temporary.path + "/" + name
            let configuration = try Self.configuration(images, rules, augmentation: augmentation)
            if let step {
                let run = try RunDirectory.create(at: path, configuration)
                let trainer = try Trainer(
                    run, train: images, validation: images, device: .cpu(threads: threads))
                try trainer.train(until: { trainer.position.step >= step })
            }
            return try finish(path, step == nil ? configuration : nil, threads: threads)
        }
        func finish(
            _ path: String, _ configuration: TrainingConfiguration?, threads: Int
        ) throws -> Data {
            let run =
                try configuration.map { try RunDirectory.create(at: path, $0) }
                ?? RunDirectory.open(at: path)
            #expect(run.configuration.stepRules == rules)
            try Trainer(
                run, train: images, validation: images, device: .cpu(threads: threads)
            ).train()
            let record = try #require(try run.records().last)
            let recalls = try #require(record.validationRecall).compactMap(\.self)
            #expect(recalls.count == 3)
            #expect(record.validationBalancedAccuracy == recalls.reduce(0, +) / 3)
            return try Data(contentsOf: URL(fileURLWithPath: run.modelFile))
        }
        let whole = try run("whole", threads: 1, stopAt: nil)
        #expect(try run("parts", threads: 2, stopAt: 6) == whole)
        #expect(try run("threads", threads: 2, stopAt: nil) == whole)
    }
}
