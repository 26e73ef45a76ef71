// SPDX-License-Identifier: Apache-2.0

package import WRNFetch
package import WRNFiles

/// What is wrong with how `body` fails: it must throw a `DataError` with `code` at `offset`, in one
/// line that contains all of `words`; nil when it does.
package func mismatch(
    _ code: DataError.Code, at offset: Int?, _ words: [String], _ body: () throws -> some Any
) -> String? {
    do {
        return "expected an error, found \(try body())"
    } catch let error as DataError {
        guard error.code == code else {
            return "expected the code \(code), found \(error.code): \(error)"
        }
        if let offset, error.byteOffset != offset {
            return "expected the offset \(offset), found \(error.byteOffset ?? -1): \(error)"
        }
        for word in words where !error.message.contains(word) {
            return "expected '\(word)' in: \(error)"
        }
        return error.message.contains("\n") ? "expected one line, found: \(error)" : nil
    } catch {
        return "expected a DataError, found \(error)"
    }
}

extension NamedBytes {
    /// Bytes of a file called `file`.
    package init(_ bytes: [UInt8]) {
        self.init(name: "file", bytes)
    }

    /// The same bytes, changed.
    package func changed(_ change: (inout [UInt8]) -> Void) -> NamedBytes {
        var all = Array(bytes)
        change(&all)
        return NamedBytes(name: name, all)
    }
}
