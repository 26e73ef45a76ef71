// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNArchive
import WRNFiles

@testable import WRNDatasets
@testable import WRNFetch

/// The files that `Fixtures/make_fixtures.py` wrote.
enum Fixture {
    static let directory = Bundle.module.resourcePath.map { $0 + "/Fixtures" } ?? "Fixtures"

    static func path(_ name: String) -> String {
        directory + "/" + name
    }

    static func bytes(_ name: String) throws -> NamedBytes {
        try FileBytes.read(path(name))
    }

    /// A tar archive among the fixtures.
    static func archive(_ name: String) throws -> TarArchive {
        let bytes = try bytes(name)
        return try TarArchive(Gzip.isGzip(bytes.bytes) ? Gzip.unpack(bytes) : bytes)
    }

    /// The SHA-256 of a fixture, as Python computed it.
    static func sha256(_ name: String) throws -> String {
        let lines = try String(contentsOfFile: path("SHA256SUMS"), encoding: .utf8)
            .split(separator: "\n")
        let line = try #require(lines.first { $0.hasSuffix("  " + name) })
        return String(line.prefix(64))
    }
}
