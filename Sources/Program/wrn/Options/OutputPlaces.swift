// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNDatasets
import WRNModel
import WRNRuns

/// The files that a command writes, which must not take the place of what it reads, or of what a
/// run needs.
struct OutputPlaces {
    private var outputs: [(option: String, path: String, place: String)] = []

    /// Collects the files.
    ///
    /// - Parameter outputs: The options with what they name: nil for nothing, `-` for the standard
    ///   output.
    init(_ outputs: KeyValuePairs<String, String?>) {
        for (option, path) in outputs {
            guard let path, path != "-" else { continue }
            self.outputs.append((option, path, Self.place(of: path)))
        }
    }

    /// Whether no two of the files are in the same place.
    var areDistinct: Bool { Set(outputs.map(\.place)).count == outputs.count }

    /// Refuses a file in the place of one that a run needs, or of one that the command reads.
    ///
    /// - Parameter inputs: The paths of what it reads; names that are none do not matter.
    func check(reading inputs: [String?] = []) throws {
        let inputs = Set(inputs.compactMap(\.self).map { Self.place(of: $0) })
        for (option, path, place) in outputs where Self.isFile(place) {
            if RunDirectory.needsFile(at: place) {
                throw ValidationError(
                    "\(option) names \(path), a file of a run, which would be lost; name another "
                        + "file")
            }
            if inputs.contains(place) { throw Self.readError(option, path) }
        }
    }

    /// Refuses a file in the place of an image of a set.
    func check(reading images: any ImageSet) throws {
        guard let files = images as? ImageFiles else { return }
        try check(files.labels.count) { files.title(of: $0) }
    }

    /// Refuses a file in the place of an image of a list.
    func check(reading images: ImageList) throws {
        try check(images.count) { images.title(of: $0) }
    }

    private func check(_ count: Int, title: (Int) -> String) throws {
        for (option, path, place) in outputs where Self.isFile(place) {
            // Only a file of the same name is looked for on the disk.
            let name = "/" + (place.split(separator: "/").last ?? "")
            for index in 0..<count {
                let title = title(index)
                guard ("/" + title).hasSuffix(name), Self.place(of: title) == place else {
                    continue
                }
                throw Self.readError(option, path)
            }
        }
    }

    private static func readError(_ option: String, _ path: String) -> ValidationError {
        ValidationError(
            "\(option) names \(path), which the command reads, and which would be lost; name "
                + "another file")
    }

    /// A path without links, `.` and `..`; of a file that is not there, below that of its
    /// directory.
    private static func place(of path: String) -> String {
        if let whole = resolved(path) { return whole }
        let url = URL(fileURLWithPath: path)
        let directory = url.deletingLastPathComponent().path
        return (resolved(directory) ?? directory) + "/" + url.lastPathComponent
    }

    private static func resolved(_ path: String) -> String? {
        guard let resolved = realpath(path, nil) else { return nil }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func isFile(_ place: String) -> Bool {
        var isDirectory: ObjCBool = false
        return FileManager.default.fileExists(atPath: place, isDirectory: &isDirectory)
            && !isDirectory.boolValue
    }
}

extension WeightsOptions {
    /// The path of the model's file, or its name; nil for the model that is part of the program.
    var place: String? {
        guard WeightsSource(weights) != .bundled else { return nil }
        return (try? chosen())?.file ?? weights
    }
}
