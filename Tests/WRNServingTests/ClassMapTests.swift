// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Testing
import WRNImages
import WRNInference
import WRNModel

@testable import WRNServing

@Suite("The maps of an answer")
struct ClassMapTests {
    private static func photograph(_ seed: UInt32, height: Int = 30, width: Int = 44) -> PixelImage
    {
        var state = seed
        let pixels = (0..<height * width * 3).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return PixelImage(height: height, width: width, channels: 3, pixels: pixels)
    }

    private static func server() throws -> ModelServer {
        try ModelServer(
            models: [(name: "m", load: { try PreparedModel(contentsOf: .bundled) })],
            options: .patient)
    }

    private static func answer(
        _ server: ModelServer, _ query: String, _ photograph: PixelImage
    ) async throws -> Classification {
        let reply = await server.reply(
            to: Exchange(.post, "/classify?\(query)", body: try photograph.png())
        ).1
        #expect(reply.status == .ok)
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(Classification.self, from: Data(reply.body))
    }

    @Test("each class of an answer has the map of an explainer, whatever is computed beside it")
    func asExplainer() async throws {
        let server = try Self.server()
        let photographs = (1...6).map { Self.photograph($0) }
        let explainer = try Explainer(contentsOf: .bundled)
        let expected = try photographs.map { photograph in
            let classes = try explainer.explain(photograph).predictions.prefix(3)
            return try classes.map {
                try explainer.explain(photograph, classIndex: $0.classIndex)
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (photograph, wanted) in zip(photographs, expected) {
                group.addTask {
                    let found = try await Self.answer(server, "map=true&top=3", photograph)
                        .images[0]
                    #expect(found.maps?.map(\.map) == wanted.map(\.map))
                    #expect(found.maps?.map(\.classIndex) == wanted.map(\.classIndex))
                    #expect(found.maps?.map(\.logit) == wanted.map(\.logit))
                    #expect(found.maps?.map(\.className) == found.predictions.map(\.className))
                }
            }
            try await group.waitForAll()
        }
        #expect(expected[0][0].map != expected[0][1].map)
        #expect(expected[0][0].map.pictureWidth == 44)
    }

    @Test("an answer with maps has the predictions of one without, which has no member more")
    func predictions() async throws {
        let server = try Self.server()
        let photograph = Self.photograph(9)
        let without = try await Self.answer(server, "top=3", photograph).images[0]
        let with = try await Self.answer(server, "top=3&map=true", photograph).images[0]
        #expect(without.predictions == with.predictions)
        #expect(without.maps == nil)
        let reply = await server.reply(
            to: Exchange(.post, "/classify?map=false", body: try photograph.png())
        ).1
        #expect(!String(decoding: reply.body, as: UTF8.self).contains("maps"))
    }

    @Test("one class is chosen by its name or its number", arguments: ["horse", "7"])
    func chosenClass(name: String) async throws {
        let photograph = Self.photograph(4)
        let found = try await Self.answer(
            Self.server(), "map=true&class=\(name)&top=1", photograph
        ).images[0]
        let wanted = try Explainer(contentsOf: .bundled).explain(photograph, classIndex: 7)
        #expect(found.maps?.map(\.className) == ["horse"])
        #expect(found.maps?.map(\.map) == [wanted.map])
        #expect(found.predictions.count == 1)
    }

    @Test(
        "a request for maps that is not understood is refused in a sentence",
        arguments: [
            ("map=yes", "map: expected true or false"),
            ("class=cat", "class: it is the class of a map; expected map=true, too"),
            ("map=true&top=21", "top: expected 1 to 20 classes with map=true, found 21"),
            ("map=true&map=false", "map: expected one value, found several"),
            (
                "map=true&class=green+cow",
                "the model has no class \"green cow\"; its classes are airplane, automobile, "
                    + "bird, cat, deer, dog, frog, horse, ship, truck"
            ),
        ])
    func refusals(query: String, sentence: String) async throws {
        let reply = try await Self.server().reply(
            to: Exchange(.post, "/classify?\(query)", body: try Self.photograph(1).png())
        ).1
        #expect(reply.status == .badRequest)
        let found = try JSONDecoder().decode([String: String].self, from: Data(reply.body))
        #expect(found["error"] == sentence)
    }

    @Test("the name of two classes is refused, and each has its number")
    func sameNames() async throws {
        let description = ModelDescription(
            architecture: "wrn-10-1", classes: 3, inputChannels: 3, inputHeight: 16,
            inputWidth: 16, classNames: ["crane", "bee", "crane"], mean: [0.5, 0.5, 0.5],
            standardDeviation: [0.2, 0.2, 0.2])
        let tensors = Model.initialTensors(for: try description.graph(), seed: 3)
        let server = try ModelServer(
            models: [
                (
                    name: "m",
                    load: { try PreparedModel(description: description, tensors: tensors) }
                )
            ], options: .patient)
        let body = try Self.photograph(1).png()
        for (name, status) in [("crane", 400), ("2", 200), ("bee", 200)] {
            let reply = await server.reply(
                to: Exchange(.post, "/classify?map=true&class=\(name)", body: body)
            ).1
            #expect(reply.status.code == status, "\(name)")
            guard status == 400 else { continue }
            let found = try JSONDecoder().decode([String: String].self, from: Data(reply.body))
            #expect(
                found["error"]
                    == "the model has 2 classes \"crane\", the numbers 0, 2; give the number of "
                    + "one")
        }
    }

