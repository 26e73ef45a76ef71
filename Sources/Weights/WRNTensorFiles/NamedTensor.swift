// SPDX-License-Identifier: Apache-2.0

public import WRNTensor
import WRNText

/// A tensor to be written: its name, shape and elements.
public struct NamedTensor: Hashable, Sendable {
    /// The elements, in row-major order.
    enum Elements: Hashable, Sendable {
        case float32([Float])
        case float16([UInt16])
        case bfloat16([UInt16])
        case float64([Double])
        case int64([Int64])
    }

    /// The name.
    public let name: String
    /// The extents, outermost first.
    public let shape: TensorShape

    let elements: Elements

    /// Names a tensor, to be written as F32.
    public init(name: String, tensor: Tensor) {
        self.name = name
        shape = tensor.shape
        elements = .float32(tensor.elements)
    }

    /// Names a tensor, to be written as numbers of another type: F16 and BF16 are rounded to the
    /// nearest, ties to even; F64 is exact.
    ///
    /// Numbers beyond the largest of F16, 65504, become infinite there, and likewise those few
    /// beyond the largest of BF16.
    ///
    /// - Precondition: The type is one of floating-point numbers.
    public init(name: String, tensor: Tensor, as elementType: ElementType) {
        self.name = name
        shape = tensor.shape
        switch elementType {
        case .float32: elements = .float32(tensor.elements)
        case .float16: elements = .float16(tensor.elements.map(\.float16BitPattern))
        case .bfloat16: elements = .bfloat16(tensor.elements.map { BFloat16($0).bitPattern })
        case .float64: elements = .float64(tensor.elements.map(Double.init))
        case .bool, .uint8, .int8, .int16, .uint16, .int32, .uint32, .int64, .uint64:
            preconditionFailure("\(elementType.rawValue) is no type of floating-point numbers")
        }
    }

    /// Refuses a tensor with a finite number that would be infinite in an element type.
    ///
    /// - Throws: A ``CheckpointError``, `invalidContent`, that names the tensor and the number.
    package static func checkRange(
        of tensor: Tensor, named name: String, as elementType: ElementType, file: String
    ) throws(CheckpointError) {
        guard let (limit, advice) = range(of: elementType),
            let place = tensor.elements.firstIndex(where: { $0.isFinite && abs($0) >= limit })
        else { return }
        throw CheckpointError(
            .invalidContent, file: file,
            "tensor \(quoted(name)): expected numbers below \(limit), from which on "
                + "\(elementType.rawValue) has only infinity, found \(tensor.elements[place]) as "
                + "element \(place)", advice: advice, tensorName: name)
    }

    /// The magnitude from which on finite numbers become infinite in a type, half way from its
    /// largest number to the next power of two, and what to write instead; nil for the large types.
    private static func range(of elementType: ElementType) -> (limit: Float, advice: String)? {
        switch elementType {
        case .float16: return (65520, "write bfloat16 or float32")
        case .bfloat16: return (0x1.FFp127, "write float32")
        default: return nil
        }
    }

    /// Names integers, to be written as I64: step counters and the like.
    ///
    /// - Precondition: `integers.count == shape.elementCount`.
    public init(name: String, shape: TensorShape, integers: [Int64]) {
        precondition(
            integers.count == shape.elementCount,
            "\(integers.count) integers do not fill the shape \(shape)")
        self.name = name
        self.shape = shape
        elements = .int64(integers)
    }

    /// The type of one element in the file.
    public var elementType: ElementType {
        switch elements {
        case .float32: .float32
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float64: .float64
        case .int64: .int64
        }
    }

    /// The size in the file, in bytes.
    var byteCount: Int { shape.elementCount * elementType.byteCount }

    /// Calls `body` with the elements as they are in the file: little-endian.
    func withBytes(
        _ body: (UnsafeRawBufferPointer) throws(CheckpointError) -> Void
    ) throws(CheckpointError) {
        #if _endian(little)
            switch elements {
            case .float32(let floats): try withBytes(of: floats, body)
            case .float16(let bits), .bfloat16(let bits): try withBytes(of: bits, body)
            case .float64(let doubles): try withBytes(of: doubles, body)
            case .int64(let integers): try withBytes(of: integers, body)
            }
        #else
            switch elements {
            case .float32(let floats):
                try withBytes(of: floats.map(\.bitPattern.littleEndian), body)
            case .float16(let bits), .bfloat16(let bits):
                try withBytes(of: bits.map(\.littleEndian), body)
            case .float64(let doubles):
                try withBytes(of: doubles.map(\.bitPattern.littleEndian), body)
            case .int64(let integers): try withBytes(of: integers.map(\.littleEndian), body)
            }
        #endif
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
