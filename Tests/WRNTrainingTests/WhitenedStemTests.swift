// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNBatches
import WRNDatasets
import WRNEngine
import WRNInference
import WRNModel
import WRNPlan
import WRNTensor
import WRNTestSupport

@testable import WRNRuns
@testable import WRNTraining

@Suite("A stem that whitens patches")
struct WhitenedStemTests {
    private let temporary: TemporaryDirectory
    private let tiny: TinyRun

    init() throws {
        temporary = try TemporaryDirectory()
        tiny = try TinyRun()
    }

    private func configuration(
        _ stem: TrainingConfiguration.WhitenedStem?, optimizer: Optimizer = .sgd(SGD())
    ) throws -> TrainingConfiguration {
        try TrainingConfiguration(
            network: "wrn-10-0.25", source: "bands", train: tiny.train, validation: tiny.test,
            epochs: 2, batch: 16, seed: 7, optimizer: optimizer, schedule: .constant,
            augmentation: Augmentation.none,
            stepRules: TrainingConfiguration.StepRules(whitenedStem: stem))
    }

    /// The values of each filter on each patch of 3 x 3 that lies in an image.
    private func responses(_ filters: Tensor, _ configuration: TrainingConfiguration) throws
        -> [[Double]]
    {
        let images = tiny.train
        let batch = try BatchSequence(
            images: images, normalization: configuration.model.normalization,
            batchSize: images.count
        ).batch(at: 0)
        let (height, width) = (images.height, images.width)
        return (0..<filters.shape.extents[0]).map { filter in
            var values: [Double] = []
            for image in 0..<images.count {
                for top in 0..<height - 2 {
                    for left in 0..<width - 2 {
                        var sum = 0.0
                        for y in 0..<3 {
                            for x in 0..<3 {
                                let pixel = (image * height + top + y) * width + left + x
                                sum +=
                                    Double(batch.images[pixel])
                                    * Double(filters.elements[filter * 9 + y * 3 + x])
                            }
                        }
                        values.append(sum)
                    }
                }
            }
            return values
        }
    }

    @Test("has filters whose values are uncorrelated and of the size 1, in pairs of either sign")
    func whitens() throws {
        let configuration = try configuration(.trained)
        let graph = try configuration.model.graph()
        let first = try configuration.firstTensors(of: graph, train: tiny.train).tensors
        let filters = try #require(first["conv0.weight"])
        #expect(filters.shape.extents == [16, 1, 3, 3])
        for index in 0..<8 * 9 { #expect(filters.elements[index + 72] == -filters.elements[index]) }
        let values = try responses(filters, configuration)
        func moment(_ one: [Double], _ other: [Double]) -> Double {
            zip(one, other).reduce(0) { $0 + $1.0 * $1.1 } / Double(one.count)
        }
        for one in 0..<8 {
            let size = moment(values[one], values[one])
            // λ / (λ + 0.0005), which falls from component to component.
            #expect(size > 0.5 && size < 1)
            if one > 0 { #expect(size <= moment(values[one - 1], values[one - 1]) + 1e-6) }
            for other in 0..<one { #expect(abs(moment(values[one], values[other])) < 1e-4) }
        }
        // Nothing else begins otherwise, and nothing without the setting.
        let plain = try self.configuration(nil).firstTensors(of: graph, train: tiny.train).tensors
        for (name, tensor) in plain where name != "conv0.weight" {
            #expect(first[name] == tensor)
        }
        #expect(plain["conv0.weight"] != filters)
        let none = try self.configuration(TrainingConfiguration.WhitenedStem.none)
            .firstTensors(of: graph, train: tiny.train).tensors
        #expect(none == plain)
    }

    private func stop(
        _ path: String, _ configuration: TrainingConfiguration, afterStep limit: Int
    ) throws {
        let trainer = try tiny.trainer(try RunDirectory.create(at: path, configuration))
        try trainer.train(until: { trainer.position.step >= limit })
    }

    @Test("keeps its filters where they are frozen, and trains them on where not")
    func freezes() throws {
        for (stem, optimizer) in [
            (.frozen, .sgd(SGD(learningRate: 0.05))), (.trained, .sgd(SGD(learningRate: 0.05))),
            (.frozen, .muon(Muon())),
        ] as [(TrainingConfiguration.WhitenedStem, Optimizer)] {
            let path = temporary.path + "/\(stem)-\(optimizer.name)"
            let configuration = try configuration(stem, optimizer: optimizer)
            let graph = try configuration.model.graph()
            let first = try configuration.firstTensors(of: graph, train: tiny.train).tensors
            try stop(path, configuration, afterStep: 7)
            // Resumed in the middle of an epoch.
            let run = try RunDirectory.open(at: path)
            try tiny.trainer(run).train()
            let model = try Model(readingFrom: run.modelFile) { try $0.graph() }
            let isSame = model.tensors["conv0.weight"] == first["conv0.weight"]
            #expect(isSame == (stem == .frozen), "\(path)")
            let whole = try RunDirectory.create(at: path + "-whole", configuration)
            try tiny.trainer(whole).train()
            #expect(
                try Model(readingFrom: whole.modelFile) { try $0.graph() }.tensors
                    == model.tensors)
        }
    }

    @Test("finds the components of a matrix that is known")
    func components() throws {
        // Images of two grey levels: patches are all of the one or all of the other.
        let images = try LabelledImages(
            name: "flat", channels: 1, height: 4, width: 4,
            pixels: [UInt8](repeating: 0, count: 16) + [UInt8](repeating: 255, count: 16),
            labels: [0, 1], classNames: ["dark", "light"])
        let normalization = try Normalization(mean: [0.5], standardDeviation: [0.5])
        let moments = try PatchMoments(
            images, normalization: normalization, kernelSize: 2, skipsBroken: false)
        let components = moments.components
        #expect(components.count == 1)
        let first = try #require(components.first)
        #expect(abs(first.moment - 4) < 1e-9)
        #expect(first.direction.allSatisfy { abs($0 - 0.5) < 1e-9 })
    }
}
