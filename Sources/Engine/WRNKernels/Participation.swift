// SPDX-License-Identifier: Apache-2.0

/// The number of a pool's threads that take part in its regions, from what became of the last ones.
///
/// Where other programs use the cores, too, more threads may be slower than fewer:
///
/// 1. A thread that loses its core in the middle of a task delays the region: the others run out of
///    tasks and wait until it gets a core again, which takes milliseconds. Where `n` threads wait
///    for one of them for a share `w` of the time, they compute at the rate of at most
///    `n * (1 - w)` threads. When that is less than `n - 1`, one is too many.
/// 2. A thread that gets a core too seldom does none of the tasks, but takes time from the others
///    as it looks for them. When more than half of the threads beside the caller come too late, one
///    is too many.
///
/// Then one of them is paused, and the system can give each of the others a core of its own. After
/// a while it is tried again with one more; a trial that fails at once is repeated after twice the
/// time, so that trials cost little.
///
/// This decides who computes, and never what: a region has the same results on any number of
/// threads.
struct Participation {
    /// The course of a region; times are nanoseconds of one clock.
    struct Region {
        /// The number of its tasks.
        let tasks: Int
        /// The threads beside the caller that had tasks.
        let helpers: Int
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
    static let firstPause = 20_000_000
    static let longestPause = 1_600_000_000

    /// The most threads that may take part.
    let threads: Int
    /// The threads that take part.
    private(set) var active: Int

    private var inRegions = 0
    private var waited = 0
    /// The threads beside the caller that regions have tasks for, and those that came, each with
    /// the region's time.
    private var expected = 0
    private var helped = 0
    private var pause = Self.firstPause
    private var nextTrial = 0
    /// Whether the next decision is the first one after a thread was added.
    private var isTrial = false

    /// All of `threads` take part at first.
    init(threads: Int) {
        self.threads = threads
        active = threads
    }

    /// Takes note of a region and decides on the next one's threads.
    mutating func record(_ region: Region) {
        if threads == 1 { return }
        let time = region.end - region.start
        inRegions += time
        expected += (min(active, region.tasks) - 1) * time
        helped += region.helpers * time
        // With few tasks a thread may end long before the last one although all computed.
        let usualTask = (region.alone - region.start) * active / region.tasks
        waited += max(0, region.end - region.alone - 2 * usualTask - Self.allowedWait)
        if inRegions >= Self.window { decide(at: region.end) }
    }

    private mutating func decide(at time: Int) {
        let isTooMany = waited * active > inRegions || 2 * helped < expected
        (inRegions, waited, expected, helped) = (0, 0, 0, 0)
        if isTooMany, active > 1 {
            pause = isTrial ? min(2 * pause, Self.longestPause) : Self.firstPause
            active -= 1
            nextTrial = time + pause
            isTrial = false
        } else if active < threads, time >= nextTrial {
            active += 1
            isTrial = true
        } else {
            isTrial = false
        }
    }
}
