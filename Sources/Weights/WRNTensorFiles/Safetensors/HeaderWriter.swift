// SPDX-License-Identifier: Apache-2.0

import WRNTensor
import WRNText

/// Writes the header of a safetensors file, and refuses what its reader would refuse.
struct HeaderWriter {
    /// The file's name in messages.
    let file: String

    /// The first bytes of a file: the header's length and the header.
    func header(
        of tensors: [TensorHeading], metadata: [String: String]
    ) throws(CheckpointError) -> [UInt8] {
        try check(tensors)
        var members: [String] = []
        if !metadata.isEmpty {
            let pairs = metadata.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            let texts = pairs.map { "\(jsonString($0.key)):\(jsonString($0.value))" }
            members.append(
                "\(jsonString(Safetensors.metadataKey)):{\(texts.joined(separator: ","))}")
        }
        var offset = 0
        for tensor in tensors {
            let extents = tensor.shape.extents.map(String.init).joined(separator: ",")
            let end = offset + tensor.byteCount
            members.append(
                "\(jsonString(tensor.name)):{\"dtype\":\"\(tensor.elementType.rawValue)\","
                    + "\"shape\":[\(extents)],\"data_offsets\":[\(offset),\(end)]}")
            offset = end
        }
        var text = Array("{\(members.joined(separator: ","))}".utf8)
        text += [UInt8](repeating: UInt8(ascii: " "), count: (8 - text.count % 8) % 8)
        guard text.count <= Safetensors.maximumHeaderByteCount else {
            throw CheckpointError(
                .invalidContent, file: file,
                "expected a header of at most \(Safetensors.maximumHeaderByteCount) bytes, found "
                    + "\(text.count)",
                advice: "shorten names and metadata")
        }
        let length = (0..<Safetensors.prefixByteCount).map {
            UInt8(truncatingIfNeeded: text.count >> (8 * $0))
        }
        return length + text
    }

    /// Refuses more tensors or extents than readers accept, and names that are not one tensor's
    /// alone.
    func check(_ tensors: [TensorHeading]) throws(CheckpointError) {
        guard tensors.count <= Safetensors.maximumTensorCount else {
            throw CheckpointError(
                .invalidContent, file: file,
                "expected at most \(Safetensors.maximumTensorCount) tensors, found "
                    + "\(tensors.count)",
                advice: "split them over several files")
        }
        var names: Set<String> = [Safetensors.metadataKey]
        for tensor in tensors {
            guard names.insert(tensor.name).inserted else {
                throw CheckpointError(
                    .invalidContent, file: file,
                    "expected a name of its own for each tensor and none called "
                        + "\(Safetensors.metadataKey), found \(quoted(tensor.name))",
                    advice: "rename the tensor", tensorName: tensor.name)
            }
            guard tensor.shape.rank <= Safetensors.maximumRank else {
                throw CheckpointError(
                    .invalidContent, file: file,
                    "tensor \(quoted(tensor.name)): expected at most \(Safetensors.maximumRank) "
                        + "extents, found \(tensor.shape.rank)",
                    advice: "merge some extents", tensorName: tensor.name)
            }
        }
    }
}

/// The fields of a tensor in a header.
struct TensorHeading {
    let name: String
    let shape: TensorShape
    let elementType: ElementType

    /// The size in the file, in bytes.
    var byteCount: Int { shape.elementCount * elementType.byteCount }
}

extension NamedTensor {
    var heading: TensorHeading {
        TensorHeading(name: name, shape: shape, elementType: elementType)
    }
}

/// `text` as JSON writes it: only what must be escaped is, as the format's own writer does.
package func jsonString(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
        switch scalar {
        case "\"": result += "\\\""
        case "\\": result += "\\\\"
        case "\u{8}": result += "\\b"
        case "\u{C}": result += "\\f"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case ..<" ":
            let digits = String(scalar.value, radix: 16)
            result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "\""
}
