// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// How many processors this process may use.
enum Processors {
    /// The least of what is switched on, what the process is tied to, and what its container grants.
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

    /// The processors of a quota and its period in microseconds, for example `150000 100000`: a part counts as a whole one.
    static func granted(_ quota: SystemText) -> Int? {
        let numbers = quota.words.prefix(2).map { Int($0) }
        guard numbers.count == 2, let time = numbers[0], let period = numbers[1], time > 0,
            period > 0
        else { return nil }
        return (time - 1) / period + 1
    }
}
