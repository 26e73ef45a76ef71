// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNPlan

@Suite("Limits of memory")
struct MemoryLimitTests {
    @Test("the files of control groups are those of the own group and of all above it")
    func controlGroups() {
        #expect(
            MemoryLimit.controlGroupFiles(SystemText("0::/user.slice/job\n")) == [
                "/sys/fs/cgroup/user.slice/job/memory.max", "/sys/fs/cgroup/user.slice/memory.max",
                "/sys/fs/cgroup/memory.max",
            ])
        #expect(
            MemoryLimit.controlGroupFiles(
                SystemText("9:cpu,memory:/docker\n3:pids:/docker\n1:name=systemd:/\n"))
                == [
                    "/sys/fs/cgroup/memory/docker/memory.limit_in_bytes",
                    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
                ])
        #expect(
            MemoryLimit.controlGroupFiles(SystemText("0::/\n")) == ["/sys/fs/cgroup/memory.max"])
        #expect(MemoryLimit.controlGroupFiles(SystemText("nonsense\n")).isEmpty)
    }

    @Test("what a control group does not limit is no limit")
    func values() {
        #expect(MemoryLimit.controlGroupLimit(SystemText("1073741824\n")) == 1 << 30)
        for text in ["max\n", "9223372036854771712\n", "0\n", "-1\n", "", "99999999999999999999"] {
            #expect(MemoryLimit.controlGroupLimit(SystemText(text)) == nil, "\(text)")
        }
    }

    @Test("a limit says what it is and what it leaves")
    func words() {
        #expect(
            MemoryLimit(kind: .addresses, byteCount: 3 << 29).words
                == "the limit on this process ('ulimit -v') leaves 1536 MiB")
        #expect(
            MemoryLimit(kind: .controlGroup, byteCount: 16 << 30).words
                == "its control group (a container's or a job's limit) has 16 GiB")
        #expect(MemoryLimit(kind: .machine, byteCount: 4 << 30).words == "this machine has 4 GiB")
        #expect(MemoryLimit.text((1 << 30) + 1, roundsUp: true) == "1025 MiB")
        #expect(MemoryLimit.all.contains { $0.kind == .machine })
    }
}
