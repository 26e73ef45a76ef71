// SPDX-License-Identifier: Apache-2.0

import WRNDialects
import WRNModel
import WRNTensorFiles
import WRNText

/// The output of `wrn identify`.
struct IdentificationReport {
    let identification: Identification
    let unsound: [UnsoundTensor]
    let normalization: StatedNormalization?
    /// What a model says of itself; nil for other files.
    let model: ModelDescription?
    /// Why a model's own description is refused; nil for one that fits, and for other files.
    let refusal: String?
    let showsMap: Bool

    /// The number of names of a list that are shown.
    private static let shownCount = 3

    /// A line for each finding, and the map with `--map`.
    func text(width: TextWidth) -> DisplayText {
        let title =
            identification.network.map { "\($0.name), a \($0.family)" }
            ?? "no network that is known here"
        var lines = wrapped("\(identification.file): \(title)", width: width.columns) + [""]
        let indentation = String(repeating: " ", count: 15)
        for (label, value) in rows {
            let block = wrapped(value, width: width.columns, indentation: indentation)
            // The label stands in the first line's indentation.
            lines += block.prefix(1).map { label + $0.dropFirst(label.count) } + block.dropFirst()
        }
        if showsMap, !identification.proposal.isEmpty {
            var table = Table([("in the network", .left), ("in the file", .left), ("shape", .left)])
            for pair in identification.proposal {
                let shape = pair.shape.map(String.init).joined(separator: "x")
                table.add([pair.name, pair.source, shape])
            }
            lines += [""] + table.lines(width: width)
        }
        return DisplayText(lines: lines)
    }

    private var rows: [(String, String)] {
        var rows: [(String, String)] = []
        if let network = identification.network {
            rows.append(
                (
                    "network",
                    "depth \(network.depth), width \(Self.text(of: network.width)), blocks "
                        + "\(network.block)"
                ))
            rows.append(
                (
                    "made for",
                    "\(Numbers.grouped(network.classes)) classes, "
                        + (model.map {
                            "images of \($0.inputChannels)x\($0.inputHeight)x\($0.inputWidth)"
                        }
                            ?? ("usually images of \(network.inputChannels)x"
                                + "\(network.imageSize)x\(network.imageSize)"))
                ))
            rows.append(("parameters", parameters(of: network)))
            rows += network.paper.map { ("paper", $0) }
            rows.append(("names", names))
            rows.append(("normalisation", batchNormalization))
            rows += functionRows
            rows += headRows
            rows += model?.calibration.map { [("calibrated", $0.sentence)] } ?? []
            rows += network.assumptions.map { ("note", $0) }
        }
        rows.append(("file", "\(format), \(types)"))
        rows.append(contentsOf: findings)
        return rows
    }

    private var findings: [(String, String)] {
        var rows: [(String, String)] = []
        func add(_ label: String, _ names: [String], _ remark: String = "") {
            guard !names.isEmpty else { return }
            let shown = names.prefix(Self.shownCount).map { quoted($0) }.joined(separator: ", ")
            let rest = names.count > Self.shownCount ? ", ..." : ""
            rows.append((label, "\(Numbers.grouped(names.count))\(remark): \(shown)\(rest)"))
        }
        if let problem = refusal ?? identification.dispute {
            rows.append((refusal == nil ? "doubtful" : "refused", problem))
        }
        add("dead", identification.dead, " of no use to the network")
        add("extra", identification.extra, " that are not the network's")
        add("missing", identification.missing, " that the network needs")
        add("other shape", identification.differentlyShaped)
        add("other parts", identification.otherParts, " more with such a network")
        add("computed", identification.computed, " from parts (pruning, weight normalisation)")
        add("outside", identification.outside, " beside the part, which may be layers of it")
        for tensor in unsound.prefix(Self.shownCount) {
            rows.append(("not sound", "\(quoted(tensor.name)) \(tensor.problem)"))
        }
        if unsound.count > Self.shownCount {
            rows.append(("not sound", "\(unsound.count - Self.shownCount) more"))
        }
        if let normalization {
            let names = normalization.names.map { quoted($0) }.joined(separator: " and ")
            rows.append(("images", "normalised by the file's own \(names)"))
        }
        if identification.unrelatedCount > 0 {
            rows.append(
                (
                    "beside",
                    "\(Numbers.counted(identification.unrelatedCount, "tensor")) of other things"
                ))
        }
        if !identification.proposal.isEmpty, !showsMap {
            rows.append(("map", "proposed by shapes and order; see it with --map"))
        }
        if identification.proposal.isEmpty, showsMap {
            rows.append(
                (
                    "map",
                    identification.network == nil
                        ? "none: shapes and order are those of no network"
                        : "not needed: the names are known"
                ))
        }
        return rows
    }

