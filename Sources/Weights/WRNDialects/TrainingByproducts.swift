// SPDX-License-Identifier: Apache-2.0

import WRNTensor
import WRNTensorFiles

/// What training programs keep beside the weights: an optimizer's state, counters, random numbers.
///
/// It is told by whole names of dictionaries, such as `optimizer` or `lr_scheduler_state_dict`:
/// `scheduler_gate` is a layer. What holds weights of layers is none of it, whatever its name.
struct TrainingByproducts {
    /// The ways to dictionaries that have such a name, but hold weights of layers.
    private let layers: Set<Substring>

    /// Looks at all names of a file.
    init(_ archive: TensorArchive) {
        layers = Set(
            archive.entries.flatMap { entry -> [Substring] in
                [2, 4].contains(entry.shape.rank) && entry.name.hasSuffix(".weight")
                    ? Self.titledWays(to: entry.name) : []
            })
    }

    /// Whether a tensor is of the training's state directly behind a prefix, which is empty or ends
    /// in a dot.
    func contains(_ entry: TensorArchive.Entry, behind prefix: String) -> Bool {
        guard entry.name.hasPrefix(prefix) else { return false }
        let rest = entry.name.dropFirst(prefix.count)
        guard let dot = rest.firstIndex(of: ".") else {
            return rest.hasSuffix("rng_state")
                || entry.shape.elementCount == 1 && Self.counters.contains(String(rest))
        }
        return Self.isTitle(rest[..<dot]) && !layers.contains(entry.name[..<dot])
    }

    /// Whether a tensor is of the training's state, however deep.
    func contains(_ entry: TensorArchive.Entry) -> Bool {
        if let last = entry.name.split(separator: ".").last, Self.buffers.contains(String(last)) {
            return true
        }
        return Self.titledWays(to: entry.name).contains { !layers.contains($0) }
    }

    /// The ways to the dictionaries on the way to a tensor that have a name of a training's state.
    private static func titledWays(to name: String) -> [Substring] {
        var ways: [Substring] = []
        var start = name.startIndex
        while let dot = name[start...].firstIndex(of: ".") {
            if isTitle(name[start..<dot]) { ways.append(name[..<dot]) }
            start = name.index(after: dot)
        }
        return ways
    }

    /// Whether a dictionary's name is one of a training's state, whatever ends it: `optimizers`,
    /// `optimizer_state_dict`, `optimizer_1`, `optimizer_G`.
    private static func isTitle(_ name: Substring) -> Bool {
        var words = name.lowercased().split(separator: "_")
        while words.count > 1, let last = words.last,
            last.count == 1 || endings.contains(String(last))
        {
            words.removeLast()
        }
        var title = words.joined(separator: "_")
        while title.last?.isNumber == true { title.removeLast() }
        if title.hasSuffix("s") { title.removeLast() }
        return titles.contains(title)
    }

    private static let titles: Set<String> = [
        "optim", "optimizer", "optimiser", "last_optimizer", "opt", "scheduler", "lr_scheduler",
        "scaler", "grad_scaler", "loss_scaler", "amp_scaler", "amp", "rng",
    ]
    private static let endings: Set<String> = [
        "state", "states", "dict", "dicts", "cpu", "gpu", "cuda",
    ]
    /// The names of single numbers.
    private static let counters: Set<String> = [
        "epoch", "step", "steps", "iteration", "global_step", "n_averaged", "best_acc", "best_acc1",
        "acc", "num_updates", "decay", "lr", "best_prec1",
    ]
    /// The names that optimizers give to what they keep for each weight.
    private static let buffers: Set<String> = [
        "momentum_buffer", "exp_avg", "exp_avg_sq", "max_exp_avg_sq", "exp_inf", "square_avg",
        "grad_avg", "acc_delta",
    ]
}
