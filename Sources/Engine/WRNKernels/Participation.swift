// SPDX-License-Identifier: Apache-2.0

/// The number of a pool's threads that take part in its regions, from the time for which regions
/// waited for one of them.
///
/// A thread that loses its core to another program in the middle of a task delays the region: the
/// others run out of tasks and wait until it gets a core again, which takes milliseconds. Where
/// `n` threads wait for one of them for a share `w` of the time, they compute at the rate of at
/// most `n * (1 - w)` threads. When that is less than `n - 1`, one of them is paused, and the
/// system can give each of the others a core of its own. After a while it is tried again with one
/// more; a trial that fails is repeated after twice the time, so that trials cost little.
///
/// This decides who computes, and never what: a region has the same results on any number of
/// threads.
struct Participation {
    /// The times of a region, in nanoseconds of one clock.
    struct Region {
        /// The number of its tasks.
        let tasks: Int
        let start: Int
        /// When all threads but one had run out of tasks; `end` where one thread had them all.
        let alone: Int
        let end: Int
    }

    /// Decisions are made after so long in regions: several slices of a core.
    static let window = 20_000_000
    /// What a region may wait for its last thread besides two usual tasks.
    static let allowedWait = 50_000
    /// The time until the first trial with one more thread, and the longest.
    static let firstPause = 100_000_000
    static let longestPause = 1_600_000_000

    /// The most threads that may take part.
    let threads: Int
    /// The threads that take part.
    private(set) var active: Int

    private var inRegions = 0
    private var waited = 0
    private var pause = Self.firstPause
    private var nextTrial = 0
    private var quietWindows = 0

    /// All of `threads` take part at first.
    init(threads: Int) {
        self.threads = threads
        active = threads
    }

    /// Takes note of a region and decides on the next one's threads.
    mutating func record(_ region: Region) {
        if threads == 1 { return }
        inRegions += region.end - region.start
        // With few tasks a thread may end long before the last one although all computed.
        let usualTask = (region.alone - region.start) * active / region.tasks
        waited += max(0, region.end - region.alone - 2 * usualTask - Self.allowedWait)
        if inRegions >= Self.window { decide(at: region.end) }
    }

    private mutating func decide(at time: Int) {
        let isDelayed = waited * active > inRegions
        (inRegions, waited) = (0, 0)
        if isDelayed, active > 1 {
            active -= 1
            nextTrial = time + pause
            pause = min(2 * pause, Self.longestPause)
            quietWindows = 0
        } else if active < threads, time >= nextTrial {
            active += 1
            quietWindows = 0
        } else if active == threads {
            quietWindows += 1
            if quietWindows == 10 { pause = Self.firstPause }
        }
    }
}
