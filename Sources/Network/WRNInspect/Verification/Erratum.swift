// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
import WRNTensor
import WRNText
import WRNZoo

extension Verification {
    /// A mistake or an ambiguity of the paper, explained by counts of networks.
    public struct Erratum: Codable, Hashable, Sendable {
        /// The number by which rows refer to it.
        public let number: Int
        /// The title.
        public let title: String
        /// The printed and the true value, with the evidence.
        public let explanation: String
        /// Whether every count in the explanation was confirmed.
        public let isConfirmed: Bool
    }
}

extension Verification.Erratum {
    /// The nine known errata; the counts in their explanations are computed from built networks.
    ///
    /// - Throws: A ``GraphError`` when a network cannot be built.
    public static func all() throws(GraphError) -> [Verification.Erratum] {
        [
            try blockDepths(), try deepening(), try classes(), try thousandTwoHundredTwo(),
            try thousandOne(), topFive(), figures(), try thinNetworks(), try strides(),
        ]
    }

    private static func graph(_ name: String, classes: Int? = nil) throws(GraphError) -> Graph {
        let network = try Zoo.network(named: name, classes: classes)
        return try network.graph(
            height: network.usualImageSize, width: network.usualImageSize)
    }

    private static func millions(_ count: Int) -> String {
        "\(RoundedCount(count, decimals: 1))"
    }

    private static func blockDepths() throws(GraphError) -> Verification.Erratum {
        var isConfirmed = true
        var counts: [String] = []
        for row in Paper.rows where row.table == 2 {
            let network = try WideResNet(name: row.network)
            let graph = try network.graph()
            let other = try WideResNet(
                depth: network.depth, width: network.width, block: network.block,
                depthRule: .countingConvolutions
            ).graph()
            isConfirmed = isConfirmed && millions(graph.parameterCount) == row.parameters
            guard network.depthRule == .twoPerBlock else { continue }
            isConfirmed = isConfirmed && millions(other.parameterCount) != row.parameters
            counts.append(
                "\(network.block) has \(Numbers.grouped(graph.parameterCount)) parameters in "
                    + "\(Numbers.grouped(graph.convolutionCount)) convolutions, and would have "
                    + "\(Numbers.grouped(other.parameterCount)) in "
                    + "\(Numbers.grouped(other.convolutionCount))"
            )
        }
        return Verification.Erratum(
            number: 1, title: "Table 2 does not count the convolutions of blocks of three",
            explanation:
                "The depth of a WRN-d-k is its number of convolutions, so blocks of l of them "
                + "would come N = (d-4)/(3l) to a group. Table 2's parameters follow N = (d-4)/6 "
                + "for every block type, as if all had two: \(counts.joined(separator: "; ")). "
                + "Names that end in -table2 choose that rule.",
            isConfirmed: isConfirmed && counts.count == 3)
    }

    private static func deepening() throws(GraphError) -> Verification.Erratum {
        var graphs: [Graph] = []
        for row in Paper.rows where row.table == 3 { graphs.append(try graph(row.network)) }
        let counts = Set(
            graphs.map { [$0.parameterCount, $0.multiplyAdds, $0.convolutionCount] })
        let first = graphs.first
        return Verification.Erratum(
            number: 2, title: "Table 3 counts convolutions, so its networks are all the same size",
            explanation:
                "Table 3 uses N = (40-4)/(3l), which is 12, 6, 4 and 3. Then all four networks "
                + "have exactly \(first.map { Numbers.grouped($0.parameterCount) } ?? "") "
                + "parameters, \(first.map { Numbers.grouped($0.multiplyAdds) } ?? "") "
                + "multiply-adds and \(first.map { Numbers.grouped($0.convolutionCount) } ?? "") "
                + "convolutions: only the shortcuts differ.",
            isConfirmed: graphs.count == 4 && counts.count == 1)
    }

    private static func classes() throws(GraphError) -> Verification.Erratum {
        var (isConfirmed, changed) = (true, [String]())
        for row in Paper.rows where row.table == 4 {
            let ten = try graph(row.network).parameterCount
            let hundred = try graph(row.network, classes: 100).parameterCount
            isConfirmed = isConfirmed && millions(ten) == row.parameters
            if millions(hundred) != row.parameters {
                changed.append("\(row.label) (\(millions(hundred)))")
                isConfirmed = isConfirmed && row.notes.contains(3)
            }
        }
        return Verification.Erratum(
            number: 3, title: "Table 4's parameters are those for 10 classes",
            explanation:
                "The table has errors on CIFAR-10 and CIFAR-100 and one column of parameters. It "
                + "is for 10 classes; for 100 these would round to another figure: "
                + changed.joined(separator: ", ") + ".",
            isConfirmed: isConfirmed && changed.count == 6)
    }

    private static func thousandTwoHundredTwo() throws(GraphError) -> Verification.Erratum {
        let identity = try graph("resnet-1202").parameterCount
        let convolution = try graph("resnet-1202-b").parameterCount
        return Verification.Erratum(
            number: 4, title: "Table 5's ResNet-1202 has 19.4M parameters, not 10.2M",
            explanation:
                "It has \(Numbers.grouped(identity)) with parameter-free shortcuts (option A) and "
                + "\(Numbers.grouped(convolution)) with convolutions (option B). He et al. say "
                + "19.4M. 10.2M is what they say of the pre-activation ResNet-1001.",
            isConfirmed: millions(identity) == "19.4M" && millions(convolution) == "19.4M")
    }

