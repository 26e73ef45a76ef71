// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNImages

/// Expects `body` to fail with `code`, in one sentence about the file "x" with all of `words`.
func expectImageError(
    _ code: ImageError.Code, _ words: String..., location: SourceLocation = #_sourceLocation,
    _ body: () throws -> some Any
) {
    do {
        _ = try body()
        Issue.record("expected an error, found none", sourceLocation: location)
    } catch let error as ImageError {
        #expect(error.code == code, "\(error)", sourceLocation: location)
        #expect(error.file == "x", "\(error)", sourceLocation: location)
        for word in words {
            #expect(error.sentence.contains(word), "\(error)", sourceLocation: location)
        }
        #expect(!error.sentence.contains("\n"), "\(error)", sourceLocation: location)
    } catch {
        Issue.record("expected an ImageError, found \(error)", sourceLocation: location)
    }
}
