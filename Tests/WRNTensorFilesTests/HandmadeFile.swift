// SPDX-License-Identifier: Apache-2.0

import WRNTensorFiles

/// A file made by hand: any header, any length, any number of data bytes.
struct HandmadeFile {
    var header: [UInt8]
    var claimedLength: UInt64
    var data: [UInt8]

    init(_ header: String, dataByteCount: Int = 0) {
        self.init(Array(header.utf8), dataByteCount: dataByteCount)
    }

    init(_ header: [UInt8], dataByteCount: Int = 0) {
        self.header = header
        claimedLength = UInt64(header.count)
        data = (0..<dataByteCount).map { UInt8(truncatingIfNeeded: $0) }
    }

    var bytes: [UInt8] {
        (0..<8).map { UInt8(truncatingIfNeeded: claimedLength >> (8 * $0)) } + header + data
    }

    func read() throws(CheckpointError) -> TensorArchive {
        try Safetensors.read(bytes, named: "made.safetensors")
    }

    /// The error with which the reader refuses the file, or nil.
    var refusal: CheckpointError? {
        do throws(CheckpointError) {
            _ = try read()
            return nil
        } catch {
            return error
        }
    }
}

/// The header's entry of an F32 tensor.
func entry(_ name: String, shape: String, offsets: String, type: String = "F32") -> String {
    #""\#(name)":{"dtype":"\#(type)","shape":\#(shape),"data_offsets":\#(offsets)}"#
}
