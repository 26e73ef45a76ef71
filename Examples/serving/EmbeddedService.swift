// SPDX-License-Identifier: Apache-2.0

// Classification within a Hummingbird application: the weights are shared by all requests, and
// photographs that arrive while the network is busy are computed together.
//
//     curl --data-binary @photo.jpg http://127.0.0.1:8080/classify

import Foundation
import Hummingbird
import WideResNets

/// An application with one route, `POST /classify`.
@main
struct EmbeddedService {
    static func main() async throws {
        let service = try ClassificationService(
            contentsOf: .bundled, options: .init(limit: 64, overload: .refuses))
        let router = Router()
        router.post("/classify") { request, _ in
            let body = try await request.body.collect(upTo: 16 << 20)
            do {
                let predictions = try await service.classify(
                    decoding: Array(body.readableBytesView), file: "the photograph",
                    limits: ImageLimits(pixels: 50_000_000))
                return predictions.prefix(3).map { "\($0.className) \($0.probability)\n" }.joined()
            } catch let error as ImageError {
                throw HTTPError(.badRequest, message: error.message)
            } catch InferenceError.overloaded {
                throw HTTPError(.serviceUnavailable, headers: [.retryAfter: "1"])
            }
        }
        let port = ProcessInfo.processInfo.environment["PORT"].flatMap { Int($0) } ?? 8080
        try await Application(
            router: router, configuration: .init(address: .hostname("127.0.0.1", port: port))
        ).runService()
    }
}
