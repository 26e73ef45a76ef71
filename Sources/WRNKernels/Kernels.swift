// SPDX-License-Identifier: Apache-2.0

import CWRNKernels

/// The table of kernels of one instruction set.
package struct Kernels: @unchecked Sendable {
    // The table is a constant of the C room, which is why sharing it is safe.
    let table: wrn_kernels

    /// The set that the kernels are compiled for.
    package let instructionSet: InstructionSet

    /// The tables that this processor can run, the fastest last; the first is the scalar one.
    package static let usable: [Kernels] = {
        var tables: [Kernels] = []
        guard var next = wrn_usable_kernels() else { return [] }
        while let table = next.pointee?.pointee {
            if let set = InstructionSet(rawValue: String(cString: table.name)) {
                tables.append(Kernels(table: table, instructionSet: set))
            }
            next += 1
        }
        return tables
    }()

    /// The table of `set`, or of the fastest usable set for `nil`; `nil` when this processor cannot run it.
    package init?(_ set: InstructionSet?) {
        guard let found = Self.usable.last(where: { set == nil || $0.instructionSet == set })
        else { return nil }
        self = found
    }

    private init(table: wrn_kernels, instructionSet: InstructionSet) {
        self.table = table
        self.instructionSet = instructionSet
    }

    /// The channels of one block of an activation.
    package static let lanes = Int(WRN_LANES)

    /// `channels` rounded up to whole blocks.
    package static func padded(_ channels: Int) -> Int {
        (channels + lanes - 1) / lanes * lanes
    }
}
