// SPDX-License-Identifier: Apache-2.0

import CWRNKernelChecks
import CWRNKernels
import Testing

@Suite("Every kernel of every instruction set equals its formula")
struct KernelFormulaTests {
    @Test("and writes nothing else", arguments: KernelTable.usable, KernelCheck.all)
    func equalsFormula(table: KernelTable, check: KernelCheck) throws {
        let result = check.run(on: try #require(table.pointer), in: WRN_MEMORY_MARGINS)
        #expect(result.failures == 0, "\(result.report)")
    }

    @Test("and touches nothing behind its buffers", arguments: KernelTable.usable, KernelCheck.all)
    func staysBeforeTheEnd(table: KernelTable, check: KernelCheck) throws {
        let result = check.run(on: try #require(table.pointer), in: WRN_MEMORY_GUARD_BEHIND)
        #expect(result.failures == 0, "\(result.report)")
    }

    @Test("and touches nothing before its buffers", arguments: KernelTable.usable, KernelCheck.all)
    func staysBehindTheBeginning(table: KernelTable, check: KernelCheck) throws {
        let result = check.run(on: try #require(table.pointer), in: WRN_MEMORY_GUARD_BEFORE)
        #expect(result.failures == 0, "\(result.report)")
    }
}
