// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNArchive
package import WRNFetch
package import WRNFiles

/// The path of a file in the folder `Fixtures` of a test target, by default the caller's.
package func fixture(
    _ name: String, of target: String? = nil, source: String = #filePath
) -> String {
    let parts = source.split(separator: "/", omittingEmptySubsequences: false)
    let end = parts.lastIndex(of: "Tests") ?? parts.startIndex
    let tests = parts[...end].joined(separator: "/")
    let own = parts.dropFirst(end + 1).first.map(String.init) ?? ""
    return "\(tests)/\(target ?? own)/Fixtures/\(name)"
}

/// The value that a JSON file in the caller's folder `Fixtures` holds.
package func fixture<Value: Decodable>(
    _ type: Value.Type, from name: String, of target: String? = nil, source: String = #filePath
) throws -> Value {
    let file = fixture(name, of: target, source: source)
    return try JSONDecoder().decode(type, from: Data(contents(of: file)))
}

/// The data sets and archives that `WRNDatasetsTests/Fixtures/make_fixtures.py` wrote.
package enum DataFixture {
    /// The path of a file.
    package static func path(_ name: String) -> String {
        fixture(name, of: "WRNDatasetsTests")
    }

    /// The bytes of a file.
    package static func bytes(_ name: String) throws -> NamedBytes<DataError> {
        try FileBytes.read(path(name))
    }

    /// A tar archive, packed with gzip or not.
    package static func archive(_ name: String) throws -> TarArchive<DataError> {
        let bytes = try bytes(name)
        return try TarArchive(Gzip.isGzip(bytes.bytes) ? Gzip.unpack(bytes) : bytes)
    }

    /// The SHA-256 of a file, as Python computed it; empty for a file that is not listed.
    package static func sha256(_ name: String) throws -> String {
        let lines = try String(contentsOfFile: path("SHA256SUMS"), encoding: .utf8)
            .split(separator: "\n")
        return lines.first { $0.hasSuffix("  " + name) }.map { String($0.prefix(64)) } ?? ""
    }
}
