// SPDX-License-Identifier: Apache-2.0

public import WRNDialects
import WRNText

/// What was read of a file of somebody's weights: what was taken, what was left out, and what was
/// assumed.
///
/// Names and shapes do not say all that a network computes. ``notes`` says what nobody said, so
/// that no answer is wrong in silence.
public struct WeightsReading: Codable, Hashable, Sendable {
    /// The file.
    public let file: String
    /// The network, with its function.
    public let network: String
    /// Whose names the tensors have; nil where they are of nobody's.
    public let dialect: Dialect?
    /// The part of the file that was taken, without its last dot; empty for the whole.
    public let part: String
    /// Further parts with such a network.
    public let otherParts: [String]
    /// What the network computes beside what names and shapes say, and who says so.
    public let function: [Identification.FunctionPart]
    /// Whether the file has a head of one linear layer; without, there are features but no answers.
    public let hasHead: Bool
    /// Weights that the file holds in parts, such as a pruning's mask.
    public let computed: [String]
    /// Tensors that the network does not know and that were left out, as was asked.
    public let leftOut: [String]
    /// How the file itself says that images are normalised, where that is used.
    public internal(set) var normalization: StatedNormalization?
    /// Whether the classes are called as ImageNet's because there are as many.
    public internal(set) var assumesImageNetClasses = false
    /// What somebody who uses the answers should know, a sentence each.
    public internal(set) var notes: [String]

    /// Describes how weights are read.
    public init(_ weights: ForeignWeights) {
        let found = weights.identification
        file = found.file
        network = found.network?.name ?? ""
        dialect = found.dialect
        part = Self.name(ofPart: found.prefix)
        otherParts = found.otherParts.map(Self.name(ofPart:))
        function = found.function
        hasHead = found.head == .linear
        computed = found.computed
        leftOut = weights.options.ignoresExtra ? found.extra : []
        notes = Self.notes(found, leftOut)
    }

    private static func name(ofPart prefix: String) -> String {
        prefix.hasSuffix(".") ? String(prefix.dropLast()) : prefix
    }

    private static func notes(_ found: Identification, _ leftOut: [String]) -> [String] {
        var notes: [String] = []
        let assumed = found.assumedParts.map(\.words)
        if !assumed.isEmpty, let network = found.network {
            let names = found.dialect.map { "in \($0.title)" } ?? "by a map of names"
            notes.append(
                "read as \(network.name) \(names); assumed, as names and shapes do not tell: "
                    + assumed.joined(separator: ", "))
        }
        if !found.otherParts.isEmpty {
            notes.append(
                "the part \(quotedPart(found.prefix)) is taken; there "
                    + (found.otherParts.count == 1 ? "is " : "are ")
                    + found.otherParts.map(quotedPart).joined(separator: ", ") + ", too")
        } else if found.isAverage {
            notes.append(
                "the weights are averages of the trained ones (\(quotedPart(found.prefix)))")
        }
        if !found.computed.isEmpty {
            notes.append(
                "\(counted(found.computed)) computed from parts (pruning or weight normalisation)")
        }
        if found.normalization == .withoutStatistics {
            notes.append(
                "there are no running statistics: whether the normalisations are GroupNorm or another kind "
                    + "cannot be told")
        }
        if !found.headTensors.isEmpty, found.head == .linear {
            notes.append(
                "the head is taken to be \(quoted(found.headTensors[0])) alone: layers before it that "
                    + "have no tensors, such as dropout, are passed over")
        }
        if found.head == .layers {
            notes.append("the head of several layers is left out: \(names(found.headTensors))")
        }
        if !leftOut.isEmpty {
            notes.append("left out, as the network does not know them: \(names(leftOut))")
        }
        return notes
    }

    private static func quotedPart(_ prefix: String) -> String {
        prefix.isEmpty ? "without a name" : quoted(name(ofPart: prefix))
    }

    private static func counted(_ tensors: [String]) -> String {
        tensors.count == 1 ? "1 tensor is" : "\(tensors.count) tensors are"
    }

    private static func names(_ tensors: [String]) -> String {
        let shown = tensors.prefix(5).map { quoted($0) }.joined(separator: ", ")
        return tensors.count > 5 ? "\(shown) and \(tensors.count - 5) more" : shown
    }

    /// Notes that the file's own normalisation is used.
    mutating func use(_ stated: StatedNormalization) {
        normalization = stated
        func text(_ numbers: [Float]) -> String { numbers.map { "\($0)" }.joined(separator: ", ") }
        notes.append(
            "images are normalised as the file's own \(stated.names.map { quoted($0) }.joined(separator: " and ")) "
                + "say: mean \(text(stated.mean)), deviation \(text(stated.standardDeviation))")
    }

    /// Notes that the file says how images are normalised, and somebody else something else.
    mutating func pass(over stated: StatedNormalization) {
        notes.append(
            "the file's own normalisation (\(stated.names.map { quoted($0) }.joined(separator: " and "))) is passed over "
                + "for the one that was given")
    }

    /// Notes that outputs are called as ImageNet's classes.
    mutating func assumeImageNetClasses() {
        assumesImageNetClasses = true
        notes.append("the 1,000 outputs are taken for ImageNet's classes in their usual order")
    }
}
