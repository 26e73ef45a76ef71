// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNImages

/// A temporary directory with `photos`, a folder of pictures of different sizes: reddish ones in
/// one class, bluish in the other.
final class PhotographPlace {
    static let classes = ["붉은 것", "blue things"]

    let path: String

    init() throws {
        path =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("wrn test \(UUID().uuidString)").path
        for (label, name) in Self.classes.enumerated() {
            for index in 0..<12 {
                try write(
                    try Self.picture(label, index).png(), to: "photos/\(name)/사진 \(index).png")
            }
        }
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// A picture of a class: noise with one strong colour, whose size depends on the index.
    static func picture(_ label: Int, _ index: Int) -> PixelImage {
        let (height, width) = (18 + index, 30 - index)
        let pixels = (0..<height * width).flatMap { place -> [UInt8] in
            let noise = UInt8(truncatingIfNeeded: place &* 37 &+ index &* 11) / 4
            return label == 0 ? [220 - noise, noise, noise] : [noise, noise, 220 - noise]
        }
        return PixelImage(height: height, width: width, channels: 3, pixels: pixels)
    }

    func write(_ bytes: [UInt8], to file: String) throws {
        let url = URL(fileURLWithPath: path + "/" + file)
        try FileManager.default.createDirectory(
            at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: url)
    }

    func bytes(_ file: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + "/" + file)))
    }

    func run(_ arguments: [String], input: [UInt8]? = nil) throws -> Program.Result {
        try Program.run(arguments, in: path, input: input)
    }

    /// Trains a small network on the pictures.
    func train(_ run: String, epochs: Int = 3, options: [String] = []) throws -> Program.Result {
        try self.run(
            [
                "train", "wrn-10-0.25", "--data", "photos", "--run", run, "--recipe", "none",
                "--image-size", "16",
                "--epochs", "\(epochs)", "--batch", "8", "--lr", "0.05", "--validation-fraction",
                "0.25",
            ] + options)
    }
}
