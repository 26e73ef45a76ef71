// SPDX-License-Identifier: Apache-2.0

import CWRNKernelChecks
import CWRNKernels
import Testing

/// One of the tables that this processor can run, as an argument of tests.
struct KernelTable: Sendable, CustomTestStringConvertible {
    let name: String
    private let index: Int

    static let usable: [KernelTable] = {
        var tables: [KernelTable] = []
        guard let list = wrn_usable_kernels() else { return [] }
        while let table = list[tables.count] {
            tables.append(
                KernelTable(name: String(cString: table.pointee.name), index: tables.count))
        }
        return tables
    }()

    /// A copy of the table without vectors, which every processor runs.
    static var scalar: wrn_kernels { wrn_usable_kernels()[0]?.pointee ?? wrn_kernels() }

    /// A copy of its kernels on maps of float32.
    static var scalarMaps: wrn_map_kernels { scalar.float32?.pointee ?? wrn_map_kernels() }

    var testDescription: String { name }

    /// The C table, a constant.
    var pointer: UnsafePointer<wrn_kernels>? {
        wrn_usable_kernels()?[index]
    }
}

/// One of the checks of the C harness, as an argument of tests.
struct KernelCheck: Sendable, CustomTestStringConvertible {
    let name: String
    private let index: Int32

    static let all: [KernelCheck] = (0..<wrn_check_count()).map { index in
        KernelCheck(name: wrn_check_name(index).map { String(cString: $0) } ?? "", index: index)
    }

    var testDescription: String { name }

    /// How many cases fail on `table`, and a sentence on the first or on how many passed.
    func run(
        on table: UnsafePointer<wrn_kernels>, in memory: wrn_check_memory
    ) -> (failures: Int, report: String) {
        var report = [CChar](repeating: 0, count: 600)
        let failures = wrn_check_run(index, table, memory, &report, report.count)
        let bytes = report.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return (Int(failures), String(decoding: bytes, as: UTF8.self))
    }
}

/// A copy of the table without vectors, to be changed.
struct ChangedTable {
    var table = KernelTable.scalar
    var float32 = KernelTable.scalarMaps
    var bfloat16 = KernelTable.scalar.bfloat16?.pointee ?? wrn_map_kernels()

    func run(_ check: KernelCheck) -> (failures: Int, report: String) {
        withUnsafePointer(to: float32) { float32 in
            withUnsafePointer(to: bfloat16) { bfloat16 in
                var table = table
                table.float32 = float32
                table.bfloat16 = bfloat16
                return check.run(on: &table, in: WRN_MEMORY_MARGINS)
            }
        }
    }
}
