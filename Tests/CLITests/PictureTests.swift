// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// The pictures of the documentation are what the commands beside them draw.
@Suite("The documentation's pictures")
struct PictureTests {
    private static let documentation = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Documentation")

    /// Each picture and the arguments in the comment below it: `![...](Pictures/a.svg)`, then ``
    /// `wrn diagram ... -o a.svg` ``.
    private static func pictures() throws -> [(file: String, arguments: [String])] {
        let page = try String(
            contentsOf: documentation.appendingPathComponent("Networks.md"), encoding: .utf8)
        return page.matches(of: /`wrn (diagram [^`]+) -o ([-a-z0-9.]+\.svg)`/).map {
            (String($0.output.2), $0.output.1.split(separator: " ").map(String.init))
        }
    }

    /// With `WRN_UPDATE_SNAPSHOTS=1` in the environment the pictures are drawn anew, to be looked
    /// at like code.
    @Test("are drawn by the commands beside them")
    func drawn() throws {
        let workplace = try Workplace()
        let pictures = try Self.pictures()
        #expect(pictures.count >= 7)
        for (name, arguments) in pictures {
            let result = try Program.run(arguments, in: workplace.path)
            #expect(result.code == 0)
            let file = Self.documentation.appendingPathComponent("Pictures/\(name)")
            if ProcessInfo.processInfo.environment["WRN_UPDATE_SNAPSHOTS"] == "1" {
                try Data(result.output.utf8).write(to: file)
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == result.output, "\(name)")
        }
        let directory = Self.documentation.appendingPathComponent("Pictures").path
        let present = try FileManager.default.contentsOfDirectory(atPath: directory).sorted()
        #expect(present == pictures.map(\.file).sorted())
    }
}
