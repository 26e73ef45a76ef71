// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// What the system calls the processor.
public enum ProcessorModel {
    /// The processor's name, for example `AMD EPYC 9B14`; nil where the system does not say, as Linux on ARM.
    public static var name: String? {
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
