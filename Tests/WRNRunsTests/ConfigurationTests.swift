// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNBatches
import WRNDatasets
import WRNGraph
import WRNModel
import WRNPlan
import WRNTensor
import WRNTestSupport

@testable import WRNRuns

@Suite("Configurations")
struct ConfigurationTests {
    let tiny: TinyRun

    init() throws {
        tiny = try TinyRun()
    }

    @Test("Take the images' size, classes and normalisation")
    func describesTheImages() throws {
        let configuration = try tiny.configuration(network: "WRN-10-0.25")
        let model = configuration.model
        #expect(model.architecture == "wrn-10-0.25")
        #expect(model.classNames == ["band 0", "band 1", "band 2"])
        #expect([model.inputChannels, model.inputHeight, model.inputWidth] == [1, 9, 9])
        #expect(model.mean == Normalization(measuring: tiny.train).mean)
        #expect(configuration.stepsPerEpoch == 5)
    }

    @Test("Are the same after they were written and read")
    func roundTrip() throws {
        let configuration = try tiny.configuration()
        let text = try RunJSON.text(configuration, isPretty: true)
        let read = try RunJSON.value(
            TrainingConfiguration.self, from: text.utf8, file: "config.json")
        #expect(read == configuration)
    }

    @Test("Reads a configuration of earlier versions, which call the validation images test images")
    func earlier() throws {
        let configuration = try tiny.configuration()
        let text = try RunJSON.text(configuration, isPretty: true)
            .replacing("\"validation_images\"", with: "\"test_images\"")
        func read(_ text: String) throws -> TrainingConfiguration.Data {
            try RunJSON.value(TrainingConfiguration.self, from: text.utf8, file: "config.json").data
        }
        #expect(text.contains("\"test_images\" : 30"))
        #expect(try read(text) == configuration.data)
        #expect(try read(text).evaluatedSplit == .validation)
        // Data sets that are known by name have no validation images.
        let known = text.replacing("\"source\" : \"bands\"", with: "\"source\" : \"cifar10\"")
        #expect(try read(known).evaluatedSplit == .test)
        let error = #expect(throws: TrainingError.self) {
            try read(text.replacing("\"test_images\"", with: "\"images\""))
        }
        #expect(error?.message.contains("the field data.validation_images, found none") == true)
        let files = try RunJSON.value(
            TrainingConfiguration.Files.self,
            from: #"""
                {"validation_fraction": 0.1, "split_seed": 0, "allows_empty_classes": false,
                "skips_broken": true, "train_fingerprint": "a", "test_fingerprint": "b"}
                """#.utf8, file: "config.json")
        #expect(files.validationFingerprint == "b" && files.classMap == nil)
    }

    @Test("Of version 3, which has no precision, are in float32")
    func earlierPrecision() throws {
        func read(_ text: String) throws -> TrainingConfiguration {
            try RunJSON.value(TrainingConfiguration.self, from: text.utf8, file: "config.json")
        }
        let configuration = try tiny.configuration(precision: .bfloat16)
        let text = try RunJSON.text(configuration, isPretty: true)
        #expect(try read(text).precision == .bfloat16)
        let earlier =
            text.replacing("\"version\" : 8", with: "\"version\" : 3")
            .replacing("  \"precision\" : \"bfloat16\",\n", with: "")
        #expect(earlier.count < text.count - 20)
        #expect(try read(earlier) == tiny.configuration(precision: .float32))
        #expect(try read(earlier).version == TrainingConfiguration.currentVersion)
        let error = #expect(throws: TrainingError.self) {
            try read(text.replacing("\"bfloat16\"", with: "\"float64\""))
        }
        #expect(
            error?.message.contains("expected Precision as precision, found another kind of value")
                == true, "\(String(describing: error))")
    }

    @Test("Of version 4, which has no weights of classes, weigh and draw all images alike")
    func earlierClassWeights() throws {
        func read(_ text: String) throws -> TrainingConfiguration {
            try RunJSON.value(TrainingConfiguration.self, from: text.utf8, file: "config.json")
        }
        let text = try RunJSON.text(tiny.configuration(), isPretty: true)
        let added = ["\"class_weight_beta\"", "\"class_weights\"", "\"sampler\""]
        let lines = text.split(separator: "\n").filter { line in
            !added.contains { line.contains($0) }
        }
        #expect(lines.count == text.split(separator: "\n").count - 3)
        let earlier = lines.joined(separator: "\n")
            .replacing("\"version\" : 8", with: "\"version\" : 4")
            .replacing(",\n  }", with: "\n  }")
        #expect(try read(earlier) == tiny.configuration())
        let other = try read(text.replacing("\"uniform\"", with: "\"square-root\""))
        #expect(other.stepRules.sampler == .squareRoot)
        #expect(throws: TrainingError.self) {
            try read(text.replacing("\"uniform\"", with: "\"oval\""))
        }
    }

    @Test("Of version 7, which has parts and no shards, are read, and resumed with one part")
    func earlierParts() throws {
        func read(_ text: String) throws -> TrainingConfiguration {
            try RunJSON.value(TrainingConfiguration.self, from: text.utf8, file: "config.json")
        }
        let text = try RunJSON.text(tiny.configuration(), isPretty: true)
        func earlier(_ parts: Int) -> String {
            text.replacing("\"version\" : 8", with: "\"version\" : 7")
                .replacing("\"shards\" : 1", with: "\"accumulation\" : \(parts)")
        }
        #expect(try read(earlier(1)) == tiny.configuration())
        #expect(try read(earlier(1)).differences(from: tiny.configuration()).isEmpty)
        let parts = try read(earlier(3))
        #expect(parts.stepRules.shards == 1)
        #expect(
            try parts.differences(from: tiny.configuration()).map(\.key) == ["accumulation"])
        #expect(try read(RunJSON.text(parts)) == parts)
        let directory = try TemporaryDirectory()
        try directory.write(earlier(3), to: "config.json")
        let error = #expect(throws: TrainingError.self) {
            try RunDirectory.open(at: directory.path)
        }
        #expect(error?.code == .invalidConfiguration)
        #expect(
            error?.message
                == "\(directory.path): an earlier version began the run, whose batches are computed "
                + "in 3 parts (accumulation), and this one computes shards, which have other "
                + "statistics; resume it with the version that began it, or begin a new run with "
                + "shards")
        #expect(
            try contents(of: directory.path + "/config.json") == Array(earlier(3).utf8),
            "it is left as it was")
    }

    @Test("Refuse a network that cannot be")
    func refusesNetwork() {
        #expect(throws: GraphError.self) { try tiny.configuration(network: "wrn-11-1") }
    }

    @Test(
        "Refuse numbers out of range, and say which",
        arguments: [
            (0, 16, 0.1, "epochs must be in 1...1000000, not 0"),
            (1, 0, 0.1, "the batch must be in 1...65536, not 0"),
            (1, 16, 0, "the learning rate must be above 0, not 0.0"),
            (1, 16, .nan, "the learning rate must be above 0, not nan"),
        ])
    func refusesNumbers(epochs: Int, batch: Int, rate: Double, message: String) throws {
        let base = try tiny.configuration()
        let configuration = TrainingConfiguration(
            model: base.model, data: base.data, epochs: epochs, batch: batch,
            optimizer: .sgd(SGD(learningRate: rate)), schedule: .constant)
        let error = #expect(throws: TrainingError.self) { try configuration.validate() }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.message == message)
    }

    @Test("Refuse more steps than random numbers have numbers for")
    func refusesTooManySteps() throws {
        let base = try tiny.configuration()
        let data = TrainingConfiguration.Data(
            source: "x", name: "x", trainImages: 1_000_000, validationImages: 1)
        let configuration = TrainingConfiguration(
            model: base.model, data: data, epochs: 1_000_000, batch: 1, schedule: .constant)
        let error = #expect(throws: TrainingError.self) { try configuration.validate() }
        #expect(error?.message.contains("more than 4294967295 steps") == true)
    }

    @Test("Refuse schedules that contradict themselves")
    func refusesSchedules() {
        let bad: [LearningRateSchedule] = [
            .steps(milestones: [3, 2], ratio: 0.2), .steps(milestones: [-1], ratio: 0.2),
            .steps(milestones: [1], ratio: 0), .cosine(warmupEpochs: -1), .cosine(warmupEpochs: 11),
            .cosine(warmupEpochs: .nan),
        ]
        for schedule in bad { #expect(schedule.problem(epochs: 10) != nil, "\(schedule)") }
    }
}
