// SPDX-License-Identifier: Apache-2.0

import WRNPlan

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The number of processors that this process may use.
enum Processors {
    /// The least of what is switched on, what the process is tied to, and what its container
    /// grants.
    static var available: Int {
        let limits = [
            Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))),
            SystemText(readingFrom: "/proc/self/status").flatMap(allowed),
            SystemText(readingFrom: "/sys/fs/cgroup/cpu.max").flatMap(granted),
        ]
        return max(1, limits.compactMap(\.self).min() ?? 1)
    }

    /// The processors of the mask in a process's status, for example `Cpus_allowed: ff,00000003`.
    static func allowed(_ status: SystemText) -> Int? {
        guard let mask = status.words(behind: "Cpus_allowed")?.first else { return nil }
        let words = mask.split(separator: ",").map { UInt64($0, radix: 16)?.nonzeroBitCount }
        let count = words.compactMap(\.self).reduce(0, +)
        return count > 0 && !words.contains(nil) ? count : nil
    }

    /// The processors of a quota and its period in microseconds, for example `150000 100000`: a
    /// part counts as a whole one.
    static func granted(_ quota: SystemText) -> Int? {
        let numbers = quota.words.prefix(2).map { Int($0) }
        guard numbers.count == 2, let time = numbers[0], let period = numbers[1], time > 0,
            period > 0
        else { return nil }
        return (time - 1) / period + 1
    }
}

/// The processor's name by the system.
package enum ProcessorModel {
    /// The processor's name, for example `AMD EPYC 9B14`; nil where the system has no answer, as
    /// Linux on ARM.
    package static var name: String? {
        #if canImport(Darwin)
            var bytes = [UInt8](repeating: 0, count: 256)
            var count = bytes.count
            guard sysctlbyname("machdep.cpu.brand_string", &bytes, &count, nil, 0) == 0 else {
                return nil
            }
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        #else
            return SystemText(readingFrom: "/proc/cpuinfo").flatMap(name)
        #endif
    }

    /// The name in a list of processors, for example `model name      : AMD EPYC 9B14`.
    static func name(_ processors: SystemText) -> String? {
        guard let words = processors.words(behind: "model name\t"), !words.isEmpty else {
            return nil
        }
        return words.joined(separator: " ")
    }
}

/// The memory of this process, as the system counts it.
package enum ProcessMemory {
    /// The most bytes that were resident at one time since the program began; nil where the system
    /// gives none.
    ///
    /// On Linux `getrusage` would also count what the process had been before it became this
    /// program.
    package static var peakResidentByteCount: Int? {
        #if canImport(Darwin)
            var usage = rusage()
            return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss : nil
        #else
            return SystemText(readingFrom: "/proc/self/status").flatMap(peak)
        #endif
    }

    /// The peak in a process's status, for example `VmHWM:     5128 kB`.
    static func peak(_ status: SystemText) -> Int? {
        guard let words = status.words(behind: "VmHWM"), words.count == 2, words[1] == "kB",
            let kilobytes = Int(words[0])
        else { return nil }
        let (bytes, overflows) = kilobytes.multipliedReportingOverflow(by: 1024)
        return overflows ? nil : bytes
    }
}
