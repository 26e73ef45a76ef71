// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import WRNInference

/// The answer of the Open Inference Protocol: outputs in JSON, and binary ones after it.
struct InferenceAnswer: Encodable {
    enum Values: Encodable {
        case numbers([Float])
        case texts([String])

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .numbers(let numbers): try container.encode(numbers)
            case .texts(let texts): try container.encode(texts)
            }
        }
    }

    struct Output: Encodable {
        let name: String
        let datatype: String
        let shape: [Int]
        var data: Values?
        var parameters: [String: Int]?
    }

    let id: String?
    let model_name: String
    let model_version: String
    let outputs: [Output]
}

extension InferenceRequest {
    /// The answer that holds the requested outputs.
    func reply(logits: [[Float]], of model: ServedModel) throws -> Reply {
        let ranked = try logits.map { try model.predictions($0) }
        var (list, binary): ([InferenceAnswer.Output], [UInt8]) = ([], [])
        for output in outputs {
            let values =
                output.name == "logits"
                ? logits
                : ranked.map { predictions in
                    var row = [Float](repeating: 0, count: predictions.count)
                    for item in predictions { row[item.classIndex] = Float(item.probability) }
                    return row
                }
            let (type, shape): (String, [Int])
            let data: InferenceAnswer.Values
            if let count = output.classification {
                let texts = zip(values, ranked).flatMap { row, predictions in
                    predictions.prefix(count).map {
                        "\(row[$0.classIndex]):\($0.classIndex):\($0.className)"
                    }
                }
                (type, shape) = ("BYTES", [logits.count, texts.count / max(logits.count, 1)])
                data = .texts(texts)
            } else {
                (type, shape) = ("FP32", [logits.count, values.first?.count ?? 0])
                data = .numbers(values.flatMap(\.self))
            }
            guard output.isBinary else {
                list.append(
                    InferenceAnswer.Output(
                        name: output.name, datatype: type, shape: shape, data: data))
                continue
            }
            let bytes = data.bytes
            binary += bytes
            list.append(
                InferenceAnswer.Output(
                    name: output.name, datatype: type, shape: shape,
                    parameters: ["binary_data_size": bytes.count]))
        }
        var reply = try Reply(
            json: InferenceAnswer(
                id: id, model_name: model.name, model_version: "1", outputs: list))
        reply.imageCount = logits.count
        if !binary.isEmpty {
            reply.headers[.inferenceHeaderLength] = "\(reply.body.count)"
            reply.headers[.contentType] = "application/octet-stream"
            reply.body += binary
        }
        return reply
    }
}

extension InferenceAnswer.Values {
    /// The elements little-endian; texts with their lengths before them.
    fileprivate var bytes: [UInt8] {
        switch self {
        case .numbers(let numbers): numbers.flatMap { Self.bytes($0.bitPattern) }
        case .texts(let texts): texts.flatMap { Self.bytes(UInt32($0.utf8.count)) + $0.utf8 }
        }
    }

    private static func bytes(_ value: UInt32) -> [UInt8] {
        withUnsafeBytes(of: value.littleEndian) { Array($0) }
    }
}
