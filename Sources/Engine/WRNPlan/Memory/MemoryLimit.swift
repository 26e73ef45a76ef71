// SPDX-License-Identifier: Apache-2.0

package import WRNGraph

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Something that bounds the memory of this process.
package struct MemoryLimit: Equatable {
    /// The kind of the limit.
    enum Kind: Equatable {
        /// The memory of the machine.
        case machine
        /// The limit on addresses that `ulimit -v` sets, less what the process has.
        case addresses
        /// The limit on data that `ulimit -d` sets, less what the process has.
        case data
        /// The limit of a control group, as containers and batch systems set it.
        case controlGroup
    }

    let kind: Kind
    /// The bytes that it leaves.
    let byteCount: Int

    /// The limit in words, as the end of "needs 4 GiB of memory, ".
    var words: String {
        let size = Self.text(byteCount, roundsUp: false)
        return switch kind {
        case .machine: "this machine has \(byteCount >> 30) GiB"
        case .addresses: "the limit on this process ('ulimit -v') leaves \(size)"
        case .data: "the limit on this process ('ulimit -d') leaves \(size)"
        case .controlGroup: "its control group (a container's or a job's limit) has \(size)"
        }
    }

    /// Bytes in GiB, and below 8 of them in MiB.
    static func text(_ byteCount: Int, roundsUp: Bool) -> String {
        let shift = byteCount < 8 << 30 ? 20 : 30
        return "\((byteCount >> shift) + (roundsUp ? 1 : 0)) \(shift == 20 ? "MiB" : "GiB")"
    }

    /// Refuses what this process cannot hold, before the system ends it for trying.
    ///
    /// - Throws: A ``PlanError/invalidRequest(_:)`` with how much is needed, and what limits it.
    package static func check(_ byteCount: Int, _ graph: Graph, batch: Int) throws(PlanError) {
        guard let limit = least, byteCount > limit.byteCount else { return }
        throw .invalidRequest(
            "a batch of \(batch) images of \(graph.inputShape) needs "
                + "\(text(byteCount, roundsUp: true)) of memory, \(limit.words); choose a smaller "
                + "batch or a smaller network")
    }

    /// The limit that leaves least; nil where the system has no answer.
    static var least: MemoryLimit? { all.min { $0.byteCount < $1.byteCount } }

    /// The memory of this machine in bytes; nil where the system has no answer.
    package static var physicalByteCount: Int? {
        let (pages, pageSize) = (sysconf(Int32(_SC_PHYS_PAGES)), sysconf(Int32(_SC_PAGESIZE)))
        return pages > 0 && pageSize > 0 ? Int(pages) * Int(pageSize) : nil
    }

    /// All limits that the system has set.
    static var all: [MemoryLimit] {
        var limits: [MemoryLimit] = []
        if let bytes = physicalByteCount {
            limits.append(MemoryLimit(kind: .machine, byteCount: bytes))
        }
        let (addresses, data) = inUse
        if let bytes = resourceLimit(.addresses) {
            limits.append(MemoryLimit(kind: .addresses, byteCount: max(bytes - addresses, 0)))
        }
        if let bytes = resourceLimit(.data) {
            limits.append(MemoryLimit(kind: .data, byteCount: max(bytes - data, 0)))
        }
        if let bytes = controlGroupByteCount {
            limits.append(MemoryLimit(kind: .controlGroup, byteCount: bytes))
        }
        return limits
    }

    /// A limit of `ulimit`; nil where there is none.
    private static func resourceLimit(_ kind: Kind) -> Int? {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(
                (kind == .data ? RLIMIT_DATA : RLIMIT_AS).rawValue)
        #else
            let resource = kind == .data ? RLIMIT_DATA : RLIMIT_AS
        #endif
        guard getrlimit(resource, &limit) == 0 else { return nil }
        // Unlimited memory is given as the largest number, in one of two forms.
        guard limit.rlim_cur < UInt64(Int64.max) else { return nil }
        return Int(limit.rlim_cur)
    }

    /// The bytes of addresses and of data that the process has; 0 where the system has no answer.
    private static var inUse: (addresses: Int, data: Int) {
        let pages = SystemText(readingFrom: "/proc/self/statm")?.words.compactMap { Int($0) } ?? []
        let page = max(Int(sysconf(Int32(_SC_PAGESIZE))), 1)
        guard pages.count >= 6, (pages.max() ?? 0) < Int.max / page else { return (0, 0) }
        return (pages[0] * page, pages[5] * page)
    }

    /// The least limit of the control groups that the process is in; nil without one.
    private static var controlGroupByteCount: Int? {
        guard let groups = SystemText(readingFrom: "/proc/self/cgroup") else { return nil }
        return controlGroupFiles(groups).compactMap { file in
            SystemText(readingFrom: file).flatMap(controlGroupLimit)
        }.min()
    }

    /// The files in which limits of the groups stand that a `/proc/self/cgroup` names, the own
    /// group's first.
    static func controlGroupFiles(_ groups: SystemText) -> [String] {
        groups.words.flatMap { line -> [String] in
            // "0::/user.slice" of the unified hierarchy, "9:memory:/docker/1f" of the old one.
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { return [] }
            let isUnified = parts[0] == "0" && parts[1].isEmpty
            guard isUnified || parts[1].split(separator: ",").contains("memory") else { return [] }
            let root = isUnified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory"
            let name = isUnified ? "memory.max" : "memory.limit_in_bytes"
            var names = parts[2].split(separator: "/").filter { $0 != ".." }
            var files: [String] = []
            while true {
                files.append(([root[...]] + names + [name[...]]).joined(separator: "/"))
                if names.isEmpty { return files }
                names.removeLast()
            }
        }
    }

    /// The bytes in such a file; nil for `max` and for the huge number that means the same.
    static func controlGroupLimit(_ text: SystemText) -> Int? {
        text.words.first.flatMap { Int($0) }.flatMap { (1..<1 << 60).contains($0) ? $0 : nil }
    }
}
