// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNCheckpoint
import WRNDialects
import WRNInference

/// `wrn identify`: which network a file of weights holds.
struct Identify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say which network a file of weights holds, and in whose names.",
        usage: "wrn identify <file> [--part <prefix>] [--map] [--json]",
        discussion: """
            Reads names, shapes and element types of .safetensors, .pth, .pt, .bin, .tar, .npz and .npy files, never the numbers, and \
            runs nothing that is in them. The exit code is 0 for a whole network and 1 for anything else.

            Where the names are of no known program, the network is looked for by shapes and order; --map prints the map of names \
            that follows, for a person to check before 'wrn convert --accept-map' applies it.
            """)

    @Argument(help: "The file, or the directory of a run.")
    var file: String

    @Option(
        help: ArgumentHelp(
            "Which of several networks in the file, such as model_ema. (default: the trained one)",
            valueName: "prefix"))
    var part: String?

    @Flag(help: "Print the map of names that the structure proposes.")
    var map = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let archive = try TensorFile.read(contentsOf: Classifier.modelFile(at: file))
        let weights = ForeignWeights(archive, part: part)
        let report = IdentificationReport(
            identification: weights.identification, showsMap: map)
        try StandardOutput.write(
            output.json ? jsonText(weights.identification) : report.text(width: Terminal().width))
        guard weights.identification.isWhole else { throw ExitCode.failure }
    }
}
