// SPDX-License-Identifier: Apache-2.0

public import WRNTensorFiles
import WRNText
public import WRNZoo

/// The findings about a file of weights, from names, shapes and element types alone.
public struct Identification: Codable, Hashable, Sendable {
    /// The network that the tensors belong to.
    public struct Network: Codable, Hashable, Sendable {
        /// The name by which the zoo finds it.
        public let name: String
        /// The family, for example `WideResNet`.
        public let family: String
        /// The depth, as the papers count it.
        public let depth: Int
        /// The widening factor, k.
        public let width: Double
        /// The kernels of a block in the paper's notation, for example `B(3,3)`.
        public let block: String
        /// The classes: the rows of the head.
        public let classes: Int
        /// The channels of an image.
        public let inputChannels: Int
        /// The rows and columns of the images that the network was made for.
        public let imageSize: Int
        /// The trainable parameters of the network.
        public let parameters: Int
        /// The paper's figures, one text for each row of its tables that states parameters.
        public let paper: [String]
        /// The properties that the tensors leave open, in words.
        public let assumptions: [String]
    }

    /// The state of the normalisations.
    public enum Normalization: String, Codable, Hashable, Sendable {
        /// All four tensors of each.
        case present
        /// They were multiplied into the convolutions before them, which have biases instead.
        case folded
        /// Scales and shifts without running statistics.
        case withoutStatistics
    }

    /// A pair of the map that a structure proposes.
    public struct Pair: Codable, Hashable, Sendable {
        /// The name in the network.
        public let name: String
        /// The name in the file.
        public let source: String
        /// The shape of both.
        public let shape: [Int]
    }

    /// A part of the network's function that names and shapes leave open, with its basis.
    public struct FunctionPart: Codable, Hashable, Sendable {
        /// The basis of the value.
        public enum Basis: String, Codable, Hashable, Sendable {
            /// An assumption: the published code of the dialect, or else the network of the zoo.
            case assumed
            /// The caller.
            case given
            /// The file.
            case stated
        }

        /// The part.
        public let part: NetworkVariant.Part
        /// Its value, as command-line options have it: `relu`, `raw`, `second`.
        public let value: String
        /// The basis of the value.
        public let basis: Basis
        /// The value in words, as in "the stride in a block's first convolution".
        public let words: String
    }

    /// The kinds of a file's head.
    public enum Head: String, Codable, Hashable, Sendable {
        /// One linear layer.
        case linear
        /// Several layers, which are not computed.
        case layers
        /// No head: the network ends with its features.
        case absent
    }

    /// The file.
    public let file: String
    /// The file's format.
    public let format: TensorArchive.Format
    /// The tensors of each element type, and all their elements.
    public let elementTypes: [String: Int]
    /// The elements of all tensors in the file, whatever they are.
    public let elements: Int
    /// The trainable parameters among them that the network reads, biases of convolutions included.
    public let parameters: Int
    /// The network; nil where no network of the zoo has such tensors.
    public let network: Network?
    /// The dialect; nil where the names are of none.
    public let dialect: Dialect?
    /// The prefix of the names of the network's tensors, for example `state_dict.module.`.
    public let prefix: String
    /// Prefixes of further networks in the file, such as an average of the weights.
    public let otherParts: [String]
    /// Whether the part is one of averages of the trained weights, by its name.
    public let isAverage: Bool
    /// The network's function where names and shapes leave it open, with the basis of each part.
    public let function: [FunctionPart]
    /// The place of the dialect's published code; nil if there is none.
    public let functionSource: String?
    /// The kind of the head; nil without a network.
    public let head: Head?
    /// The tensors of a head under another name than the dialect's, or of several layers.
    public let headTensors: [String]
    /// Weights that are computed from parts, such as a pruning's mask.
    public let computed: [String]
    /// The tensors of the normalisation of images, such as `normalize.mean`.
    public let normalizationTensors: [String]
    /// The state of the normalisations; nil without a network.
    public let normalization: Normalization?
    /// Whether convolutions have biases, which a network of the zoo has not; they are moved into
    /// the normalisations.
    public let hasConvolutionBiases: Bool
    /// Whether the head lacks its bias, which counts as zeros.
    public let lacksHeadBias: Bool
    /// Tensors without a use in the network: PyTorch's counters and RobustBench's `sub_block1`.
    public let dead: [String]
    /// Tensors of the network's part that are not the network's.
    public let extra: [String]
    /// Tensors of floating-point numbers beside the network's part that are neither another part's
    /// nor of a training's state; they may be layers of the network, and are left out.
    public let outside: [String]
    /// Tensors beside the network's part, such as an optimizer's.
    public let unrelatedCount: Int
    /// The network's tensors that the file lacks and no rule replaces.
    public let missing: [String]
    /// The network's tensors that have another shape in the file, in words.
    public let differentlyShaped: [String]
    /// The map that follows from the structure if the names are of no dialect; applied only if it
    /// is accepted.
    public let proposal: [Pair]
    /// The network's name in the file, where it is not the one whose tensors these are, or of no
    /// known network; nil where it is, or the file names none.
    public let disputedName: String?

    /// Whether every tensor of the network is there, its head included, by the rules for what may
    /// be missing.
    public var isWhole: Bool {
        network != nil && missing.isEmpty && differentlyShaped.isEmpty && head == .linear
    }

    /// The contradiction between the network's name in the file and its tensors, in words; nil
    /// where there is none.
    package var dispute: String? {
        guard let disputedName, let network else { return nil }
        let isKnown = (try? Zoo.network(named: disputedName)) != nil
        return "the file calls its network \(quoted(disputedName)), "
            + (isKnown
                ? "but its tensors are those of \(network.name)" : "which is not known here")
    }

    /// The assumed parts of the function.
    public var assumedParts: [FunctionPart] { function.filter { $0.basis == .assumed } }
}
