// SPDX-License-Identifier: Apache-2.0

import Foundation

/// How a run's files write values: JSON with sorted snake_case keys, so that equal values are equal bytes.
enum RunJSON {
    /// A value as text; `isPretty` for people, else in one line.
    static func text(_ value: some Encodable, isPretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    /// Reads a value, or says what the text lacks.
    static func value<Value: Decodable>(
        _ type: Value.Type, from bytes: some Sequence<UInt8>, file: String, part: String = ""
    ) throws(TrainingError) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw TrainingError(
                .damagedRun,
                "\(file): \(part)expected \(expectation(error)); the file was changed or damaged: "
                    + "restore it, or begin a new run in another directory")
        }
    }

    private static func expectation(_ error: any Error) -> String {
        switch error as? DecodingError {
        case .keyNotFound(let key, let context):
            "the field \(path(context, key)), found none"
        case .typeMismatch(let type, let context):
            "\(type) as \(path(context)), found another kind of value"
        case .valueNotFound(let type, let context):
            "\(type) as \(path(context)), found null"
        default:
            // What Foundation tells about broken JSON differs between systems.
            "JSON with the fields of a run, found something else"
        }
    }

    private static func path(
        _ context: DecodingError.Context, _ key: (any CodingKey)? = nil
    ) -> String {
        let keys = context.codingPath.map(\.stringValue) + [key?.stringValue].compactMap(\.self)
        return keys.isEmpty ? "the whole" : keys.joined(separator: ".")
    }
}
