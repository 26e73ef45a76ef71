// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

/// Compares a text with the file of this name in `Snapshots`.
///
/// With `WRN_UPDATE_SNAPSHOTS=1` in the environment the file is written instead, to be reviewed
/// like code.
func expectSnapshot(
    _ text: String, named name: String, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("Snapshots").appendingPathComponent(name + ".txt")
    if ProcessInfo.processInfo.environment["WRN_UPDATE_SNAPSHOTS"] == "1" {
        try Data(text.utf8).write(to: file)
    }
    let expected = try String(contentsOf: file, encoding: .utf8)
    #expect(text == expected, sourceLocation: sourceLocation)
}
