// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFetch
import WRNTestSupport

/// Expects `body` to fail with `code` at `offset`, in a message that contains all of `words`.
func expectError(
    _ code: DataError.Code, at offset: Int? = nil, _ words: String...,
    location: SourceLocation = #_sourceLocation, _ body: () throws -> some Any
) {
    let problem = mismatch(code, at: offset, words, body)
    #expect(problem == nil, sourceLocation: location)
}

/// Expects a reader to read some changes of a file and to refuse others, and never to crash.
func fuzz(
    _ source: NamedBytes, needsSuccess: Bool = true, _ read: (NamedBytes) throws -> Void
) throws {
    let outcomes = try Fuzz.outcomes(source, read)
    #expect(outcomes.refused > 0)
    #expect(outcomes.read > 0 || !needsSuccess)
}
