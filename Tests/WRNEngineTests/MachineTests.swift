// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNKernels

@testable import WRNEngine
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
    @Test("the processor's name is read from the first of them, and need not be there")
    func processor() {
        func name(_ text: String) -> String? { ProcessorModel.name(SystemText(text)) }
        #expect(
            name(
                "processor\t: 0\nmodel\t\t: 1\nmodel name\t: AMD EPYC  9B14\n\nmodel name\t: other\n"
            )
                == "AMD EPYC 9B14")
        #expect(name("processor\t: 0\nmodel name\t:\n") == nil)
        #expect(name("processor\t: 0\nBogoMIPS\t: 50.00\n") == nil)
    }

    @Test("options name the instructions that they lead to")
    func instructions() {
        #expect(ExecutionOptions().instructionSetName != nil)
        #expect(ExecutionOptions(instructionSet: .scalar).instructionSetName == "scalar")
    }
}
