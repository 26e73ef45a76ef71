// SPDX-License-Identifier: Apache-2.0

import Foundation
import WideResNets

/// The images that all contenders read.
enum Images {
    /// The first `--batch` images of a file of raw float32 numbers, NHWC.
    static func read(_ arguments: Arguments, for description: ModelDescription) throws -> [Float] {
        let path = try arguments.string("images")
        let data = try Data(contentsOf: URL(fileURLWithPath: path))
        let count =
            try arguments.integer("batch") * description.inputChannels * description.inputHeight
            * description.inputWidth
        guard data.count >= count * MemoryLayout<Float>.stride else {
            throw Complaint("\(path): expected at least \(count) floats, found \(data.count / 4)")
        }
        var images = [Float](repeating: 0, count: count)
        _ = images.withUnsafeMutableBytes { data.copyBytes(to: $0, count: $0.count) }
        return images
    }
}
