// SPDX-License-Identifier: Apache-2.0

import WRNCheckpoint
import WRNGraph
import WRNZoo

/// Finds the network and the dialect of a file's tensors; reads no element of them.
struct Identifier {
    let archive: TensorArchive
    /// The best match, or nil where no network has such tensors.
    let match: NameMatch?
    /// All parts of the file that hold a network of the match's dialect.
    let parts: [String]

    /// Holds all networks that the names allow, in all dialects, against the tensors.
    ///
    /// - Parameter part: The prefix to look at, without its last dot; nil for the most trusted one.
    init(_ archive: TensorArchive, part: String? = nil) {
        self.archive = archive
        var best: NameMatch?
        var parts: [String] = []
        for dialect in Dialect.allCases {
            let found = TensorNames.parts(of: archive, dialect: dialect)
            for prefix in found where part.map({ prefix == $0 + "." || prefix == $0 }) ?? true {
                let names = TensorNames(archive, prefix: prefix)
                guard let match = Self.best(in: names, dialect) else { continue }
                guard let known = best else {
                    (best, parts) = (match, found)
                    continue
                }
                // Of equals the first stays: the more trusted part, and the dialect that stands first.
                if match.isBetter(than: known) { (best, parts) = (match, found) }
            }
        }
        if best?.isWhole != true, part == nil,
            let proposal = StructuralMatch(archive)?.proposal()
        {
            (best, parts) = (proposal, [])
        }
        match = best
        self.parts = parts
    }

    private static func best(in names: TensorNames, _ dialect: Dialect) -> NameMatch? {
        var best: NameMatch?
        var seen: Set<String> = []
        for form in NetworkForm.allCases {
            guard let outline = TensorOutline(names, dialect, form) else { continue }
            for network in outline.candidates where seen.insert(network.name).inserted {
                let size = network.usualImageSize
                guard let graph = try? network.graph(height: size, width: size) else { continue }
                let match = NameMatch(network, NetworkOutline(graph), names, dialect)
                // Of two whole networks the one that explains more: shortcuts are convolutions where there are some.
                if best.map({ match.isBetter(than: $0) }) ?? true { best = match }
            }
        }
        return best
    }
}
