// SPDX-License-Identifier: Apache-2.0

import CWRNKernelChecks
import CWRNKernels
import Testing

@Suite("The list of usable kernels")
struct KernelTableTests {
    @Test("begins with the scalar ones, which every processor can run")
    func beginsWithScalar() throws {
        let first = try #require(KernelTable.usable.first)
        #expect(first.name == "scalar")
        #expect(try #require(first.pointer).pointee.vector_width == 1)
    }

    @Test("names each set once")
    func namesAreUnique() {
        let names = KernelTable.usable.map(\.name)
        #expect(Set(names).count == names.count)
    }

    @Test("has wider vectors the later it comes")
    func widthsGrow() throws {
        let widths = try KernelTable.usable.map { try #require($0.pointer).pointee.vector_width }
        #expect(widths == widths.sorted())
    }

    #if arch(arm64)
        @Test("has NEON on 64-bit ARM")
        func hasNEON() {
            #expect(KernelTable.usable.map(\.name) == ["scalar", "neon"])
        }
    #endif
}
