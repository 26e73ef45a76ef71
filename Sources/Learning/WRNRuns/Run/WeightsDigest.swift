// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNFiles
public import WRNModel
import WRNTensor

/// The digest of a set of weights, which is independent of the file that they are in.
///
/// It is the SHA-256 of, for each tensor by the bytes of its name in UTF-8,
///
///     UInt64                  the number of bytes of the name
///     bytes                   the name in UTF-8
///     UInt64                  the number of extents
///     UInt64, ...             the extents, outermost first
///     UInt32, ...             the bits of the elements as float32, in row-major order
///
/// all numbers little-endian and nothing between them.
enum WeightsDigest {
    /// The digest in lower-case hexadecimal digits.
    static func sha256(of tensors: [String: Tensor]) -> String {
        var computation = FileDigest.Computation(like: .sha256(""))
        func add(_ number: Int) {
            withUnsafeBytes(of: UInt64(number).littleEndian) { computation.update($0) }
        }
        // By bytes: the order of String depends on the Unicode version.
        let sorted = tensors.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
        for (name, tensor) in sorted {
            let bytes = Array(name.utf8)
            add(bytes.count)
            bytes.withUnsafeBytes { computation.update($0) }
            add(tensor.shape.extents.count)
            for extent in tensor.shape.extents { add(extent) }
            #if _endian(little)
                tensor.elements.withUnsafeBytes { computation.update($0) }
            #else
                tensor.elements.map(\.bitPattern.littleEndian).withUnsafeBytes {
                    computation.update($0)
                }
            #endif
        }
        return computation.digest.digits
    }
}

extension Model {
    /// The SHA-256 of all tensors, as `metrics.jsonl` gives it for each epoch: equal digests mean
    /// equal weights, bit by bit.
    ///
    /// The digested bytes are, for each tensor by the bytes of its name: the number of bytes of the
    /// name, the name in UTF-8, the number of extents, the extents, and the elements' float32 bits
    /// in row-major order; numbers of bytes, of extents and extents are 64-bit, and all numbers are
    /// little-endian.
    ///
    /// - Returns: 64 lower-case hexadecimal digits.
    public var weightsSHA256: String { WeightsDigest.sha256(of: tensors) }
}
