// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor
package import WRNTensorFiles

/// The tensors of a file below one prefix, looked up by what follows it.
///
/// Training programs wrap their weights: `state_dict.module.conv1.weight` is `conv1.weight` of the
/// part `state_dict.module.`.
package struct TensorNames: Sendable {
    /// The prefix of all names of the part: empty, or ending in a dot.
    package let prefix: String
    private let archive: TensorArchive

    package init(_ archive: TensorArchive, prefix: String) {
        self.archive = archive
        self.prefix = prefix
    }

    /// The tensor of the first of these names that the part has.
    package func first(of names: [String]) -> TensorArchive.Entry? {
        for name in names {
            if let entry = archive[prefix + name] { return entry }
            // The authors' code keeps running statistics in a dictionary of their own.
            if let start = prefix.wholeSuffix("params."),
                let entry = archive[prefix[..<start] + "stats." + name]
            {
                return entry
            }
        }
        return nil
    }

    /// Whether a tensor belongs to the part.
    package func contains(_ entry: TensorArchive.Entry) -> Bool {
        if entry.name.hasPrefix(prefix) { return true }
        guard let start = prefix.wholeSuffix("params.") else { return false }
        return entry.name.hasPrefix(prefix[..<start] + "stats.")
    }

    /// The most parts of a file that are looked at.
    static let maximumPartCount = 64

    /// The parts that may hold a network of this dialect, most trusted first: prefixes below which
    /// there are a stem and a head.
    package static func parts(of archive: TensorArchive, dialect: Dialect) -> [String] {
        var found: Set<String> = []
        for form in NetworkForm.allCases {
            let stems = dialect.names(of: .stemConvolution, .weight, in: form)
            let heads = dialect.names(of: .head, .weight, in: form)
            for prefix in prefixes(before: heads, in: archive)
            where stems.contains(where: { archive[prefix + $0]?.shape.rank == 4 }) {
                found.insert(prefix)
            }
        }
        return mostTrusted(found)
    }

    /// The parts that may hold a network without the dialect's head: prefixes below which there is
    /// a stem.
    static func headlessParts(of archive: TensorArchive, dialect: Dialect) -> [String] {
        let stems = NetworkForm.allCases.flatMap {
            dialect.names(of: .stemConvolution, .weight, in: $0)
        }
        return mostTrusted(
            prefixes(before: stems, in: archive).filter { prefix in
                stems.contains { archive[prefix + $0]?.shape.rank == 4 }
            })
    }

    private static func prefixes(before names: [String], in archive: TensorArchive) -> Set<String> {
        var found: Set<String> = []
        for name in Set(names) {
            for entry in archive.entries {
                guard let start = entry.name.wholeSuffix(name) else { continue }
                found.insert(String(entry.name[..<start]))
            }
        }
        return found
    }

    private static func mostTrusted(_ prefixes: Set<String>) -> [String] {
        let sorted = prefixes.sorted {
            (rank($0), $0.utf8.count, $0) < (rank($1), $1.utf8.count, $1)
        }
        return Array(sorted.prefix(maximumPartCount))
    }

    /// The wrappers of trained weights in programs' files.
    private static let wrappers = [
        "", "state_dict", "model", "net", "model_state_dict", "params", "module", "_orig_mod",
    ]

    /// Parts of wrappers' names of averaged weights, or of another network's: a teacher that is not
    /// trained, the target of BYOL, MoCo's second encoder.
    private static let averages: Set<String> = [
        "ema", "avg", "averaged", "average", "swa", "shadow", "polyak", "teacher", "momentum",
        "target",
    ]
    /// Whole names of wrappers of such weights.
    private static let averageNames: Set<String> = ["encoder_k"]

    /// Whether a part holds averages of the trained weights, by its name.
    static func isAverage(_ prefix: String) -> Bool {
        prefix.lowercased().split(separator: ".").contains { name in
            averageNames.contains(String(name))
                || name.split(separator: "_").contains { averages.contains(String($0)) }
        }
    }

    /// The place of a part among several: known wrappers of trained weights, then those of unknown
    /// names, then averages.
    static func rank(_ prefix: String) -> Int {
        if isAverage(prefix) { return wrappers.count + 1 }
        return prefix.split(separator: ".")
            .map { wrappers.firstIndex(of: String($0)) ?? wrappers.count }.max() ?? 0
    }
}

extension String {
    /// The start of `suffix`, if the text ends with it and it begins the text or follows a dot.
    fileprivate func wholeSuffix(_ suffix: String) -> Index? {
        guard hasSuffix(suffix) else { return nil }
        let start = utf8.index(endIndex, offsetBy: -suffix.utf8.count)
        return start == startIndex || utf8[utf8.index(before: start)] == UInt8(ascii: ".")
            ? start : nil
    }
}
