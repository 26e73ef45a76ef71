// SPDX-License-Identifier: Apache-2.0

public import WRNDialects
import WRNText

/// A record of how another program's weights were read: what was taken, left out and assumed.
///
/// Names and shapes do not determine everything that a network computes. ``notes`` list the
/// assumptions, so that no answer is wrong without a note.
public struct WeightsReading: Codable, Hashable, Sendable {
    /// The file.
    public let file: String
    /// The network, with its function.
    public let network: String
    /// The program whose names the tensors have; nil where they are no known program's.
    public let dialect: Dialect?
    /// The part of the file that was taken, without its last dot; empty for the whole.
    public let part: String
    /// Further parts with such a network.
    public let otherParts: [String]
    /// The parts of the network's function that names and shapes leave open, with their sources.
    public let function: [Identification.FunctionPart]
    /// Whether the file has a head of one linear layer; without, there are features but no answers.
    public let hasHead: Bool
    /// Weights that the file holds in parts, such as a pruning's mask.
    public let computed: [String]
    /// Tensors that are none of the network's and were left out, as the options allow.
    public let leftOut: [String]
    /// The file's own normalisation of images, where that is used.
    package internal(set) var normalization: StatedNormalization?
    /// Whether the classes have ImageNet's names because there are as many.
    public internal(set) var assumesImageNetClasses = false
    /// Notes for users of the answers, one sentence each.
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
        if let dispute = found.dispute {
            notes.append("\(dispute); what it computes follows from its tensors' names instead")
        }
        let assumed = found.assumedParts.map(\.words)
        if !assumed.isEmpty, let network = found.network {
            let names = found.dialect.map { "in \($0.title)" } ?? "by a map of names"
            notes.append(
                "read as \(network.name) \(names); assumed, as names and shapes leave it open: "
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
                "there are no running statistics: whether the normalisations are GroupNorm or "
                    + "another kind cannot be told")
        }
        if !found.headTensors.isEmpty, found.head == .linear {
            notes.append(
                "the head is taken to be \(quoted(found.headTensors[0])) alone: layers before it "
                    + "that have no tensors, such as dropout, are passed over")
        }
        if found.head == .layers {
            notes.append("the head of several layers is left out: \(names(found.headTensors))")
        }
        if !leftOut.isEmpty {
            notes.append("left out, as the network has no such tensors: \(names(leftOut))")
        }
        if !found.outside.isEmpty {
            notes.append(
                "left out, as they stand beside the part \(quotedPart(found.prefix)): "
                    + "\(names(found.outside)); if they are layers of the network, its answers are "
                    + "others")
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

    /// The names of the tensors that hold a file's own normalisation.
    private static func sources(of stated: StatedNormalization) -> String {
        stated.names.map { quoted($0) }.joined(separator: " and ")
    }

    /// Notes that the file's own normalisation is used.
    mutating func use(_ stated: StatedNormalization) {
        normalization = stated
        func text(_ numbers: [Float]) -> String { numbers.map { "\($0)" }.joined(separator: ", ") }
        notes.append(
            "images are normalised by the file's own \(Self.sources(of: stated)): "
                + "mean \(text(stated.mean)), deviation \(text(stated.standardDeviation))"
        )
    }

    /// Notes that the caller's normalisation takes the place of the file's own.
    mutating func pass(over stated: StatedNormalization) {
        notes.append(
            "the file's own normalisation (\(Self.sources(of: stated))) is passed over "
                + "for the one that was given"
        )
    }

    /// Notes that outputs have the names of ImageNet's classes.
    mutating func assumeImageNetClasses() {
        assumesImageNetClasses = true
        notes.append("the 1,000 outputs are taken for ImageNet's classes in their usual order")
    }
}
