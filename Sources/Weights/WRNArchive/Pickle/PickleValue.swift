// SPDX-License-Identifier: Apache-2.0

/// A value of a pickle: small things themselves, large or shared ones by their number in
/// ``PickleDocument/objects``.
///
/// Handles instead of references: a list that holds itself, or a million nested tuples, then
/// neither leak nor exhaust the stack when they are freed.
package enum PickleValue: Hashable, Sendable {
    case none
    case bool(Bool)
    case int(Int)
    case float(Double)
    case object(Int)
}

/// The object of a handle.
package enum PickleObject<Made: PickleMade>: Sendable {
    /// Text or bytes, which Python 2 did not distinguish. Text is UTF-8, or Latin-1 from Python 2.
    case string(ArraySlice<UInt8>)
    case list([PickleValue])
    case tuple([PickleValue])
    /// Later pairs override earlier ones of the same key.
    case dictionary([(key: PickleValue, value: PickleValue)])
    /// A permitted name, as `module.name`.
    case callable(String)
    /// A value that is passed over: of which kind, and nothing of its content.
    case opaque(String)
    /// A value that only the vocabulary interprets; stored indirectly to keep other values small.
    indirect case made(Made)

    /// The name in messages.
    package var word: String {
        switch self {
        case .string: "a string"
        case .list: "a list"
        case .tuple: "a tuple"
        case .dictionary: "a dictionary"
        case .callable(let name): "the callable '\(name)'"
        case .opaque(let kind): "a value of the kind '\(kind)'"
        case .made(let made): made.word
        }
    }

    /// The memory of an array or a text besides its elements.
    static var headerByteCount: Int { 32 }

    /// An estimate of its memory, without its items.
    var byteCount: Int {
        let header = Self.headerByteCount
        let own =
            switch self {
            case .string: 0
            case .list(let items), .tuple(let items): items.isEmpty ? 0 : header
            case .dictionary(let pairs): pairs.isEmpty ? 0 : header
            case .callable(let name): header + name.utf8.count
            case .opaque: 0
            case .made: MemoryLayout<Made>.stride + 4 * header
            }
        return MemoryLayout<Self>.stride + own
    }
}
