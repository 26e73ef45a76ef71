// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The memory of this process, as the system counts it.
public enum ProcessMemory {
    /// The most bytes that were resident at one time since the program began; nil where the system does not say.
    ///
    /// On Linux `getrusage` would also count what the process had been before it became this program.
    public static var peakResidentByteCount: Int? {
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
