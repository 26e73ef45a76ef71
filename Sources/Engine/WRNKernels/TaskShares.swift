// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A region's tasks, divided among threads.
///
/// Each thread has neighbouring tasks of its own, the same part of a region as of the one before,
/// so that what it reads is what it wrote, in its own cache. Who has none left takes the last ones
/// of others.
final class TaskShares: @unchecked Sendable {
    private static let indexBits: UInt64 = 22
    private static let indexMask: UInt64 = (1 << indexBits) - 1
    /// Words from share to share: two cache lines, as some processors fetch them in pairs.
    private static let step = 16

    // A share is its region's number, its end and its next task in one word: claiming a task also
    // proves that the region is still the current one.
    private let words: UnsafeMutablePointer<Atomic<UInt64>>
    private let count: Int

    init(threads: Int) {
        count = threads * Self.step
        words = .allocate(capacity: count)
        for index in 0..<count { (words + index).initialize(to: Atomic(0)) }
    }

    deinit {
        words.deinitialize(count: count)
        words.deallocate()
    }

    /// Gives the first threads the tasks `0 ..< count`; those of the region before are all done.
    func divide(_ count: Int, among threads: Int, region: UInt64) {
        precondition(count < Int(Self.indexMask), "a region of \(count) tasks is too long")
        for thread in 0..<threads {
            let first = UInt64(count * thread / threads)
            let end = UInt64(count * (thread + 1) / threads)
            words[thread * Self.step].store(
                region << (2 * Self.indexBits) | end << Self.indexBits | first,
                ordering: .releasing)
        }
    }

    /// Claims the first or the last task of a thread's share; nil when none is left.
    func claim(from thread: Int, first isFirst: Bool) -> Int? {
        let share = words + thread * Self.step
        var word = share.pointee.load(ordering: .acquiring)
        while true {
            let next = word & Self.indexMask
            let end = word >> Self.indexBits & Self.indexMask
            if next >= end { return nil }
            let rest = isFirst ? word + 1 : word - 1 << Self.indexBits
            let (isClaimed, current) = share.pointee.compareExchange(
                expected: word, desired: rest, ordering: .acquiringAndReleasing)
            if isClaimed { return Int(isFirst ? next : end - 1) }
            word = current
        }
    }
}
