// SPDX-License-Identifier: Apache-2.0

import Foundation
import HTTPTypes
import WRNImages
import WRNModel

/// The names and forms of the tensors that a model takes and gives.
enum ServedTensor {
    /// Image files: BYTES of the shape `[n]`, each a JPEG, PNG or WebP.
    static let images = "images"
    /// Normalised numbers: FP32 of the shape `[n, channels, height, width]`.
    static let input = "input"
    /// Values of pixels: UINT8 of the shape `[n, height, width, channels]`.
    static let pixels = "pixels"
    /// The outputs: FP32 of the shape `[n, classes]`.
    static let outputs = ["probabilities", "logits"]
}

/// A request of the Open Inference Protocol: images, and the outputs that are requested.
struct InferenceRequest {
    /// One requested output.
    struct Output {
        let name: String
        var isBinary = false
        /// The number of classes in place of the numbers; nil for the numbers.
        var classification: Int?
    }

    /// The identifier that the answer repeats.
    let id: String?
    /// The images.
    let images: [ServedImage]
    /// The outputs.
    let outputs: [Output]
    /// The time in which the client needs the answer; nil for that of the server.
    let timeout: Duration?

    /// Runs the work for the request in its time.
    ///
    /// - Throws: A ``Refusal`` when the time is over.
    func withinTimeout<Value: Sendable>(
        _ work: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        guard let timeout else { return try await work() }
        let late = Refusal(
            .gatewayTimeout, "deadline", "the answer took longer than the request's timeout")
        // Microseconds need a timer of their own.
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask { try await work() }
            group.addTask {
                try await Task.sleep(for: timeout)
                throw late
            }
            defer { group.cancelAll() }
            guard let value = try await group.next() else { throw CancellationError() }
            return value
        }
    }
}

extension InferenceRequest {
    /// Reads the JSON of a request and the binary tensors after it.
    ///
    /// - Parameter limit: The most images of one request.
    /// - Throws: A ``Refusal`` for a request that is not one of this model.
    init(_ exchange: Exchange, for model: ModelDescription, limit: Int) throws(Refusal) {
        var headCount = exchange.body.count
        var rest: ArraySlice<UInt8> = []
        if let text = exchange.headers[.inferenceHeaderLength] {
            guard let count = Int(text), count >= 0, count <= exchange.body.count else {
                throw .invalid(
                    "Inference-Header-Content-Length: expected a number of bytes up to the body's "
                        + "\(exchange.body.count), found \"\(text.prefix(40))\"")
            }
            headCount = count
            rest = exchange.body[count...]
        }
        let elements = model.inputChannels * model.inputHeight * model.inputWidth
        var reader = JSONReader(exchange.body, count: headCount)
        let message = try InferenceMessage(&reader, limit: limit, elementLimit: limit * elements)
        id = message.id
        if let timeout = message.parameters.timeout, timeout < 0 {
            throw .invalid("timeout: expected microseconds, 0 for none, found \(timeout)")
        }
        timeout = message.parameters.timeout.flatMap { $0 > 0 ? .microseconds($0) : nil }
        guard let input = message.input else {
            throw .invalid("expected one input (images, input or pixels), found none")
        }
        images = try Self.images(input, &rest, model, limit)
        guard rest.isEmpty else {
            throw .invalid("\(rest.count) bytes follow the last binary tensor")
        }
        let isBinary = message.parameters.allBinary ?? false
        let requested =
            message.outputs ?? [InferenceMessage.Output(name: ServedTensor.outputs[0])]
        var outputs: [Output] = []
        for output in requested {
            guard ServedTensor.outputs.contains(output.name) else {
                throw .invalid(
                    "there is no output \"\(output.name.prefix(100))\"; expected "
                        + ServedTensor.outputs.joined(separator: " or "))
            }
            let classes = output.parameters.classification
            if let classes, classes < 1 {
                throw .invalid("classification: expected 1 or more, found \(classes)")
            }
            outputs.append(
                Output(
                    name: output.name, isBinary: output.parameters.isBinary ?? isBinary,
                    classification: classes))
        }
        self.outputs = outputs
    }

