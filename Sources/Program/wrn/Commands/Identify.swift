// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDialects
import WRNExport
import WRNInference
import WRNModel
import WRNTensorFiles

/// `wrn identify`: finds the network of a file of weights.
struct Identify: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Name the network in a file of weights, and the convention of its names.",
        usage: "wrn identify <file> [--part <prefix>] [--map] [--json]",
        discussion: """
            Reads .safetensors, .pth, .pt, .bin, .tar, .npz and .npy files, and an index of \
            several; runs nothing that is in them. The network follows from names, shapes and \
            element types; the numbers are read only to check that all are finite. The exit code \
            is 0 for a whole network of finite numbers and 1 for anything else.

            Names and shapes do not determine a network's function. What is assumed follows the \
            published code with such names and is listed; the options below change it, here and in \
            every command that takes such weights.

            Of an ONNX model (.onnx) and of a Core ML package (.mlpackage) it lists the versions, \
            what goes in and comes out, the operations, the weights and the metadata. Packages \
            are read in the form that 'wrn export' writes: a program of the operations of CoreML5 \
            (iOS 15, macOS 12), of fixed shapes.

            If the names are of no known program, the network is searched by shapes and order; \
            --map prints the resulting map of names, to be checked before 'wrn convert \
            --accept-map' applies it.
            """)

    @Argument(help: "The file, or the directory of a run.")
    var file: String

    @OptionGroup var choice: PartOptions

    @Flag(help: "Print the map of names that the structure proposes.")
    var map = false

    @OptionGroup(title: "What names and shapes leave open") var variant: VariantOptions

    @OptionGroup var output: OutputOptions

    func run() throws {
        if let format = try? ExportFormat(ofFile: file) {
            try checkOptions(for: format)
            return try StandardOutput.write(description(in: format))
        }
        let archive = try TensorFile.read(contentsOf: Classifier.modelFile(at: file))
        let model = ModelFile.describesModel(archive) ? try ModelFile(archive) : nil
        let weights = ForeignWeights(
            archive,
            options: ForeignWeights.Options(part: choice.part, function: variant.changes),
            describedAs: model?.description.architecture)
        let found = weights.identification
        if found.network != nil { _ = try weights.network() }
        let report = IdentificationReport(
            identification: found, unsound: try weights.unsoundTensors(),
            normalization: try weights.statedNormalization(),
            model: model?.description,
            refusal: model.flatMap { Self.refusal(of: $0, found) }, showsMap: map)
        try StandardOutput.write(
            output.json ? jsonText(report) : report.text(width: Terminal().textWidth))
        guard found.isWhole, found.extra.isEmpty, report.unsound.isEmpty, report.refusal == nil
        else { throw ExitCode.failure }
    }

    /// The sentence with which other commands refuse a model, since its description is of another
    /// network than its tensors; nil where both agree, or the tensors are of no network.
    private static func refusal(of model: ModelFile, _ found: Identification) -> String? {
        guard found.network != nil else { return nil }
        if let dispute = found.dispute { return dispute }
        do {
            try model.check(model.description.graph())
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Refuses the options for files of weights, which do nothing with an exported network.
    private func checkOptions(for format: ExportFormat) throws {
        let given =
            (choice.part == nil ? [] : ["--part"]) + (map ? ["--map"] : []) + variant.given
        guard let option = given.first else { return }
        throw ValidationError(
            "\(option) is for files of weights; \(file) is of \(format.title) and says itself what it "
                + "computes")
    }

    /// What an exported network is.
    private func description(in format: ExportFormat) throws -> DisplayText {
        let width = Terminal().textWidth
        switch format {
        case .onnx:
            let summary = try ONNXSummary(contentsOf: file)
            return try output.json ? jsonText(summary) : summary.text(width: width)
        case .coreML:
            let summary = try CoreMLSummary(contentsOf: file)
            return try output.json ? jsonText(summary) : summary.text(width: width)
        }
    }
}
