// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import Testing
import WRNImages
import WRNInference
import WRNModel
import WRNText
import WRNThreads

@testable import WRNServing

@Suite("The server's answers")
struct ModelServerTests {
    private static func photograph(_ number: Int) -> PixelImage {
        var state = UInt32(truncatingIfNeeded: 5 + number)
        let pixels = (0..<40 * 36 * 3).map { _ -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(state >> 24)
        }
        return PixelImage(height: 40, width: 36, channels: 3, pixels: pixels)
    }

    private static func server(_ options: ModelServer.Options = .patient) throws -> ModelServer {
        try ModelServer(
            models: [(name: "m", load: { try PreparedModel(contentsOf: .bundled) })],
            options: options)
    }

    private static func json(_ reply: Reply) throws -> [String: Any] {
        try #require(
            JSONSerialization.jsonObject(with: Data(reply.body)) as? [String: Any])
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    private static func headers(_ fields: (HTTPField.Name, String)...) -> HTTPFields {
        var headers = HTTPFields()
        for (name, value) in fields { headers[name] = value }
        return headers
    }

    @Test("an image at /classify has the bits of a classifier, whatever is computed beside it")
    func classifies() async throws {
        let server = try Self.server()
        let photographs = (0..<12).map(Self.photograph)
        let expected = try Classifier(contentsOf: .bundled, batch: 4).classify(photographs)
        #expect(Set(expected.map { $0[0].probability }).count > 8)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for (photograph, predictions) in zip(photographs, expected) {
                group.addTask {
                    let answer = await server.reply(
                        to: Exchange(.post, "/classify?top=3", body: try photograph.png()))
                    let found = try Self.decoder.decode(
                        Classification.self, from: Data(answer.1.body))
                    #expect(found.images[0].predictions == Array(predictions.prefix(3)))
                }
            }
            try await group.waitForAll()
        }
        #expect(server.registry.models[0].service.pendingCount == 0)
    }

    @Test("a form's images are answered in their order, and a form that is cut off is refused")
    func form() async throws {
        let server = try Self.server()
        let photographs = (0..<3).map(Self.photograph)
        let expected = try Classifier(contentsOf: .bundled, batch: 4).classify(photographs)
        var body: [UInt8] = []
        for photograph in photographs {
            body += Array("--x y\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n".utf8)
            body += try photograph.png() + Array("\r\n".utf8)
        }
        let headers = Self.headers((.contentType, "multipart/form-data; boundary=\"x y\""))
        let whole = await server.reply(
            to: Exchange(
                .post, "/classify?top=1", headers: headers, body: body + Array("--x y--\r\n".utf8)))
        let found = try Self.decoder.decode(Classification.self, from: Data(whole.1.body))
        #expect(found.images.map(\.predictions) == expected.map { [$0[0]] })
        let cut = await server.reply(
            to: Exchange(.post, "/classify", headers: headers, body: body))
        #expect(cut.1.status == .badRequest)
        #expect(
            try Self.json(cut.1)["error"] as? String
                == "the form ends in a part; its last boundary is missing")
    }

    @Test("pixels, numbers and files give the same logits, in JSON and in binary")
    func tensors() async throws {
        let server = try Self.server()
        let model = server.registry.models[0]
        let fitted = try model.description.fitted(Self.photograph(1))
        let size = 3 * 32 * 32
        let values = (0..<size).map { index -> Float in
            let (channel, place) = (index / 1024, index % 1024)
            return
                (Float(fitted.pixels[3 * place + channel]) / 255
                - model.description.mean[channel])
                / model.description.standardDeviation[channel]
        }
        let bytes = values.flatMap { value in
            withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) }
        }
        let file = try Self.photograph(1).png()
        let prefix = withUnsafeBytes(of: UInt32(file.count).littleEndian) { Array($0) }
        let inputs: [(String, [UInt8])] = [
            (
                #"{"name":"pixels","datatype":"UINT8","shape":[1,32,32,3],"data":\#(fitted.pixels)}"#,
                []
            ),
            (
                #"{"name":"input","datatype":"FP32","shape":[1,3,32,32],"#
                    + #""parameters":{"binary_data_size":\#(bytes.count)}}"#, bytes
            ),
            (
                #"{"name":"images","datatype":"BYTES","shape":[1],"#
                    + #""parameters":{"binary_data_size":\#(file.count + 4)}}"#, prefix + file
            ),
            (
                #"{"name":"images","datatype":"BYTES","shape":[1],"#
                    + #""data":["\#(Data(file).base64EncodedString())"]}"#, []
            ),
        ]
        let expected = try await model.logits(
            for: [.encoded(EncodedImage(name: "a", bytes: file))])[0]
        for (input, binary) in inputs {
            let head = Array(
                (#"{"id":"7","inputs":[\#(input)],"outputs":[{"name":"logits","parameters":"#
                    + #"{"binary_data":true}}]}"#).utf8)
            let answer = await server.reply(
                to: Exchange(
                    .post, "/v2/models/m/versions/1/infer",
                    headers: Self.headers((.inferenceHeaderLength, "\(head.count)")),
                    body: head + binary))
            #expect(answer.1.status == .ok)
            let length = try #require(
                answer.1.headers[.inferenceHeaderLength].flatMap { Int($0) })
            let message = try Self.json(
                Reply(Array(answer.1.body[..<length]), type: "application/json"))
            #expect(message["id"] as? String == "7")
            let floats = answer.1.body[length...].withUnsafeBytes { buffer in
                (0..<10).map {
                    buffer.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self)
                }
            }
            #expect(floats == expected)
        }
    }

    @Test("the parameter classification gives probabilities, numbers and names of classes")
    func classification() async throws {
        let server = try Self.server()
        let first = try Classifier(contentsOf: .bundled).classify([Self.photograph(2)])[0][0]
        let file = Data(try Self.photograph(2).png()).base64EncodedString()
        let body =
            #"{"inputs":[{"name":"images","datatype":"BYTES","shape":[1,1],"data":["\#(file)"]}],"#
            + #""outputs":[{"name":"probabilities","parameters":{"classification":2}}]}"#
        let answer = await server.reply(
            to: Exchange(.post, "/v2/models/m/infer", body: Array(body.utf8)))
        let outputs = try Self.json(answer.1)["outputs"] as? [[String: Any]]
        #expect(outputs?.first?["shape"] as? [Int] == [1, 2])
        let texts = try #require(outputs?.first?["data"] as? [String])
        #expect(
            texts[0] == "\(Float(first.probability)):\(first.classIndex):\(first.className)")
    }

    @Test(
        "what is no request of the model is refused with its status and a sentence",
        arguments: [
            ("GET", "/nothing", "", 404), ("DELETE", "/v2", "", 405),
            ("GET", "/v2/models/none", "", 404), ("GET", "/v2/models/m/versions/2", "", 404),
            ("POST", "/classify", "", 400), ("POST", "/classify?top=0", "x", 400),
            ("POST", "/classify?tpo=3", "x", 400),
            ("POST", "/v2/models/m/infer", "{", 400), ("POST", "/v2/models/m/infer", "{}", 400),
            (
                "POST", "/v2/models/m/infer",
                #"{"inputs":[{"name":"input","datatype":"FP32","shape":[1,3,32],"data":[1]}]}"#,
                400
            ),
            (
                "POST", "/v2/models/m/infer",
                #"{"inputs":[{"name":"images","datatype":"BYTES","shape":[9223372036854775807],"#
                    + #""data":["eA=="]}]}"#, 400
            ),
        ])
    func refusals(method: String, path: String, body: String, status: Int) async throws {
        let server = try Self.server()
        let answer = await server.reply(
            to: Exchange(
                try #require(HTTPRequest.Method(method)), path, body: Array(body.utf8)))
        #expect(answer.1.status.code == status)
        let sentence = try #require(try Self.json(answer.1)["error"] as? String)
        #expect(sentence.count > 10)
    }

    /// A model with random weights for images of 8 x 8 pixels.
    private static func model(channels: Int, means: Int) throws -> PreparedModel {
        let description = ModelDescription(
            architecture: "wrn-10-1", classes: 2, inputChannels: channels, inputHeight: 8,
            inputWidth: 8, classNames: ["a", "b"], mean: [Float](repeating: 0.5, count: means),
            standardDeviation: [Float](repeating: 0.2, count: means))
        return try PreparedModel(
            description: description,
            tensors: Model.initialTensors(for: description.graph(), seed: 3))
    }

    @Test(
        "a model of neither grey nor coloured images takes pixels and numbers, and no files",
        arguments: [2, 4])
    func otherChannels(_ channels: Int) async throws {
        let server = try ModelServer(
            models: [
                (name: "m", load: { try Self.model(channels: channels, means: channels) })
            ], options: .patient)
        let file = try Self.photograph(1).png()
        let images =
            #"{"inputs":[{"name":"images","datatype":"BYTES","shape":[1],"#
            + #""data":["\#(Data(file).base64EncodedString())"]}]}"#
        let requests: [(path: String, body: [UInt8])] = [
            ("/classify", file), ("/classify?map=true", file),
            ("/v2/models/m/infer", Array(images.utf8)),
        ]
        for (path, body) in requests {
            let answer = await server.reply(to: Exchange(.post, path, body: body))
            #expect(answer.1.status == .unprocessableContent, "\(path)")
            #expect(answer.kind == "noFiles", "\(path)")
            #expect(
                try Self.json(answer.1)["error"] as? String
                    == "this model takes no image files, as its network reads \(channels) "
                    + "channels, and they have 1 (grey) or 3 (colours); send pixels or input to "
                    + "/v2/models/m/infer")
        }
        #expect(server.registry.models[0].service.pendingCount == 0)

        let numbers = [Int](repeating: 1, count: 64 * channels)
        for input in [
            #""name":"pixels","datatype":"UINT8","shape":[1,8,8,\#(channels)]"#,
            #""name":"input","datatype":"FP32","shape":[1,\#(channels),8,8]"#,
        ] {
            let body = #"{"inputs":[{\#(input),"data":\#(numbers)}]}"#
            let answer = await server.reply(
                to: Exchange(.post, "/v2/models/m/infer", body: Array(body.utf8)))
            #expect(answer.1.status == .ok, "\(input)")
        }
        let metadata = try Self.json(await server.reply(to: Exchange(.get, "/v2/models/m")).1)
        let inputs = try #require(metadata["inputs"] as? [[String: Any]])
        #expect(inputs.map { $0["name"] as? String } == ["input", "pixels"])
    }

    @Test("a model whose normalisation has other channels is refused before the server is there")
    func otherNormalization() throws {
        #expect(throws: (any Error).self) {
            try ModelServer(
                models: [(name: "m", load: { try Self.model(channels: 3, means: 1) })],
                options: .patient)
        }
    }

    @Test("a HEAD that is refused has the length of the sentence and not the sentence")
    func refusedHead() async throws {
        let server = try Self.server()
        for path in ["/nothing", "/classify", "/v2/models/none"] {
            let reply = await server.reply(to: Exchange(.head, path)).1
            #expect(reply.status.kind == .clientError && reply.body.isEmpty, "\(path)")
            let length = reply.headers[.contentLength].flatMap { Int($0) }
            #expect((length ?? 0) > 10, "\(path)")
        }
    }

    @Test("without one of the tokens only the health of the server is shown")
    func tokens() async throws {
        var options = ModelServer.Options.patient
        options.tokens = "# comment\nfirst\n second \n"
        let server = try Self.server(options)
        for (header, status) in [
            ("Bearer first", 200), ("bearer second", 200), ("Bearer firs", 401),
            ("Bearer first2", 401), ("first", 401), ("Bearer ", 401),
        ] {
            let answer = await server.reply(
                to: Exchange(.get, "/v2", headers: Self.headers((.authorization, header))))
            #expect(answer.1.status.code == status, "\(header)")
        }
        #expect(await server.reply(to: Exchange(.get, "/v2")).1.status == .unauthorized)
        #expect(await server.reply(to: Exchange(.get, "/v2/health/ready")).1.status == .ok)
        #expect(throws: ServingError.self) { try AccessTokens(lines: "\n# none\n") }
    }

    @Test("more images than the queue takes are refused with Retry-After, and leave no trace")
    func overload() async throws {
        var options = ModelServer.Options.patient
        options.queue = 2
        // The batch waits, so that two images are pending while others come.
        options.maximumDelay = 0.3
        let server = try Self.server(options)
        let file = try Self.photograph(3).png()
        let replies = await withTaskGroup(of: Reply.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    await server.reply(to: Exchange(.post, "/classify", body: file)).1
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        let refused = replies.filter { $0.status == .serviceUnavailable }
        #expect(refused.count == 18)
        #expect(refused.allSatisfy { $0.headers[.retryAfter] == "1" })
        #expect(replies.filter { $0.status == .ok }.count == 2)
        #expect(server.registry.models[0].service.pendingCount == 0)
    }

    @Test("a reload puts new models in place, and one that fails keeps the old")
    func reload() throws {
        let fails = Locked(false)
        let server = try ModelServer(models: [
            (
                name: "m",
                load: {
                    guard !fails.withLock({ $0 }) else {
                        throw ServingError(.unreadableFile, "damaged")
                    }
                    return try PreparedModel(contentsOf: .bundled)
                }
            )
        ])
        let first = server.registry.models[0]
        try server.reload()
        let second = server.registry.models[0]
        #expect(first !== second)
        fails.withLock { $0 = true }
        #expect(throws: ServingError.self) { try server.reload() }
        #expect(server.registry.models[0] === second)
        #expect(server.registry.generation == 2)
    }

    @Test("the names of models are escaped in the metrics")
    func labels() async throws {
        let server = try ModelServer(
            models: [(name: #"a"b\c"#, load: { try PreparedModel(contentsOf: .bundled) })],
            options: .patient)
        let text = String(
            decoding: await server.reply(to: Exchange(.get, "/metrics")).1.body, as: UTF8.self)
        #expect(text.contains(#"wrn_pending_images{model="a\"b\\c"} 0"#))
    }

    @Test("an error before the first request has its code and one sentence, for Foundation, too")
    func errors() {
        let error: any Error = ServingError(.invalidOption, "a limit is 1 or more; found 0")
        #expect(error.localizedDescription == "a limit is 1 or more; found 0")
        #expect((error as? ServingError)?.errorCode == "serving.invalidOption")
        #expect(throws: ServingError.self) { try ModelServer(models: []) }
    }

    @Test("bytes beyond the budget are not taken")
    func budget() {
        let budget = ByteBudget(10)
        #expect(budget.take(7))
        #expect(!budget.take(4))
        #expect(budget.take(3))
        budget.giveBack(7)
        #expect(budget.heldByteCount == 3)
    }
}