    private static func images(
        _ input: InferenceMessage.Input, _ rest: inout ArraySlice<UInt8>, _ model: ModelDescription,
        _ limit: Int
    ) throws(Refusal) -> [ServedImage] {
        guard let name = input.name, let datatype = input.datatype, let given = input.shape else {
            throw .invalid("expected the name, the datatype and the shape of the input")
        }
        let size = [model.inputChannels, model.inputHeight, model.inputWidth]
        let (type, shape): (String, [Int])
        switch name {
        case ServedTensor.images: (type, shape) = ("BYTES", [])
        case ServedTensor.input: (type, shape) = ("FP32", size)
        case ServedTensor.pixels: (type, shape) = ("UINT8", [size[1], size[2], size[0]])
        default:
            throw .invalid(
                "there is no input \"\(name.prefix(100))\"; expected images (BYTES), input "
                    + "(FP32) or pixels (UINT8)")
        }
        guard datatype == type else {
            throw .invalid(
                "\(name): expected the datatype \(type), found "
                    + "\"\(datatype.prefix(40))\"")
        }
        var shapeFound = given
        // Clients add a dimension of 1 to a column of texts.
        if type == "BYTES", given.count == 2, given[1] == 1 { shapeFound.removeLast() }
        guard let count = shapeFound.first, Array(shapeFound.dropFirst()) == shape else {
            throw .invalid(
                "\(name): expected the shape \([-1] + shape), found \(given)")
        }
        guard (1...limit).contains(count) else {
            throw .invalid("\(name): expected 1 to \(limit) images, found \(count)")
        }
        let elements = shape.reduce(count, *)
        if let size = input.parameters.binarySize {
            guard input.data == nil else {
                throw .invalid("\(name): expected data or binary data, found both")
            }
            guard size >= 0, size <= rest.count else {
                throw .invalid(
                    "\(name): expected \(size) bytes of binary data, found \(rest.count)")
            }
            let bytes = rest.prefix(size)
            rest = rest.dropFirst(size)
            return try binary(bytes, name, type, count: count, elements, model)
        }
        guard let data = input.data else {
            throw .invalid("\(name): expected data, found none")
        }
        let found = type == "BYTES" ? data.texts.count : data.numbers.count
        guard found == elements else {
            throw .invalid("\(name): expected \(elements) elements, found \(found)")
        }
        if type == "BYTES" {
            var files: [ServedImage] = []
            for (index, text) in data.texts.enumerated() {
                guard let bytes = Data(base64Encoded: Data(text)) else {
                    throw .invalid(
                        "images[\(index)]: expected an image file in Base64, as JSON holds no bytes"
                    )
                }
                files.append(.encoded(EncodedImage(name: "images[\(index)]", bytes: Array(bytes))))
            }
            return files
        }
        if type == "UINT8" {
            guard data.areBytes else {
                throw .invalid("pixels: expected whole numbers of 0 to 255, found others")
            }
            return split(pixels: data.numbers.map(UInt8.init), count, model)
        }
        return try split(values: data.numbers, count, model)
    }

    private static func binary(
        _ bytes: ArraySlice<UInt8>, _ name: String, _ type: String, count: Int, _ elements: Int,
        _ model: ModelDescription
    ) throws(Refusal) -> [ServedImage] {
        if type == "BYTES" {
            var (files, rest): ([ServedImage], ArraySlice<UInt8>) = ([], bytes)
            for index in 0..<count {
                guard rest.count >= 4 else {
                    throw .invalid("images[\(index)]: the binary data end in the length")
                }
                let length = rest.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
                rest = rest.dropFirst(4)
                guard length <= rest.count else {
                    throw .invalid(
                        "images[\(index)]: expected \(length) bytes, found \(rest.count)")
                }
                files.append(
                    .encoded(
                        EncodedImage(
                            name: "images[\(index)]", bytes: Array(rest.prefix(length)))))
                rest = rest.dropFirst(length)
            }
            guard rest.isEmpty else {
                throw .invalid("images: \(rest.count) bytes follow the last image")
            }
            return files
        }
        let expected = elements * (type == "FP32" ? 4 : 1)
        guard bytes.count == expected else {
            throw .invalid("\(name): expected \(expected) bytes, found \(bytes.count)")
        }
        if type == "UINT8" { return split(pixels: Array(bytes), count, model) }
        let values = bytes.withUnsafeBytes { buffer in
            (0..<elements).map {
                Float(
                    bitPattern: UInt32(
                        littleEndian: buffer.loadUnaligned(
                            fromByteOffset: 4 * $0, as: UInt32.self)))
            }
        }
        return try split(values: values, count, model)
    }

    /// The images of normalised numbers, whose channels become the innermost dimension.
    private static func split(
        values: [Float], _ count: Int, _ model: ModelDescription
    ) throws(Refusal) -> [ServedImage] {
        guard values.allSatisfy(\.isFinite) else {
            throw .invalid("input: expected finite numbers, found one that is not")
        }
        let (channels, area) = (model.inputChannels, model.inputHeight * model.inputWidth)
        return (0..<count).map { image in
            let start = image * channels * area
            return .values(
                [Float](unsafeUninitializedCapacity: channels * area) { output, filled in
                    for channel in 0..<channels {
                        for place in 0..<area {
                            output[place * channels + channel] =
                                values[start + channel * area + place]
                        }
                    }
                    filled = channels * area
                })
        }
    }

    private static func split(
        pixels: [UInt8], _ count: Int, _ model: ModelDescription
    ) -> [ServedImage] {
        let size = pixels.count / count
        return (0..<count).map { image in
            .pixels(
                PixelImage(
                    height: model.inputHeight, width: model.inputWidth,
                    channels: model.inputChannels,
                    pixels: Array(pixels[image * size..<(image + 1) * size])))
        }
    }
}
