// SPDX-License-Identifier: Apache-2.0

import WRNFiles
package import WRNTensor

/// A float32 tensor to be written whose elements wait in a spool.
package struct SpooledTensor {
    let name: String
    let shape: TensorShape
    let elements: Spool

    /// Names a tensor.
    ///
    /// - Precondition: The spool holds as many elements as the shape has.
    package init(name: String, shape: TensorShape, elements: Spool) {
        precondition(
            elements.byteCount == shape.elementCount * MemoryLayout<Float>.stride,
            "\(elements.byteCount) bytes do not fill the shape \(shape)")
        self.name = name
        self.shape = shape
        self.elements = elements
    }
}

extension Safetensors {
    /// Writes tensors to the file at `path`, and atomically replaces an older one (see
    /// ``AtomicFile``).
    ///
    /// - Throws: What the writing of tensors in memory throws.
    package static func write(
        _ tensors: [SpooledTensor], metadata: [String: String], to path: String
    ) throws(CheckpointError) {
        let header = try HeaderWriter(file: path).header(
            of: tensors.map {
                TensorHeading(name: $0.name, shape: $0.shape, elementType: .float32)
            }, metadata: metadata)
        try AtomicFile.write(to: path) { (file) throws(CheckpointError) in
            try file.write(header)
            for tensor in tensors { try tensor.elements.copy(to: file) }
        }
    }
}

extension NumPyFile {
    /// Writes one array to the file at `path`, and atomically replaces an older one (see
    /// ``AtomicFile``); it has no name there.
    ///
    /// - Throws: A ``CheckpointError`` with the code `cannotWrite` or `diskFull`.
    package static func write(_ tensor: SpooledTensor, to path: String) throws(CheckpointError) {
        try AtomicFile.write(to: path) { (file) throws(CheckpointError) in
            try file.write(NumPyHeader.bytes(of: tensor.shape))
            try tensor.elements.copy(to: file)
        }
    }
}
