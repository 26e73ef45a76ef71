// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensor
import WRNText

/// Checks a header's statements about its tensors against the bytes.
struct TensorLayout {
    let file: String
    /// The start of the tensors' bytes in the file.
    let dataStart: Int
    /// The number of bytes of all tensors together.
    let dataByteCount: Int

    /// The tensors in the order of their bytes, once they cover the data exactly.
    func entries(for tensors: [RawTensor]) throws(CheckpointError) -> [TensorArchive.Entry] {
        for tensor in tensors { try check(tensor) }
        // Tensors without bytes may share an offset with others; the order of the header decides
        // between them.
        let ordered = tensors.sorted {
            ($0.begin, $0.end, $0.position) < ($1.begin, $1.end, $1.position)
        }
        try checkCover(ordered)
        return ordered.map {
            TensorArchive.Entry(
                name: $0.name, elementType: $0.elementType, shape: TensorShape($0.shape),
                byteRange: dataStart + $0.begin..<dataStart + $0.end, placement: Placement())
        }
    }

    private func check(_ tensor: RawTensor) throws(CheckpointError) {
        let spanned = "bytes \(tensor.begin) to \(tensor.end) of the data"
        guard tensor.begin <= tensor.end else {
            throw error(
                .invalidOffsets, tensor,
                "expected offsets that end where they begin or later, found \(spanned)")
        }
        guard tensor.end <= dataByteCount else {
            throw error(
                .offsetsPastEnd, tensor,
                "expected it within the \(dataByteCount) bytes of data, found \(spanned)",
                advice: "the file was cut off or is damaged: download or export it again")
        }
        let shape = TensorShape(tensor.shape)
        guard let byteCount = checkedProduct([tensor.elementType.byteCount] + tensor.shape) else {
            throw error(
                .sizeOverflow, tensor,
                "expected a size of at most \(Int.max) bytes, extents of 0 apart, found the shape "
                    + "\(shape) of \(tensor.elementType.rawValue)")
        }
        guard byteCount == tensor.end - tensor.begin else {
            throw error(
                .sizeMismatch, tensor,
                "expected \(byteCount) bytes for the shape \(shape) of "
                    + "\(tensor.elementType.rawValue), found \(tensor.end - tensor.begin) "
                    + "(\(spanned))"
            )
        }
    }

    private func checkCover(_ ordered: [RawTensor]) throws(CheckpointError) {
        var covered = 0
        var previous: RawTensor?
        for tensor in ordered {
            guard tensor.begin >= covered else {
                throw error(
                    .overlappingTensors, tensor,
                    "expected bytes of its own from \(covered), found it at byte \(tensor.begin) "
                        + "of the data, within \(quoted(previous?.name ?? ""))")
            }
            guard tensor.begin == covered else {
                throw error(
                    .hole, tensor,
                    "expected it at byte \(covered) of the data, found it at \(tensor.begin) "
                        + "behind bytes that belong to no tensor")
            }
            covered = tensor.end
            previous = tensor
        }
        guard covered == dataByteCount else {
            throw CheckpointError(
                .trailingBytes, file: file,
                "expected the last tensor to end with the file, found \(dataByteCount - covered) "
                    + "further bytes at byte \(dataStart + covered)",
                advice: CheckpointError.damagedFileAdvice, byteOffset: dataStart + covered)
        }
    }

    private func error(
        _ code: CheckpointError.Code, _ tensor: RawTensor, _ problem: String,
        advice: String = CheckpointError.damagedFileAdvice
    ) -> CheckpointError {
        CheckpointError(
            code, file: file, "tensor \(quoted(tensor.name)): \(problem)", advice: advice,
            byteOffset: tensor.position, tensorName: tensor.name)
    }
}
