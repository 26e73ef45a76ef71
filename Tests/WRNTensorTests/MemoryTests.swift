// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor

@Suite("Aligned memory and element types")
struct MemoryTests {
    @Test("begins on a cache line and is zero", arguments: [0, 1, 63, 64, 65, 4097])
    func isAlignedAndZero(byteCount: Int) {
        let memory = AlignedMemory(byteCount: byteCount)
        #expect(UInt(bitPattern: memory.baseAddress) % UInt(AlignedMemory.alignment) == 0)
        #expect(memory.byteCount == byteCount)
        let bytes = UnsafeRawBufferPointer(start: memory.baseAddress, count: byteCount)
        #expect(bytes.allSatisfy { $0 == 0 })
    }

    @Test("counts floats as four bytes each")
    func countsFloats() {
        let memory = AlignedMemory(floatCount: 17)
        #expect(memory.byteCount == 68)
        memory.floats[16] = 2.5
        #expect(memory.floats[16] == 2.5)
        #expect(memory.floats[15] == 0)
    }

    @Test("element types have the names and sizes of safetensors")
    func elementTypes() {
        let sizes = Dictionary(
            uniqueKeysWithValues: ElementType.allCases.map { ($0.rawValue, $0.byteCount) })
        #expect(
            sizes == [
                "BOOL": 1, "U8": 1, "I8": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2, "I32": 4,
                "U32": 4, "F32": 4, "F64": 8, "I64": 8, "U64": 8,
            ])
    }
}
