// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDatasets
import WRNEngine
import WRNImages
import WRNModel
import WRNTensor

@testable import WRNInference

@Suite("Classification for many tasks")
struct ClassificationServiceTests {
    /// A photograph without a pattern, of another size for each number.
    private static func photograph(_ number: Int) -> PixelImage {
        var state = UInt32(truncatingIfNeeded: 77 + number)
        let (height, width) = (9 + number % 5, 12 + number % 3)
        let pixels = (0..<height * width * 3).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return PixelImage(height: height, width: width, channels: 3, pixels: pixels)
    }

    private static func prepared(_ tensors: [String: Tensor] = [:]) throws -> PreparedModel {
        let model = try TinyModel.model()
        return try PreparedModel(
            description: model.description, tensors: model.tensors.merging(tensors) { $1 },
            device: .cpu(threads: 1))
    }

    @Test(
        "tasks get the bits that a classifier gives, whatever is computed beside them",
        arguments: [(1, 1, 1), (4, 1, 2), (16, 3, 1)])
    func answers(batch: Int, workers: Int, threads: Int) async throws {
        let model = try Self.prepared()
        let classifier = try Classifier(model, batch: 2, threads: 1)
        let photographs = (0..<24).map(Self.photograph)
        let expected = try classifier.classify(photographs)
        #expect(Set(expected.map { $0[0].probability }).count > 20)
        let service = try ClassificationService(
            model,
            options: .init(batch: batch, workers: workers, threads: threads, limit: 7))
        let answers = try await withThrowingTaskGroup { group in
            for (index, photograph) in photographs.enumerated() {
                group.addTask { (index, try await service.classify(photograph)) }
            }
            return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
        #expect(answers.count == 24)
        for (index, predictions) in answers { #expect(predictions == expected[index]) }
        #expect(service.pendingCount == 0)
    }

    @Test("batches at the same time divide the threads, and expect each other for a while")
    func division() {
        let division = ThreadDivision(threads: 8)
        #expect(division.begin() == 8)
        #expect(division.begin() == 4)
        #expect(division.begin() == 2)
        for _ in 0..<3 { division.end() }
        var alone: [Int] = []
        for _ in 0..<ThreadDivision.patience {
            alone.append(division.begin())
            division.end()
        }
        #expect(alone == Array(repeating: 2, count: ThreadDivision.patience - 1) + [8])
        let one = ThreadDivision(threads: 1)
        #expect([one.begin(), one.begin()] == [1, 1])
    }

    @Test("photographs give the bits of a data set of their prepared pixels")
    func photographs() throws {
        let classifier = try TinyModel.classifier(batch: 4)
        let photographs = (0..<9).map(Self.photograph)
        let preparation = classifier.preparation
        let images = try LabelledImages(
            name: "prepared", channels: 3, height: 8, width: 8,
            pixels: photographs.flatMap { preparation($0).pixels },
            labels: photographs.map { _ in 0 }, classNames: ["any"])
        #expect(
            try classifier.classify(photographs)
                == (try classifier.classify(images, indices: Array(0..<9))))
        #expect(try classifier.classify([PixelImage]()).isEmpty)
    }

    @Test("the classifiers of a model share its weights")
    func sharing() throws {
        let model = try Self.prepared()
        let first = try Classifier(model, batch: 1, threads: 1)
        let second = try Classifier(first.model, batch: 64, threads: 2)
        #expect(second.model.description == model.description)
        #expect(first.plannedByteCount < model.byteCount + second.plannedByteCount)
        let photographs = (0..<3).map(Self.photograph)
        let before = try second.classify(photographs)
        #expect(try first.classify(photographs) == before)
        var tensors = try TinyModel.model().tensors
        tensors["fc.bias"] = Tensor(shape: TensorShape([4]), elements: [9, 0, 0, 0])
        try first.load(tensors)
        #expect(try first.classify(photographs) != before)
        #expect(try second.classify(photographs) == before)
    }

    @Test("beyond the limit a service that refuses says so, and one that waits goes on later")
    func overload() async throws {
        let model = try Self.prepared()
        let refusing = try ClassificationService(
            model, options: .init(threads: 1, limit: 2, overload: .refuses))
        #expect(refusing.admission.tryEnter() && refusing.admission.tryEnter())
        #expect(refusing.pendingCount == 2)
        await #expect(throws: InferenceError.overloaded(limit: 2)) {
            try await refusing.classify(Self.photograph(0))
        }
        refusing.admission.leave()
        #expect(try await refusing.classify(Self.photograph(0)).count == 4)

        let waiting = try ClassificationService(model, options: .init(threads: 1, limit: 1))
        #expect(waiting.admission.tryEnter())
        let task = Task { try await waiting.classify(Self.photograph(0)) }
        while waiting.admission.waitingCount == 0 { await Task.yield() }
        waiting.admission.leave()
        #expect(try await task.value.count == 4)
        #expect(waiting.pendingCount == 0)
    }

    @Test("a cancelled task ends, and takes no place")
    func cancellation() async throws {
        let service = try ClassificationService(
            Self.prepared(), options: .init(threads: 1, limit: 1))
        #expect(service.admission.tryEnter())
        let task = Task { try await service.classify(Self.photograph(0)) }
        while service.admission.waitingCount == 0 { await Task.yield() }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(service.pendingCount == 1)
        service.admission.leave()
        #expect(try await service.classify(Self.photograph(1)).count == 4)
    }

    @Test("bytes are decoded, and what is no image is an error of its own task")
    func decoding() async throws {
        let service = try ClassificationService(Self.prepared(), options: .init(threads: 1))
        let photograph = Self.photograph(4)
        let bytes = try photograph.png()
        let expected = try Classifier(service.model).classify([photograph])[0]
        #expect(try await service.classify(decoding: bytes, file: "a.png") == expected)
        await #expect(throws: ImageError.self) {
            try await service.classify(decoding: Array(bytes.prefix(20)), file: "a.png")
        }
        let large = await #expect(throws: ImageError.self) {
            try await service.classify(
                decoding: bytes, file: "a.png", limits: ImageLimits(pixels: 100))
        }
        #expect(large?.code == .tooLarge)
        #expect(service.pendingCount == 0)
    }

    @Test("weights that are not numbers give an error, not a class")
    func notFinite() async throws {
        let bias = Tensor(shape: TensorShape([4]), repeating: .nan)
        let service = try ClassificationService(
            Self.prepared(["fc.bias": bias]), options: .init(threads: 1))
        await #expect(throws: InferenceError.notFinite(dataset: "photographs", index: 0)) {
            try await service.classify(Self.photograph(0))
        }
    }

    @Test("impossible options are refused")
    func options() throws {
        let model = try Self.prepared()
        for options in [
            ClassificationService.Options(workers: 0), .init(limit: 0), .init(batch: 0),
            .init(threads: 0),
        ] {
            #expect(throws: (any Error).self) {
                _ = try ClassificationService(model, options: options)
            }
        }
    }

    @Test("a service reads whatever a classifier reads: here the model of the package")
    func bundled() async throws {
        let service = try ClassificationService(
            contentsOf: .bundled, device: .cpu(), options: .init(batch: 2, threads: 1))
        #expect(service.model.description.architecture == "wrn-16-2")
        let photograph = Self.photograph(3)
        let expected = try Classifier(contentsOf: .bundled).classify([photograph])[0]
        #expect(try await service.classify(photograph) == expected)
    }
}
