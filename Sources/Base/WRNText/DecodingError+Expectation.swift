// SPDX-License-Identifier: Apache-2.0

extension DecodingError {
    /// The expectation that a text of JSON does not meet and what was found, for example `("the
    /// field model.classes", "none")`; nil where the text is no JSON, whose fault Foundation
    /// describes only in prose, which differs between systems.
    ///
    /// - Parameter key: The name that a key has in the text.
    package func expectation(
        key: (any CodingKey) -> String = \.stringValue
    ) -> (expected: String, found: String)? {
        func place(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
            let names = (context.codingPath + [last].compactMap(\.self)).map { part in
                part.intValue.map { "\($0 + 1)" } ?? key(part)
            }
            return names.isEmpty ? "the whole" : names.joined(separator: ".")
        }
        switch self {
        case .keyNotFound(let name, let context):
            return ("the field \(place(context, name))", "none")
        case .typeMismatch(let type, let context):
            return ("\(type) as \(place(context))", "another kind of value")
        case .valueNotFound(let type, let context):
            return ("\(type) as \(place(context))", "null")
        default: return nil
        }
    }
}
