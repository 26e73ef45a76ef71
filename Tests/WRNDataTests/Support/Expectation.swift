// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNFiles

@testable import WRNDatasets
@testable import WRNFetch

/// Expects `body` to fail with `code` at `offset`, in a message that says all of `words`.
func expectError(
    _ code: DataError.Code, at offset: Int? = nil, _ words: String...,
    location: SourceLocation = #_sourceLocation, _ body: () throws -> some Any
) {
    do {
        let value = try body()
        Issue.record("expected an error, found \(value)", sourceLocation: location)
    } catch let error as DataError {
        #expect(error.code == code, "\(error)", sourceLocation: location)
        if let offset {
            #expect(error.byteOffset == offset, "\(error)", sourceLocation: location)
        }
        for word in words {
            #expect(error.message.contains(word), "\(error)", sourceLocation: location)
        }
        #expect(!error.message.contains("\n"), "\(error)", sourceLocation: location)
    } catch {
        Issue.record("expected a DataError, found \(error)", sourceLocation: location)
    }
}

extension NamedBytes {
    /// Bytes of a file called `file`.
    init(_ bytes: [UInt8]) {
        self.init(name: "file", bytes)
    }

    /// The same bytes, changed.
    func changed(_ change: (inout [UInt8]) -> Void) -> NamedBytes {
        var all = Array(bytes)
        change(&all)
        return NamedBytes(name: name, all)
    }
}
