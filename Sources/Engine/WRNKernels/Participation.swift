// SPDX-License-Identifier: Apache-2.0

/// The number of a pool's threads that take part in its regions, from how many came to the last
/// ones in time.
///
/// Where another program is busy on one of the cores, a thread that gets it too seldom does none of
/// the tasks, but takes time from the others as it looks for them, and delays them when it loses
/// the core in the middle of one. When more than half of the threads beside the caller come too
/// late, one of them is paused, and the system can give each of the others a core of its own. After
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
        let end: Int
    }

    /// Decisions are made after so long in regions: several slices of a core.
    static let window = 20_000_000
    /// The time until the first trial with one more thread, and the longest.
    static let firstPause = 20_000_000
    static let longestPause = 320_000_000

    /// The most threads that may take part.
    let threads: Int
    /// The threads that take part.
    private(set) var active: Int

    private var inRegions = 0
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
        if inRegions >= Self.window { decide(at: region.end) }
    }

    private mutating func decide(at time: Int) {
        let isLate = 2 * helped < expected
        (inRegions, expected, helped) = (0, 0, 0)
        if isLate {
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