    @Test("a network whose last features have one position has no maps, and is served without")
    func withoutPositions() async throws {
        let description = ModelDescription(
            architecture: "wrn-10-1", classes: 2, inputChannels: 3, inputHeight: 4, inputWidth: 4,
            classNames: ["a", "b"], mean: [0.5, 0.5, 0.5], standardDeviation: [0.2, 0.2, 0.2])
        let tensors = Model.initialTensors(for: try description.graph(), seed: 3)
        let server = try ModelServer(
            models: [
                (
                    name: "m",
                    load: { try PreparedModel(description: description, tensors: tensors) }
                )
            ], options: .patient)
        let file = try Self.photograph(1).png()
        let found = await server.reply(to: Exchange(.post, "/classify?map=true", body: file))
        #expect(found.1.status == .unprocessableContent)
        #expect(found.kind == "noMap")
        let sentence = try JSONDecoder().decode([String: String].self, from: Data(found.1.body))
        #expect(
            sentence["error"]
                == "this model has no maps, as its last features have one position; ask without "
                + "map=true")
        #expect(
            await server.reply(to: Exchange(.post, "/classify", body: file)).1.status == .ok)
    }

    @Test(
        "an image is unknown where its likeliest class has less than the model's threshold",
        arguments: [(nil, nil), (0.0, false), (1.0, true)] as [(Double?, Bool?)])
    func unknown(threshold: Double?, isUnknown: Bool?) async throws {
        let calibration = threshold.map {
            ModelCalibration(
                temperature: 1, data: "d", split: nil, count: 9, lossBefore: 1, loss: 1,
                errorBefore: 0.1, error: 0.1, thresholds: AnswerThresholds(overall: $0))
        }
        let description = ModelDescription(
            architecture: "wrn-10-1", classes: 2, inputChannels: 3, inputHeight: 8, inputWidth: 8,
            classNames: ["a", "b"], mean: [0.5, 0.5, 0.5], standardDeviation: [0.2, 0.2, 0.2],
            calibration: calibration)
        let tensors = Model.initialTensors(for: try description.graph(), seed: 3)
        let server = try ModelServer(
            models: [
                (
                    name: "m",
                    load: { try PreparedModel(description: description, tensors: tensors) }
                )
            ], options: .patient)
        for query in ["map=true", "map=false"] {
            let found = try await Self.answer(server, query, Self.photograph(1)).images[0]
            #expect(found.unknown == isUnknown)
        }
    }

    @Test("beyond the limit maps are refused, and no place in the queue is lost")
    func overload() async throws {
        var options = ModelServer.Options.patient
        options.queue = 1
        let server = try ModelServer(
            models: [(name: "m", load: { try PreparedModel(contentsOf: .bundled) })],
            options: options)
        let file = try Self.photograph(3).png()
        for _ in 0..<3 {
            let replies = await withTaskGroup(of: Int.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        await server.reply(to: Exchange(.post, "/classify?map=true", body: file))
                            .1.status.code
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(replies.contains(200))
            #expect(Set(replies).isSubset(of: [200, 503]))
        }
        let last = await server.reply(to: Exchange(.post, "/classify?map=true", body: file)).1
        #expect(last.status == .ok)
    }
}
