// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNPlan

@Suite("What the system says of this process")
struct MachineTests {
    @Test("a mask of processors is counted, words and all")
    func mask() {
        func allowed(_ mask: String) -> Int? {
            Processors.allowed(SystemText("Name:\twrn\nCpus_allowed:\t\(mask)\nThreads:\t1\n"))
        }
        #expect(allowed("3") == 2)
        #expect(allowed("f0") == 4)
        #expect(allowed("ff,00000001") == 9)
        #expect(allowed("0") == nil)
        #expect(allowed("all") == nil)
        #expect(allowed("ff,all") == nil)
        #expect(Processors.allowed(SystemText("Name:\twrn\n")) == nil)
    }

    @Test("a container's quota is rounded up, and its absence is none")
    func quota() {
        #expect(Processors.granted(SystemText("200000 100000\n")) == 2)
        #expect(Processors.granted(SystemText("150000 100000\n")) == 2)
        #expect(Processors.granted(SystemText("1000 100000\n")) == 1)
        #expect(Processors.granted(SystemText("max 100000\n")) == nil)
        #expect(Processors.granted(SystemText("0 0\n")) == nil)
        #expect(Processors.granted(SystemText("")) == nil)
    }

    @Test("the default is at least one thread and at most what is there")
    func threads() {
        let available = ExecutionOptions.availableProcessors
        #expect(available >= 1)
        #expect(ExecutionOptions().threads == available)
    }

    @Test("the peak of the memory is read in kB")
    func peak() throws {
        #expect(ProcessMemory.peak(SystemText("VmPeak:\t9 kB\nVmHWM:\t    5128 kB\n")) == 5_251_072)
        #expect(ProcessMemory.peak(SystemText("VmHWM:\t 9223372036854775807 kB\n")) == nil)
        #expect(ProcessMemory.peak(SystemText("VmHWM:\t many kB\n")) == nil)
        #expect(ProcessMemory.peak(SystemText("")) == nil)
        // These tests alone take more.
        #expect(try #require(ProcessMemory.peakResidentByteCount) > 1 << 20)
    }
}
