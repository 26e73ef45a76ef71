// SPDX-License-Identifier: Apache-2.0

import WRNInference
import WRNModel

/// The parameters of `POST /classify`.
struct ClassificationOptions: Sendable {
    /// The most classes that can be requested of an image.
    static let classLimit = 100_000
    /// The most classes of an image that an answer with maps has.
    static let mappedClassLimit = 20

    /// The name of the model; nil for the default one.
    let model: String?
    /// The classes of each image in the answer.
    let top: Int
    /// Whether the answer has class activation maps.
    let map: Bool
    /// The class of the map, by its name or its number; nil for all classes in the answer.
    let className: String?

    /// Reads the parameters of a query.
    ///
    /// - Throws: A ``Refusal`` for one that is unknown, repeated or out of its range.
    init(_ exchange: Exchange) throws(Refusal) {
        let query = exchange.query
        let names = ["class", "map", "model", "top"]
        if let name = query.keys.sorted().first(where: { !names.contains($0) }) {
            throw .invalid(
                "there is no parameter \"\(name.prefix(100))\"; expected "
                    + names.dropLast().joined(separator: ", ") + " or top")
        }
        if let name = exchange.repeatedParameter {
            throw .invalid("\(name): expected one value, found several")
        }
        model = query["model"]
        guard let map = Bool(query["map"] ?? "false") else {
            throw .invalid("map: expected true or false")
        }
        guard let top = query["top"].map({ Int($0) }) ?? 5, (1...Self.classLimit).contains(top)
        else {
            throw .invalid("top: expected a number of classes, 1 to \(Self.classLimit)")
        }
        guard !map || query["class"] != nil || top <= Self.mappedClassLimit else {
            throw .invalid(
                "top: expected 1 to \(Self.mappedClassLimit) classes with map=true, found \(top)")
        }
        guard map || query["class"] == nil else {
            throw .invalid("class: it is the class of a map; expected map=true, too")
        }
        self.map = map
        self.top = top
        className = query["class"]
    }
}

/// The answer to `POST /classify`.
struct Classification: Codable {
    struct Image: Codable {
        let predictions: [Prediction]
        /// Whether the likeliest class has less than the model's threshold; nil where the model
        /// has none.
        let unknown: Bool?
        var maps: [ClassMap]?
    }

    /// The map of a class, as `wrn explain --json` writes it.
    struct ClassMap: Codable {
        let classIndex: Int
        let className: String
        let logit: Float
        let map: SaliencyMap
    }

    let model: String
    let images: [Image]
}

extension ServedModel {
    /// The answer for images, which are all classified, or none.
    func classification(
        of images: [EncodedImage], _ options: ClassificationOptions
    ) async throws -> Reply {
        let answers: [Classification.Image]
        if options.map {
            let chosen = try options.className.map { [try description.classIndex(of: $0)] }
            answers = try await explained(images) { logits in
                try chosen ?? self.predictions(logits).prefix(options.top).map(\.classIndex)
            }.map { logits, maps in
                var image = try image(logits, top: options.top)
                image.maps = maps.map {
                    Classification.ClassMap(
                        classIndex: $0.classIndex, className: $0.className, logit: $0.logit,
                        map: $0.map)
                }
                return image
            }
        } else {
            answers = try await logits(for: images.map(ServedImage.encoded)).map {
                try image($0, top: options.top)
            }
        }
        var reply = try Reply(json: Classification(model: name, images: answers))
        reply.imageCount = images.count
        return reply
    }

    private func image(_ logits: [Float], top: Int) throws -> Classification.Image {
        let predictions = try predictions(logits)
        let isAccepted = description.calibration?.thresholds.flatMap { thresholds in
            predictions.first.map {
                thresholds.accept($0.classIndex, probability: $0.probability)
            }
        }
        return Classification.Image(
            predictions: Array(predictions.prefix(top)), unknown: isAccepted.map(!))
    }
}
