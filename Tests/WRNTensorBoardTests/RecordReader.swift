// SPDX-License-Identifier: Apache-2.0

import Foundation
import SwiftProtobuf

@testable import WRNEventMessages
@testable import WRNTensorBoard

/// The events of a file, read as TensorBoard reads them: by lengths, with both checksums of each
/// record compared.
struct RecordReader {
    struct Damage: Error {}

    let events: [Event]

    init(_ path: String) throws {
        try self.init([UInt8](Data(contentsOf: URL(fileURLWithPath: path))))
    }

    init(_ bytes: [UInt8]) throws {
        var events: [Event] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let length = try Self.take(8, &rest)
            guard try Self.number(Self.take(4, &rest)) == UInt64(CRC32C.masked(length)) else {
                throw Damage()
            }
            let data = try Self.take(Int(Self.number(length)), &rest)
            guard try Self.number(Self.take(4, &rest)) == UInt64(CRC32C.masked(data)) else {
                throw Damage()
            }
            events.append(try Event(serializedBytes: Array(data)))
        }
        self.events = events
    }

    private static func take(
        _ count: Int, _ rest: inout ArraySlice<UInt8>
    ) throws -> ArraySlice<UInt8> {
        guard rest.count >= count else { throw Damage() }
        defer { rest = rest.dropFirst(count) }
        return rest.prefix(count)
    }

    private static func number(_ bytes: ArraySlice<UInt8>) -> UInt64 {
        bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
}
