// SPDX-License-Identifier: Apache-2.0

/// An error of this package: a code for programs, one sentence for people, and what to do.
///
/// All errors that the package's functions throw on their own account conform to it, so that one
/// `catch` serves for all:
///
///     do {
///         try trainer.train()
///     } catch let error as any WideResNetError {
///         log(error.errorCode, error.message)
///     }
///
/// Codes do not change between versions; sentences may become better.
public protocol WideResNetError: Error, CustomStringConvertible, Sendable {
    /// The kinds of failure in this error's area.
    associatedtype Code: RawRepresentable<String>, CaseIterable, Hashable, Sendable

    /// The area of the error: the first word of ``errorCode``, for example `tensors`.
    static var area: String { get }
    /// The kind of failure.
    var code: Code { get }
    /// One sentence: where, what, expected, found, and what to do.
    var message: String { get }
}

extension WideResNetError {
    /// The area and the kind of failure, for example `tensors.truncated`.
    public var errorCode: String { "\(Self.area).\(code.rawValue)" }

    /// The advice at the end of the message, where it has one.
    public var suggestion: String? { Advice.clause(of: message) }

    /// All codes of the area, in the order of their declarations.
    package static var errorCodes: [String] { Code.allCases.map { "\(area).\($0.rawValue)" } }
}

/// The advice in an error's sentence.
///
/// It is the last clause, after a semicolon, and begins with a verb: `...; choose another
/// directory`. Other last clauses add a fact: `...; at most 64 are read`.
enum Advice {
    private static let verbs: Set<String> = [
        "accept", "ask", "begin", "check", "choose", "convert", "correct", "create", "download",
        "free", "get", "give", "go", "join", "leave", "let", "look", "make", "name", "permit",
        "put", "raise", "remove", "rename", "restore", "resume", "run", "save", "say", "scale",
        "set", "show", "take", "train", "try", "unpack", "unset", "use", "wait", "write",
    ]

    /// The clause with what to do; nil where the sentence has none.
    static func clause(of sentence: String) -> String? {
        guard let semicolon = sentence.lastIndex(of: ";") else { return nil }
        let clause = sentence[sentence.index(after: semicolon)...].drop { $0 == " " }
        return verbs.contains(String(clause.prefix { $0.isLetter })) ? String(clause) : nil
    }
}
