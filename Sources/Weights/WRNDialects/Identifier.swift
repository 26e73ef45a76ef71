// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensorFiles
import WRNZoo

/// Finds the network and the dialect of a file's tensors; reads no element of them.
struct Identifier {
    let archive: TensorArchive
    /// The best match, or nil where no network has such tensors.
    let match: NameMatch?
    /// All parts of the file that hold a network of the match's dialect.
    let parts: [String]
    /// The known and assumed parts of the network's function.
    let function: [Identification.FunctionPart]
    /// The reason why the caller's options are impossible; nil if they are possible.
    let changesProblem: String?
    /// The network's name in the file, where it is not that of the match.
    let disputedName: String?

    /// Compares all networks that the names allow, in all dialects, with the tensors.
    ///
    /// - Parameters:
    ///   - part: The prefix to look at, without its last dot; nil for the most trusted one.
    ///   - changes: The caller's options for the network's function.
    ///   - name: The network's name in the file itself, which determines the function if the
    ///     tensors are that network's; nil if it names none.
    init(
        _ archive: TensorArchive, part: String? = nil, changes: NetworkVariant.Changes,
        describedAs name: String? = nil
    ) {
        self.archive = archive
        let known = KnownFunction(
            changes: changes, stated: name.flatMap { try? Zoo.network(named: $0) })
        var best: NameMatch?
        var parts: [String] = []
        func look(_ dialect: Dialect, in found: [String], isHeadless: Bool) {
            for prefix in found where part.map({ prefix == $0 + "." || prefix == $0 }) ?? true {
                let names = TensorNames(archive, prefix: prefix)
                guard let match = Self.best(in: names, archive, dialect, known, isHeadless) else {
                    continue
                }
                // Of equals the first stays: the more trusted part, and the earlier dialect.
                if best.map({ Self.takesPrecedence(match, over: $0) }) ?? true {
                    (best, parts) = (match, found)
                }
            }
        }
        for dialect in Dialect.allCases {
            look(dialect, in: TensorNames.parts(of: archive, dialect: dialect), isHeadless: false)
        }
        if best?.isWhole != true {
            for dialect in Dialect.allCases {
                let found = TensorNames.headlessParts(of: archive, dialect: dialect)
                look(dialect, in: found, isHeadless: true)
            }
        }
        if best?.isWhole != true, part == nil,
            let proposal = StructuralMatch(archive)?.proposal(known)
        {
            (best, parts) = (proposal, [])
        }
        // Without a head a few tensors match many networks, so that only whole ones count.
        if let found = best, !found.head.isLinear, !found.isWhole { (best, parts) = (nil, []) }
        match = best
        // Below a stem alone there are also the blocks of networks.
        let isNamed = if case .named? = best?.head { true } else { false }
        self.parts =
            isNamed
            ? parts : parts.filter { $0 == best?.prefix || Self.hasNetwork(archive, $0, best) }
        function = best.map { known.parts(of: $0.network, $0.dialect) } ?? []
        changesProblem = best.flatMap { known.problem(of: $0.network) }
        disputedName = best.map { known.isStated($0.network) } == false ? name : nil
    }

    /// Whether a match of one part is taken instead of another's: of two whole networks that of the
    /// more trusted part, however much larger the other is, and else the better fit.
    private static func takesPrecedence(_ match: NameMatch, over other: NameMatch) -> Bool {
        if match.isWhole, other.isWhole {
            let (rank, known) = (TensorNames.rank(match.prefix), TensorNames.rank(other.prefix))
            if rank != known { return rank < known }
        }
        return match.isBetter(than: other)
    }

    /// Whether a part holds a whole network in the dialect of the best one.
    private static func hasNetwork(
        _ archive: TensorArchive, _ prefix: String, _ best: NameMatch?
    ) -> Bool {
        guard let best, let dialect = best.dialect else { return false }
        let names = TensorNames(archive, prefix: prefix)
        // Each block of a network may be such a part: all of its layers are looked up only where
        // its convolutions are there.
        guard NameMatch.hasConvolutions(of: best.outline, names, dialect) else { return false }
        return NameMatch(best.network, best.outline, names, dialect, head: best.head)
            .trulyMissing.isEmpty
    }

    private static func best(
        in names: TensorNames, _ archive: TensorArchive, _ dialect: Dialect, _ known: KnownFunction,
        _ isHeadless: Bool
    ) -> NameMatch? {
        var best: NameMatch?
        var seen: Set<String> = []
        for form in NetworkForm.allCases {
            guard
                var outline = TensorOutline(names, dialect, form, isHeadless: isHeadless)
            else { continue }
            var head = FoundHead.named
            if isHeadless {
                head = FoundHead(
                    in: archive, prefix: names.prefix, channels: outline.lastChannels)
                if case .linear(let weight, _) = head { outline = outline.with(head: weight.shape) }
            }
            for candidate in outline.candidates where seen.insert(candidate.name).inserted {
                let network = known.applied(to: candidate, dialect)
                let size = network.usualImageSize
                guard let graph = try? network.graph(height: size, width: size) else { continue }
                let match = NameMatch(
                    network, NetworkOutline(graph), names, dialect, head: head)
                // Of two whole networks the one that explains more: shortcuts are convolutions
                // where there are some.
                if best.map({ match.isBetter(than: $0) }) ?? true { best = match }
            }
        }
        return best
    }
}
