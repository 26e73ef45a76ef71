// SPDX-License-Identifier: Apache-2.0

import WRNTensor
import WRNText

/// Features as lines of text whose fields are parted by commas, quoted as RFC 4180 says.
enum FeatureTable {
    /// The names of the columns: `file`, then `layer[c]`, or `layer[c][y][x]` where a layer has positions.
    static func header(of layers: [FeatureExtractor.Layer]) -> String {
        var columns = ["file"]
        for layer in layers {
            for index in 0..<layer.shape.elementCount {
                columns.append(csvField(layer.name + subscripts(of: index, in: layer.shape)))
            }
        }
        return columns.joined(separator: ",") + "\n"
    }

    /// An image's line; each number has as many digits as tell it from all others.
    static func line(of features: [Tensor], file: String) -> String {
        var line = csvField(file)
        for tensor in features {
            for element in tensor.elements { line += ",\(element)" }
        }
        return line + "\n"
    }

    private static func subscripts(of index: Int, in shape: TensorShape) -> String {
        var (rest, text) = (index, "")
        for extent in shape.extents.reversed() {
            text = "[\(rest % extent)]" + text
            rest /= extent
        }
        return text
    }
}
