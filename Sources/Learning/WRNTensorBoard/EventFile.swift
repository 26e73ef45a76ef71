// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFiles

/// The one event file of a directory, from which TensorBoard draws curves.
///
///     let file = try EventFile(replacingIn: "runs/first", points: pointsSoFar)
///     try file.append(nextPoint)
///
/// Reopening renames it: TensorBoard, which follows files as they grow, then reads the new one from
/// its beginning and drops the points of the old one from the first new step on.
package struct EventFile: Hashable, Sendable {
    /// The prefix of the names of event files; the seconds since 1970 and the host follow.
    static let prefix = "events.out.tfevents."
    /// The suffix of the names of this package's event files.
    static let suffix = ".wrn"

    /// The file's path.
    package let path: String

    /// Writes a file with `points` in place of the one that this package has written to `directory`
    /// before.
    ///
    /// The old file gets the new name first and is then replaced in one step, so that at no instant
    /// there are two.
    ///
    /// - Parameter time: When, in seconds since 1970; nil for now.
    /// - Throws: A `FileError` with the code `cannotWrite` or `diskFull`.
    package init(
        replacingIn directory: String, points: [any EventPoint],
        time: Double? = nil
    ) throws {
        let time = time ?? Date().timeIntervalSince1970
        let old = Self.names(in: directory)
        let newest = old.compactMap(Self.seconds).max() ?? 0
        let seconds = max(Int(time), newest + 1)
        let name =
            Self.prefix + String(format: "%010d", seconds) + "." + Self.host + Self.suffix
        path = directory + "/" + name
        let bytes = points.reduce(
            into: ScalarPoint.header(time: points.first?.time ?? time)
        ) { $0 += $1.record() }
        if let last = old.last { rename(directory + "/" + last, path) }
        for name in old.dropLast() { unlink(directory + "/" + name) }
        try AtomicFile<FileError>.write(bytes, to: path)
    }

    /// Removes the file that this package has written to `directory`, if there is one.
    package static func remove(from directory: String) {
        for name in names(in: directory) { unlink(directory + "/" + name) }
    }

    /// Adds points and forces them to the disk.
    ///
    /// - Throws: A `FileError` with the code `cannotWrite` or `diskFull`.
    package func append(_ points: any EventPoint...) throws { try append(points) }

    /// Adds points and forces them to the disk.
    ///
    /// - Throws: A `FileError` with the code `cannotWrite` or `diskFull`.
    package func append(_ points: [any EventPoint]) throws {
        let bytes = points.flatMap { $0.record() }
        try AppendOnlyFile<FileError>.append(bytes, to: path)
    }

    /// This package's event files in a directory, the oldest first.
    static func names(in directory: String) -> [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.filter { $0.hasPrefix(prefix) && $0.hasSuffix(suffix) }.sorted()
    }

    private static func seconds(in name: String) -> Int? {
        // Names have ten digits for the next centuries; those of other programs may have any number
        // of them.
        Int(name.dropFirst(prefix.count).prefix { $0 != "." }).flatMap {
            (0..<100_000_000_000).contains($0) ? $0 : nil
        }
    }

    /// The machine's name as a part of a file's name.
    private static var host: String {
        var bytes = [CChar](repeating: 0, count: 256)
        let status = gethostname(&bytes, bytes.count - 1)
        let name = String(
            decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        let plain = name.unicodeScalars.filter {
            $0.isASCII && ($0.properties.isAlphabetic || "0123456789-".unicodeScalars.contains($0))
        }
        return status == 0 && !plain.isEmpty ? String(String.UnicodeScalarView(plain)) : "local"
    }
}