    private static func thousandOne() throws(GraphError) -> Verification.Erratum {
        let graph = try graph("preact-resnet-1001")
        let affine = graph.parameters.lazy.filter { $0.role == .scale || $0.role == .shift }
            .map(\.shape.elementCount).reduce(0, +)
        let rest = graph.parameterCount - affine
        return Verification.Erratum(
            number: 5,
            title: "Table 5's pre-activation ResNet-1001 has 10.3M parameters, not 10.2M",
            explanation:
                "The authors' own model counts \(Numbers.grouped(graph.parameterCount)). Only "
                + "without the scales and shifts of the normalisations, \(Numbers.grouped(rest)), "
                + "it would round to 10.2M.",
            isConfirmed: millions(graph.parameterCount) == "10.3M" && millions(rest) == "10.2M")
    }

    /// The error that a row states; nil where it states none.
    private static func error(_ table: Int, _ label: String, _ benchmark: String) -> Double? {
        Paper.rows.first { $0.table == table && $0.label == label }?
            .results.first { $0.benchmark == benchmark }?.error
    }

    private static func topFive() -> Verification.Erratum {
        let wide = error(8, "WRN-50-2-bottleneck", "ImageNet top-5")
        let best = error(9, "WRN-50-2-bottleneck", "ImageNet top-5")
        let other = error(8, "pre-ResNet-200", "ImageNet top-5")
        return Verification.Erratum(
            number: 6, title: "WRN-50-2's top-5 error is printed in two ways",
            explanation:
                "Table 8 has 6.03, Table 9 and the authors' page have 5.79, which in Table 8 is "
                + "the figure of pre-ResNet-200. 6.03 is its own.",
            isConfirmed: wide == 6.03 && best == 5.79 && other == best)
    }

    private static func figures() -> Verification.Erratum {
        let whitened = ["40-8", "16-10", "22-8"].compactMap { error(4, $0, "CIFAR-10") }
        return Verification.Erratum(
            number: 7, title: "The figures have other numbers and names than the tables",
            explanation:
                "WRN-52-1 has 2.08 on SVHN in Table 6; Figure 3 draws 2.07 and calls it "
                + "ResNet-50. Figure 4's errors are older: 4.66 for WRN-40-4, 4.56 for 16-10 and "
                + "4.38 for 28-10 stand in Table 4 for 40-8, 16-10 and 22-8.",
            isConfirmed: error(6, "52-1", "SVHN") == 2.08 && whitened == [4.66, 4.56, 4.38])
    }

    private static func thinNetworks() throws(GraphError) -> Verification.Erratum {
        var (isConfirmed, counts) = (true, [String]())
        for (thin, wide) in [("wrn-40-1", "wrn-40-2"), ("wrn-28-1", "wrn-28-2")] {
            let (a, b) = (try graph(thin).convolutionCount, try graph(wide).convolutionCount)
            isConfirmed = isConfirmed && a == b - 1
            counts.append("\(thin) has \(a) convolutions")
        }
        return Verification.Erratum(
            number: 8, title: "Networks of width 1 have one convolution less than their name says",
            explanation:
                "Their first group has 16 channels, as the first convolution has, so it needs no "
                + "1x1 shortcut: \(counts.joined(separator: ", ")).",
            isConfirmed: isConfirmed)
    }

    private static func strides() throws(GraphError) -> Verification.Erratum {
        let graph = try graph("wrn-40-2-b131-table2")
        // Moved to the second convolution, the stride leaves the first one four times as many
        // positions.
        let moved = graph.nodes.lazy.filter { node in
            guard case .convolution(let convolution) = node.operation else { return false }
            return convolution.stride == 2 && !node.name.hasSuffix(".shortcut")
        }.map { 3 * $0.multiplyAdds }.reduce(0, +)
        return Verification.Erratum(
            number: 9, title: "Where the stride is in blocks that begin with a 1x1 convolution",
            explanation:
                "The paper says only that the first layers of groups conv3 and conv4 have it. "
                + "Parameters do not depend on it; multiply-adds do: B(1,3,1) of Table 2 has "
                + "\(Numbers.grouped(graph.multiplyAdds)) with the stride in the first "
                + "convolution, as here, and would have "
                + "\(Numbers.grouped(graph.multiplyAdds + moved)) with it in the 3x3 one.",
            isConfirmed: moved > 0)
    }
}

/// A count in millions with a fixed number of decimals, as papers print it: `36.5M`.
struct RoundedCount: Hashable, CustomStringConvertible {
    /// The digits without the dot: 365.
    let digits: Int
    /// The number of decimals: 1.
    let decimals: Int

    /// Reads `36.5M`; nil for anything else.
    init?(_ text: String) {
        guard text.hasSuffix("M") else { return nil }
        let parts = text.dropLast().split(separator: ".", omittingEmptySubsequences: false)
        guard (1...2).contains(parts.count), let digits = Int(parts.joined()) else { return nil }
        self.digits = digits
        decimals = parts.count == 2 ? parts[1].count : 0
    }

    /// Rounds a count half up to `decimals` of a million.
    init(_ count: Int, decimals: Int) {
        let unit = (0..<6 - decimals).reduce(1) { unit, _ in unit * 10 }
        digits = (count + unit / 2) / unit
        self.decimals = decimals
    }

    /// The count as printed.
    var description: String {
        let text = String(digits)
        let padded = String(repeating: "0", count: max(decimals + 1 - text.count, 0)) + text
        return decimals == 0
            ? padded + "M" : "\(padded.dropLast(decimals)).\(padded.suffix(decimals))M"
    }
}
