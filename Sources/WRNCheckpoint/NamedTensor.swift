// SPDX-License-Identifier: Apache-2.0

public import WRNTensor

/// A tensor to be written: its name, shape and elements.
public struct NamedTensor: Hashable, Sendable {
    /// The elements, in row-major order.
    enum Elements: Hashable, Sendable {
        case float32([Float])
        case int64([Int64])
    }

    /// The name.
    public let name: String
    /// The extents, outermost first.
    public let shape: Shape

    let elements: Elements

    /// Names a tensor, to be written as F32.
    public init(name: String, tensor: Tensor) {
        self.name = name
        shape = tensor.shape
        elements = .float32(tensor.elements)
    }

    /// Names integers, to be written as I64: step counters and the like.
    ///
    /// - Precondition: `integers.count == shape.elementCount`.
    public init(name: String, shape: Shape, integers: [Int64]) {
        precondition(
            integers.count == shape.elementCount,
            "\(integers.count) integers do not fill the shape \(shape)")
        self.name = name
        self.shape = shape
        elements = .int64(integers)
    }

    /// What one element is in the file.
    public var elementType: ElementType {
        switch elements {
        case .float32: .float32
        case .int64: .int64
        }
    }

    /// The size in the file, in bytes.
    var byteCount: Int { shape.elementCount * elementType.byteCount }

    /// Calls `body` with the elements as they are in the file: little-endian.
    func withBytes(
        _ body: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        switch elements {
        case .float32(let floats):
            #if _endian(little)
                try withBytes(of: floats, body)
            #else
                try withBytes(of: floats.map(\.bitPattern.littleEndian), body)
            #endif
        case .int64(let integers):
            #if _endian(little)
                try withBytes(of: integers, body)
            #else
                try withBytes(of: integers.map(\.littleEndian), body)
            #endif
        }
    }

    private func withBytes<Element: BitwiseCopyable>(
        of elements: [Element], _ body: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        // withUnsafeBytes rethrows errors without their type.
        var failure: CheckpointError?
        elements.withUnsafeBytes { buffer in
            do throws(CheckpointError) { try body(buffer) } catch { failure = error }
        }
        if let failure { throw failure }
    }
}