    private func parameters(of network: Identification.Network) -> String {
        let count = Numbers.grouped(identification.parameters)
        guard identification.parameters != network.parameters else {
            return "\(count), all of the network's"
        }
        return "\(count); the network has \(Numbers.grouped(network.parameters))"
    }

    private var names: String {
        let title = identification.dialect?.title ?? "of no known program"
        return identification.prefix.isEmpty
            ? title : "\(title), behind \(quoted(identification.prefix))"
    }

    /// The parts of the network's function, grouped by their basis.
    private var functionRows: [(String, String)] {
        let bases: [(Identification.FunctionPart.Basis, String)] = [
            (.assumed, "assumed"), (.given, "given"), (.stated, "computes"),
        ]
        return bases.compactMap { basis, label in
            let words = identification.function.filter { $0.basis == basis }.map(\.words)
            guard !words.isEmpty else { return nil }
            let source =
                basis == .assumed
                ? identification.functionSource.map { ", as in \($0)" }
                    ?? ", as the network has by itself" : ""
            return (label, words.joined(separator: ", ") + source)
        }
    }

    private var headRows: [(String, String)] {
        let names = identification.headTensors.prefix(Self.shownCount).map { quoted($0) }
            .joined(separator: ", ")
        switch identification.head {
        case .linear where !identification.headTensors.isEmpty:
            return [("head", "\(names), the only linear layer there")]
        case .layers:
            return [("head", "of several layers, which are not computed: \(names)")]
        case .absent: return [("head", "none: the network ends with its features")]
        case .linear, nil: return []
        }
    }

    private var batchNormalization: String {
        let words =
            switch identification.normalization {
            case .present: "as in training"
            case .folded: "multiplied into the convolutions"
            case .withoutStatistics:
                "without running statistics, so of no use until trained on; GroupNorm and others "
                    + "under these names cannot be told apart"
            case nil: "none"
            }
        return words
            + (identification.hasConvolutionBiases ? "; convolutions have biases as well" : "")
            + (identification.lacksHeadBias ? "; the head has no bias" : "")
    }

    private var format: String {
        switch identification.format {
        case .safetensors: "safetensors"
        case .pytorch: "PyTorch's zip archive"
        case .pytorchLegacy: "PyTorch's format before 1.6"
        case .npz: "NumPy's archive of arrays"
        case .npy: "NumPy's array"
        case .shards: "several files that an index joins"
        }
    }

    private var types: String {
        identification.elementTypes.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\(Numbers.counted($0.value, "tensor")) of \($0.key)" }
            .joined(separator: ", ")
    }

    private static func text(of width: Double) -> String {
        Int(exactly: width).map(String.init) ?? "\(width)"
    }
}

extension IdentificationReport: Encodable {
    private enum CodingKeys: String, CodingKey {
        case unsound, imageNormalization, calibration, inputHeight, inputWidth, refusal
    }

    /// The identification's fields, and the findings about its numbers.
    func encode(to encoder: any Encoder) throws {
        try identification.encode(to: encoder)
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(unsound, forKey: .unsound)
        try container.encodeIfPresent(normalization, forKey: .imageNormalization)
        try container.encodeIfPresent(model?.calibration, forKey: .calibration)
        try container.encodeIfPresent(model?.inputHeight, forKey: .inputHeight)
        try container.encodeIfPresent(model?.inputWidth, forKey: .inputWidth)
        try container.encodeIfPresent(refusal, forKey: .refusal)
    }
}
