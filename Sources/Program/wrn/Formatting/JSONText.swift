// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNText

/// A value as JSON for people and programs: indented, sorted snake_case keys, a newline at the end.
func jsonText(_ value: some Encodable) throws -> DisplayText {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    let json = String(decoding: try encoder.encode(value), as: UTF8.self)
    return DisplayText(document: jsonEscaped(json) + "\n")
}
