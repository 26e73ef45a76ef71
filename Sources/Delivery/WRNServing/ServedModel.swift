// SPDX-License-Identifier: Apache-2.0

import HTTPTypes
import WRNBatches
import WRNEngine
package import WRNImages
package import WRNInference
package import WRNModel
import WRNTensor
import WRNThreads

/// A model under its name, with the service that computes its answers.
///
/// It never changes; a reload puts another one in its place.
package final class ServedModel: Sendable {
    /// The name in paths.
    package let name: String
    /// The service.
    package let service: ClassificationService
    /// The threads that decode images.
    private let decoder: BatchQueue<EncodedImage, DecodedImage>
    private let maps: ClassMaps

    /// The multiply-adds of an image up to which two batches are computed at the same time: where
    /// a batch takes a few milliseconds, what it loses when HTTP takes a processor counts.
    private static let smallNetwork = 200_000_000

    /// Allocates the workers of a model.
    package init(
        name: String, model: PreparedModel, options: ModelServer.Options, metrics: ServerMetrics
    ) throws {
        self.name = name
        service = try ClassificationService(
            model,
            options: ClassificationService.Options(
                batch: options.batch,
                workers: model.multiplyAdds <= Self.smallNetwork ? 2 : 1,
                threads: options.threads, limit: options.queue, overload: .refuses),
            delay: options.maximumDelay
        ) { count, seconds in metrics.recordBatch(of: count, model: name, seconds: seconds) }
        let limits = ImageLimits(pixels: options.maximumPixels)
        let threads = options.threads ?? ExecutionOptions.availableProcessors
        let work: BatchQueue<EncodedImage, DecodedImage>.Worker = { images in
            try images.map { image in
                try metrics.timing(.decoding) {
                    let decoded = try PixelImage(
                        decoding: image.bytes, file: image.name, limits: limits)
                    let fitted = try model.description.fitted(decoded)
                    return DecodedImage(
                        values: model.normalization.values(of: fitted), height: decoded.height,
                        width: decoded.width)
                }
            }
        }
        decoder = BatchQueue(batch: 1, workers: Array(repeating: work, count: threads))
        maps = ClassMaps(
            model, threads: options.threads, limit: options.queue, metrics: metrics)
    }

    /// The description of the network and of the images that it expects.
    package var description: ModelDescription { service.model.description }

    /// The logits of images in the order given; all or none are answered.
    package func logits(for images: [ServedImage]) async throws -> [[Float]] {
        try await inOrder(images) { image in
            try await self.service.logits {
                switch image {
                case .values(let values): values
                case .pixels(let image): self.service.model.normalization.values(of: image)
                case .encoded(let image): try await self.decoded(image).values
                }
            }
        }
    }

    /// The logits of image files in the order given, and the maps of some classes of each; all or
    /// none are answered.
    ///
    /// - Parameter classes: The classes whose maps are requested, from an image's logits.
    func explained(
        _ images: [EncodedImage], classes: @escaping @Sendable ([Float]) throws -> [Int]
    ) async throws -> [(logits: [Float], maps: [Explanation])] {
        try await inOrder(images) { image in
            var decoded = DecodedImage(values: [], height: 0, width: 0)
            let logits = try await self.service.logits {
                decoded = try await self.decoded(image)
                return decoded.values
            }
            let request = ClassMaps.Request(image: decoded, classes: try classes(logits))
            return (logits, try await self.maps.explanations(of: request))
        }
    }

    /// Whether the model takes image files, which have 1 channel (grey) or 3 (colours).
    package var takesFiles: Bool { description.readsPhotographs }

    /// An image file as the network reads it.
    ///
    /// - Throws: A ``Refusal`` for a model that takes no files.
    private func decoded(_ image: EncodedImage) async throws -> DecodedImage {
        guard takesFiles else {
            throw Refusal(
                .unprocessableContent, "noFiles",
                "this model takes no image files, as its network reads "
                    + "\(description.inputChannels) channels, and they have 1 (grey) or 3 "
                    + "(colours); send pixels or input to /v2/models/\(name)/infer")
        }
        return try await decoder.result(for: image)
    }

    /// The results of work on all items at once, in their order.
    private func inOrder<Item: Sendable, Result: Sendable>(
        _ items: [Item], _ work: @escaping @Sendable (Item) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            for (index, item) in items.enumerated() {
                group.addTask { (index, try await work(item)) }
            }
            var results: [(Int, Result)] = []
            for try await result in group { results.append(result) }
            return results.sorted { $0.0 < $1.0 }.map(\.1)
        }
    }

    /// All classes of an image with their probabilities, the likeliest first.
    package func predictions(_ logits: [Float]) throws(InferenceError) -> [Prediction] {
        try description.predictions(logits[...], dataset: name, index: 0)
    }
}

/// An image file in memory.
package struct EncodedImage: Sendable {
    /// The name in messages, which the client chose.
    package let name: String
    /// The bytes of the file.
    package let bytes: [UInt8]
}

/// An image as the network reads it.
struct DecodedImage: Sendable {
    /// The normalised numbers, pixel after pixel.
    let values: [Float]
    /// The rows of the file's image.
    let height: Int
    /// The columns of the file's image.
    let width: Int
}

/// An image of a request.
package enum ServedImage: Sendable {
    /// The numbers that the network reads, pixel after pixel.
    case values([Float])
    /// An image of the network's size and channels.
    case pixels(PixelImage)
    /// A JPEG, PNG or WebP.
    case encoded(EncodedImage)
}

/// The models of a server, which are replaced whole.
package final class ModelRegistry: Sendable {
    private struct State {
        var models: [ServedModel]
        var generation = 1
    }

    private let state: Locked<State>
    private let prepare: @Sendable () throws -> [ServedModel]
    // One reload at a time: two would hold three copies of the weights.
    private let reloading = Locked(())

    /// Prepares all models.
    ///
    /// - Parameter prepare: The preparation, called again for each reload.
    package init(_ prepare: @escaping @Sendable () throws -> [ServedModel]) throws {
        self.prepare = prepare
        state = Locked(State(models: try prepare()))
    }

    /// The models, the default one first.
    package var models: [ServedModel] { state.withLock { $0.models } }
    /// The number of times that models were put in place.
    package var generation: Int { state.withLock { $0.generation } }

    /// Prepares all models anew and puts them in place; requests under way keep the old ones.
    ///
    /// - Throws: What the preparation throws; then the old models stay.
    package func reload() throws {
        try reloading.withLock { _ in
            let models = try prepare()
            state.withLock { state in
                state.models = models
                state.generation += 1
            }
        }
    }

    /// The model of a name, or the default one.
    package func model(named name: String?) throws(Refusal) -> ServedModel {
        let models = models
        guard let name else {
            guard let first = models.first else {
                throw Refusal(.serviceUnavailable, "notReady", "the server has no model")
            }
            return first
        }
        guard let found = models.first(where: { $0.name == name }) else {
            throw Refusal(
                .notFound, "unknownModel",
                "there is no model \"\(name.prefix(100))\"; this server has "
                    + models.map(\.name).joined(separator: ", "))
        }
        return found
    }
}
