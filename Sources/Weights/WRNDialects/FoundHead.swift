// SPDX-License-Identifier: Apache-2.0

import WRNTensor
import WRNTensorFiles

/// The layer of the logits in a file.
enum FoundHead: Sendable {
    /// Under the dialect's name.
    case named
    /// One linear layer under another name, such as `fc.1` behind a dropout.
    case linear(weight: TensorArchive.Entry, bias: TensorArchive.Entry?)
    /// Several layers; the names of all their tensors.
    case layers([String])
    /// None: a network that ends with its features.
    case absent

    /// Whether it is one linear layer, which the network has, too.
    var isLinear: Bool {
        switch self {
        case .named, .linear: true
        case .layers, .absent: false
        }
    }

    /// The usual names of the layer of the logits, or of the module around it.
    private static let words: Set<String> = [
        "fc", "linear", "classifier", "head", "output", "logits", "last_linear", "fc_out",
    ]

    /// Searches it below a prefix without the dialect's own name.
    ///
    /// - Parameter channels: The channels that it reads.
    init(in archive: TensorArchive, prefix: String, channels: Int) {
        let candidates = archive.entries.filter { entry in
            entry.name.hasPrefix(prefix)
                && Self.words.contains(
                    String(entry.name.dropFirst(prefix.count).prefix { $0 != "." }))
        }
        let matrices = candidates.filter { $0.shape.rank == 2 && $0.elementType.isFloatingPoint }
        guard let first = matrices.first else {
            self = candidates.isEmpty ? .absent : .layers(candidates.map(\.name))
            return
        }
        let owner = first.name.split(separator: ".").dropLast().joined(separator: ".")
        let own = [first.name, owner + ".bias"]
        guard matrices.count == 1, first.shape.extents[1] == channels,
            candidates.allSatisfy({ own.contains($0.name) })
        else {
            self = .layers(candidates.map(\.name))
            return
        }
        self = .linear(weight: first, bias: archive[owner + ".bias"])
    }
}
