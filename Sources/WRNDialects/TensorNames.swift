// SPDX-License-Identifier: Apache-2.0

package import WRNCheckpoint
import WRNGraph
import WRNTensor

/// The tensors of a file below one prefix, looked up by what follows it.
///
/// Training programs wrap their weights: `state_dict.module.conv1.weight` is `conv1.weight` of the part `state_dict.module.`.
package struct TensorNames: Sendable {
    /// What all names of the part begin with: empty, or something that ends in a dot.
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

    /// The parts that may hold a network of this dialect, most trusted first: prefixes below which there are a stem and a head.
    package static func parts(of archive: TensorArchive, dialect: Dialect) -> [String] {
        var found: Set<String> = []
        for form in NetworkForm.allCases {
            let stems = dialect.names(of: .stemConvolution, .weight, in: form)
            let heads = dialect.names(of: .head, .weight, in: form)
            for head in heads {
                for entry in archive.entries {
                    guard let start = entry.name.wholeSuffix(head) else { continue }
                    let prefix = String(entry.name[..<start])
                    let isPart = stems.contains { archive[prefix + $0]?.shape.rank == 4 }
                    if isPart { found.insert(prefix) }
                }
            }
        }
        let sorted = found.sorted {
            (rank($0), $0.utf8.count, $0) < (rank($1), $1.utf8.count, $1)
        }
        return Array(sorted.prefix(maximumPartCount))
    }

    /// The wrappers of weights by which programs are known, those of averaged weights last: what is trained comes first.
    private static let wrappers = [
        "", "state_dict", "model", "net", "model_state_dict", "params", "module", "_orig_mod",
        "model_ema", "ema", "state_dict_ema",
    ]

    private static func rank(_ prefix: String) -> Int {
        prefix.split(separator: ".").map { wrappers.firstIndex(of: String($0)) ?? wrappers.count }
            .max() ?? 0
    }
}

extension String {
    /// Where `suffix` begins, if the text ends with it and it begins the text or follows a dot.
    fileprivate func wholeSuffix(_ suffix: String) -> Index? {
        guard hasSuffix(suffix) else { return nil }
        let start = utf8.index(endIndex, offsetBy: -suffix.utf8.count)
        return start == startIndex || utf8[utf8.index(before: start)] == UInt8(ascii: ".")
            ? start : nil
    }
}
