// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A temporary directory with `data`, IDX files of 40 training and 20 test images of 8 x 8 pixels,
/// and whatever runs are made there.
final class TrainingPlace {
    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn-test-\(UUID().uuidString)").path
        try writeData()
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The arguments of a small run; `options` are added.
    static func train(
        _ network: String = "wrn-10-0.25", data: String = "data", run: String = "run",
        epochs: Int = 2, options: [String] = []
    ) -> [String] {
        [
            "train", network, "--data", data, "--run", run, "--epochs", "\(epochs)", "--batch",
            "16",
        ] + options
    }

    /// Everything in the directory of a run that has checkpoints after these steps, as sorted
    /// paths.
    static func files(of run: String, steps: [Int]) -> [String] {
        let checkpoints = steps.flatMap { [checkpoint($0), checkpoint($0) + ".sha256"] }
        return
            ([
                "best.safetensors", "best.safetensors.sha256", "checkpoints", "config.json",
                "events.out.tfevents", "metrics.jsonl", "model.safetensors",
                "model.safetensors.sha256", "processes.jsonl", "report.html",
            ] + checkpoints).map { run + "/" + $0 }.sorted()
    }

    /// The file of the checkpoint after `step` steps.
    static func checkpoint(_ step: Int) -> String {
        "checkpoints/step-" + String("00000000\(step)".suffix(9)) + ".safetensors"
    }

    func run(_ arguments: [String]) throws -> Program.Result {
        try Program.run(arguments, in: path)
    }

    /// Everything that is here, sorted; event files without the second and the machine that their
    /// names end with.
    func contents() throws -> [String] {
        try FileManager.default.subpathsOfDirectory(atPath: path).map { name in
            name.firstRange(of: "events.out.tfevents").map { String(name[..<$0.upperBound]) }
                ?? name
        }.sorted()
    }

    func bytes(_ file: String) throws -> Data {
        try Data(contentsOf: URL(fileURLWithPath: path + "/" + file))
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        let url = URL(fileURLWithPath: path + "/" + file)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    /// Writes a data set whose images show their class as a bright row; some of its bytes can be
    /// bent.
    func writeData(
        to directory: String = "data", magic: UInt8 = 3, lastLabel: UInt8? = nil,
        labelCount: Int = 40, extent: Int = 8
    ) throws {
        try writeImages(40, of: extent, magic: magic, to: directory + "/train-images-idx3-ubyte")
        try writeLabels(labelCount, last: lastLabel, to: directory + "/train-labels-idx1-ubyte")
        try writeImages(20, of: extent, to: directory + "/t10k-images-idx3-ubyte")
        try writeLabels(20, to: directory + "/t10k-labels-idx1-ubyte")
    }

    private func writeImages(
        _ count: Int, of extent: Int, magic: UInt8 = 3, to file: String
    ) throws {
        let pixels = (0..<count * extent * extent).map { place in
            let (image, row) = (place / extent / extent, place / extent % extent)
            return image % 4 * 2 == row ? 200 : UInt8(truncatingIfNeeded: place &* 29 / 7) / 3
        }
        try write(
            [0, 0, 8, magic, 0, 0, 0, UInt8(count), 0, 0, 0, UInt8(extent), 0, 0, 0, UInt8(extent)]
                + pixels, to: file)
    }

    private func writeLabels(_ count: Int, last: UInt8? = nil, to file: String) throws {
        var labels = (0..<count).map { UInt8($0 % 4) }
        if let last { labels[count - 1] = last }
        try write([0, 0, 8, 1, 0, 0, 0, UInt8(count)] + labels, to: file)
    }
}
