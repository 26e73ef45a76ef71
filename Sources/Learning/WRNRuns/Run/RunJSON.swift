// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNText

/// The JSON of a run's files: sorted snake_case keys, so that equal values have equal bytes.
enum RunJSON {
    /// A value as text; `isPretty` for people, else in one line.
    static func text(_ value: some Encodable, isPretty: Bool = false) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return jsonEscaped(String(decoding: try encoder.encode(value), as: UTF8.self))
    }

    /// Reads a value; the error names what the text lacks.
    static func value<Value: Decodable>(
        _ type: Value.Type, from bytes: some Sequence<UInt8>, file: String, part: String = ""
    ) throws(TrainingError) -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            return try decoder.decode(type, from: Data(bytes))
        } catch {
            throw damage(file, "\(part)expected \(expectation(error))")
        }
    }

    /// The error about a file whose content is not what it should be.
    static func damage(_ file: String, _ sentence: String) -> TrainingError {
        TrainingError(
            .damagedRun,
            "\(file): \(sentence); the file was changed or damaged: restore it, "
                + "or begin a new run in another directory")
    }

    /// A property's key in the files: `inputHeight` is `input_height`.
    static func key(_ property: String) -> String {
        property.map { $0.isUppercase ? "_" + $0.lowercased() : String($0) }.joined()
    }

    private static func expectation(_ error: any Error) -> String {
        let words = (error as? DecodingError)?.expectation { key($0.stringValue) }
        guard let words else { return "JSON with the fields of a run, found something else" }
        return "\(words.expected), found \(words.found)"
    }
}
