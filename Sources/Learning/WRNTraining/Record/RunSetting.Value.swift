// SPDX-License-Identifier: Apache-2.0

extension RunSetting {
    /// Any value of JSON, for readers that show a file without knowing its fields.
    public enum Value: Decodable, Hashable, Sendable {
        case null
        case boolean(Bool)
        /// A number, and how it is written.
        case number(Double, text: String)
        case string(String)
        case array([Value])
        case object([String: Value])

        /// Reads whatever comes next.
        public init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if container.decodeNil() {
                self = .null
            } else if let value = try? container.decode(Bool.self) {
                self = .boolean(value)
            } else if let value = try? container.decode(UInt64.self) {
                self = .number(Double(value), text: "\(value)")
            } else if let value = try? container.decode(Int64.self) {
                self = .number(Double(value), text: "\(value)")
            } else if let value = try? container.decode(Double.self) {
                self = .number(value, text: "\(value)")
            } else if let value = try? container.decode(String.self) {
                self = .string(value)
            } else if let value = try? container.decode([Value].self) {
                self = .array(value)
            } else {
                self = .object(try container.decode([String: Value].self))
            }
        }

        /// The value of a key path like `model.architecture`; nil where there is none.
        public subscript(path: String) -> Value? {
            path.split(separator: ".").reduce(Optional(self)) { value, key in
                guard case .object(let fields) = value else { return nil }
                return fields[String(key)]
            }
        }

        /// The value of a string.
        public var string: String? {
            if case .string(let text) = self { text } else { nil }
        }

        /// The value of a number.
        public var number: Double? {
            if case .number(let value, _) = self { value } else { nil }
        }

        /// The value as people read it: text without quotation marks, elements between commas.
        public var text: String {
            switch self {
            case .null: "none"
            case .boolean(let value): value ? "yes" : "no"
            case .number(_, let text): text
            case .string(let text): text
            case .array(let values): values.map(\.text).joined(separator: ", ")
            case .object(let fields):
                fields.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.text)" }
                    .joined(separator: ", ")
            }
        }

        /// All values with their key paths, sorted by them; arrays of objects are numbered from 1, other arrays are one value.
        func flattened(_ path: String = "") -> [RunSetting] {
            func key(_ part: String) -> String { path.isEmpty ? part : path + "." + part }
            switch self {
            case .object(let fields) where !fields.isEmpty:
                return fields.sorted { $0.key < $1.key }.flatMap { $0.value.flattened(key($0.key)) }
            case .array(let values) where values.contains(where: \.isObject):
                return values.enumerated().flatMap { $0.element.flattened(key("\($0.offset + 1)")) }
            default:
                return [RunSetting(key: path, value: self)]
            }
        }

        private var isObject: Bool {
            if case .object = self { true } else { false }
        }
    }
}
