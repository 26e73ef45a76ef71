// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensor
import WRNText

/// Maps views of storages to places in the file, and checks that all statements about a storage
/// agree.
struct PyTorchStorages {
    /// The place and properties of a storage's bytes.
    struct Place {
        let start: Int
        let placement: Placement
    }

    let file: ReadableFile
    private var known: [String: (storage: PyTorchStorage, place: Place)] = [:]

    init(file: ReadableFile) {
        self.file = file
    }

    /// The entries of all tensors; `locate` finds a storage's bytes, and checks that there are as
    /// many as it needs.
    mutating func entries(
        of contents: PyTorchContents,
        locate: (PyTorchStorage) throws(CheckpointError) -> Place
    ) throws(CheckpointError) -> [TensorArchive.Entry] {
        let limit = PyTorchFile.maximumExpansion * file.count
        var entries: [TensorArchive.Entry] = []
        var total = 0
        for (name, tensor) in contents.tensors {
            let place = try place(of: tensor.storage, name, locate)
            let size = tensor.storage.elementType.byteCount
            // Each tensor has at most as many bytes as the file, so that the sum does not overflow.
            total += tensor.shape.elementCount * size
            guard total <= limit else {
                throw CheckpointError(
                    .limitExceeded, file: file.name,
                    "expected tensors of at most \(limit) bytes together, "
                        + "\(PyTorchFile.maximumExpansion) times the file, found more",
                    advice: "save each tensor once", tensorName: name)
            }
            let span = tensor.span
            var placement = place.placement
            placement.strides = tensor.isContiguous ? nil : tensor.strides
            entries.append(
                TensorArchive.Entry(
                    name: name, elementType: tensor.storage.elementType, shape: tensor.shape,
                    byteRange: place.start + span.lowerBound * size..<place.start + span.upperBound
                        * size,
                    placement: placement))
        }
        return entries
    }

    private mutating func place(
        of storage: PyTorchStorage, _ name: String,
        _ locate: (PyTorchStorage) throws(CheckpointError) -> Place
    ) throws(CheckpointError) -> Place {
        guard let (other, place) = known[storage.key] else {
            let place = try locate(storage)
            known[storage.key] = (storage, place)
            return place
        }
        guard other.elementType == storage.elementType, other.count == storage.count else {
            throw CheckpointError(
                .contradiction, file: file.name,
                "tensor \(quoted(name)): expected the storage \(quoted(storage.key)) to have "
                    + "\(other.count) elements of \(other.elementType.rawValue) as before, "
                    + "found \(storage.count) of \(storage.elementType.rawValue)",
                advice: CheckpointError.damagedFileAdvice, tensorName: name)
        }
        return place
    }
}
