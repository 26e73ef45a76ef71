// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData
import WRNInference

/// Which model to use.
struct WeightsOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The model: the directory of a run, its file, or weights of another program: .safetensors, .pth, .npz.",
            valueName: "dir|file"))
    var weights: String

    @OptionGroup var images: NormalizationOptions

    /// Opens the model and plans its network.
    func classifier(_ engine: EngineOptions) throws -> Classifier {
        try Classifier(
            contentsOf: weights, normalization: images.normalization?.normalization,
            batch: engine.batch, options: engine.execution)
    }
}

extension DataSource {
    /// Reads a split, with a word about downloads on a terminal.
    func load(_ split: Split, status: StatusLine) throws -> any ImageSet {
        status.show("reading \(self)")
        defer { status.clear() }
        return try load(split) { progress in
            status.show(
                "downloading \(progress.file): \(Numbers.bytes(progress.receivedByteCount)) of "
                    + Numbers.bytes(progress.totalByteCount))
        }
    }
}
