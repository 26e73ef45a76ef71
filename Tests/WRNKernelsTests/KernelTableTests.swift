// SPDX-License-Identifier: Apache-2.0

import CWRNKernelChecks
import CWRNKernels
import Testing
import WRNKernels

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

    private static func names(for processor: Int) -> [String] {
        var names: [String] = []
        guard var next = wrn_kernels_for(UInt32(processor)) else { return [] }
        while let table = next.pointee {
            names.append(String(cString: table.pointee.name))
            next += 1
        }
        return names
    }

    #if arch(x86_64)
        @Test("follows from the processor, not from each instruction by itself")
        func rule() {
            let wide = WRN_PROCESSOR_AVX2 | WRN_PROCESSOR_AVX512
            #expect(Self.names(for: 0) == ["scalar"])
            #expect(Self.names(for: WRN_PROCESSOR_AVX2) == ["scalar", "avx2"])
            #expect(Self.names(for: wide) == ["scalar", "avx2", "avx512"])
            // AVX-512 alone is no processor that there is.
            #expect(Self.names(for: WRN_PROCESSOR_AVX512) == ["scalar"])
            // A thread may be moved to a small core, which lacks AVX-512.
            #expect(Self.names(for: wide | WRN_PROCESSOR_HYBRID) == ["scalar", "avx2"])
        }

        @Test("has bfloat16 where the set and the processor have it")
        func bfloat16() throws {
            let processor = UInt32(
                WRN_PROCESSOR_AVX2 | WRN_PROCESSOR_AVX512 | WRN_PROCESSOR_BFLOAT16)
            var next = try #require(wrn_kernels_for(processor))
            var sets: [String] = []
            while let table = next.pointee {
                #expect(wrn_bfloat16_kernels_for(table, 0) == nil)
                if wrn_bfloat16_kernels_for(table, processor) != nil {
                    sets.append(String(cString: table.pointee.name))
                }
                next += 1
            }
            #expect(sets == ["avx512"])
        }
    #endif

    #if arch(x86_64)
        @Test("has tiles where processor and system permit them, beside AVX-512 with bfloat16")
        func tiles() throws {
            let wide = WRN_PROCESSOR_AVX2 | WRN_PROCESSOR_AVX512
            let both = UInt32(wide | WRN_PROCESSOR_BFLOAT16 | WRN_PROCESSOR_TILES)
            var next = try #require(wrn_kernels_for(both))
            var sets: [String] = []
            while let table = next.pointee {
                #expect(wrn_tile_kernels_for(table, UInt32(wide | WRN_PROCESSOR_TILES)) == nil)
                #expect(wrn_tile_kernels_for(table, UInt32(wide | WRN_PROCESSOR_BFLOAT16)) == nil)
                if wrn_tile_kernels_for(table, both) != nil {
                    sets.append(String(cString: table.pointee.name))
                }
                next += 1
            }
            #expect(sets == ["avx512"])
        }
    #endif

    @Test("has tiles by the processor's bits, the state that the system keeps, and its permission")
    func tileAccess() {
        let unit: UInt32 = 1 << 22 | 1 << 24
        let state: UInt64 = 1 << 17 | 1 << 18
        #expect(wrn_tile_access_for(unit, state, 1) == WRN_TILES_USABLE)
        #expect(wrn_tile_access_for(~0, ~0, 1) == WRN_TILES_USABLE)
        #expect(wrn_tile_access_for(unit, state, 0) == WRN_TILES_REFUSED)
        for bit in [0, 1 << 17, 1 << 18] as [UInt64] {
            #expect(wrn_tile_access_for(unit, bit, 1) == WRN_TILES_NOT_KEPT)
        }
        // AMX-INT8 alone multiplies no bfloat16.
        for bits in [0, 1 << 22, 1 << 24, 1 << 24 | 1 << 25] as [UInt32] {
            #expect(wrn_tile_access_for(bits, state, 1) == WRN_TILES_MISSING)
        }
    }

    @Test("states why kernels have no tiles, or has those that replace the processor's")
    func statesTileAccess() throws {
        let scalar = try #require(Kernels(.scalar))
        let isUsable = wrn_request_tiles() == WRN_TILES_USABLE
        #expect(scalar.tileAccess != .usable)
        #expect((scalar.tileAccess == .excluded) == isUsable)
        #expect(!scalar.bfloat16Rates.hasTiles)
        let emulated = try #require(wrn_emulated_tiles())
        let replaced = try #require(Kernels(.scalar, tiles: TileKernels(emulated)))
        #expect(replaced.tileAccess == .usable)
        #expect(replaced.bfloat16Rates.hasTiles)
    }

    @Test("has tiles on this processor where the request is granted, however often it is made")
    func requestsTiles() {
        let access = wrn_request_tiles()
        #expect(wrn_request_tiles() == access)
        let hasTiles = wrn_processor() & UInt32(WRN_PROCESSOR_TILES) != 0
        #expect(hasTiles == (access == WRN_TILES_USABLE))
    }

    @Test("gives bfloat16 a rate by the processor's maker, and none without the instructions")
    func bfloat16Rates() {
        let pairs = UInt32(WRN_PROCESSOR_BFLOAT16)
        #expect(BFloat16Rates(processor: UInt32(WRN_PROCESSOR_AMD)) == .none)
        #expect(BFloat16Rates(processor: pairs | UInt32(WRN_PROCESSOR_AMD)).pairs > 1)
        // Half the rate for two products gains nothing.
        #expect(BFloat16Rates(processor: pairs).pairs == 1)
    }

    @Test("which decides between products of bfloat16 and Winograd's algorithm")
    func bfloat16Choice() {
        /// The algorithm of a 3x3 convolution from and to so many channels.
        func choice(_ inputs: Int, _ outputs: Int, stride: Int = 1, _ processor: Int)
            -> ConvolutionAlgorithm
        {
            let extent = 32 / stride
            return ConvolutionPlan.inference(
                ConvolutionShape(
                    input: (inputs, 32, 32), output: (outputs, extent, extent), kernelSize: 3,
                    stride: stride, padding: 1),
                images: 8, rates: BFloat16Rates(processor: UInt32(processor))
            ).algorithm
        }
        let amd = WRN_PROCESSOR_BFLOAT16 | WRN_PROCESSOR_AMD
        #expect(choice(3, 16, amd) == .directBFloat16)
        #expect(choice(16, 16, amd) == .winograd(size: 4))
        #expect(choice(64, 64, amd) == .winograd(size: 4))
        #expect(choice(64, 128, stride: 2, amd) == .directBFloat16)
        #expect(choice(3, 16, WRN_PROCESSOR_BFLOAT16) == .direct)
        #expect(choice(64, 128, stride: 2, WRN_PROCESSOR_BFLOAT16) == .direct)
    }

    #if arch(arm64)
        @Test("has NEON on 64-bit ARM")
        func hasNEON() {
            #expect(KernelTable.usable.map(\.name) == ["scalar", "neon"])
        }
    #endif
}
