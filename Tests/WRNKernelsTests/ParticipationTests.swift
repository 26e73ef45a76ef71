// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNKernels

/// The rule by which threads take part, with made-up times.
@Suite("A pool's threads beside other programs")
struct ParticipationTests {
    /// A program of regions of a millisecond, of which some wait longer for one thread.
    private struct Regions {
        var participation: Participation
        var time = 1_000_000_000

        init(threads: Int) {
            participation = Participation(threads: threads)
        }

        /// Runs regions of 100 tasks for so many milliseconds, each of which waits for its last
        /// thread for `wait` milliseconds; all threads have tasks, or so many beside the caller.
        mutating func run(milliseconds: Int, wait: Int, helpers: Int? = nil) {
            let end = time + milliseconds * 1_000_000
            while time < end {
                let alone = time + 1_000_000
                let last = alone + 20_000 + wait * 1_000_000
                participation.record(
                    Participation.Region(
                        tasks: 100, helpers: helpers ?? participation.active - 1, start: time,
                        alone: alone, end: last))
                time = last
            }
        }
    }

    @Test("all take part where regions wait for nobody", arguments: [1, 2, 3, 8])
    func undisturbed(threads: Int) {
        var regions = Regions(threads: threads)
        regions.run(milliseconds: 5000, wait: 0)
        #expect(regions.participation.active == threads)
    }

    @Test("one is paused where waiting costs more than it gains")
    func delayed() {
        var two = Regions(threads: 2)
        two.run(milliseconds: 30, wait: 3)
        #expect(two.participation.active == 1)
        // Three threads that wait for half of the time are worth less than two.
        var three = Regions(threads: 3)
        three.run(milliseconds: 30, wait: 1)
        #expect(three.participation.active == 2)
    }

    @Test("one is paused where most come too late for any task")
    func late() {
        var two = Regions(threads: 2)
        two.run(milliseconds: 30, wait: 0, helpers: 0)
        #expect(two.participation.active == 1)
        // Of seven a few may be late.
        var few = Regions(threads: 8)
        few.run(milliseconds: 1000, wait: 0, helpers: 5)
        #expect(few.participation.active == 8)
        var most = Regions(threads: 8)
        most.run(milliseconds: 30, wait: 0, helpers: 2)
        #expect(most.participation.active == 7)
    }

    @Test("regions of few tasks need few threads")
    func fewHelpers() {
        var participation = Participation(threads: 8)
        for index in 0..<1000 {
            let start = index * 1_000_000
            participation.record(
                Participation.Region(
                    tasks: 2, helpers: 1, start: start, alone: start + 900_000,
                    end: start + 1_000_000))
        }
        #expect(participation.active == 8)
    }

    @Test("all go on where waiting costs less than one of them gains")
    func worthIt() {
        var regions = Regions(threads: 2)
        // A third of a region: two threads are still worth 1.3.
        for _ in 0..<1000 {
            regions.run(milliseconds: 1, wait: 0)
            regions.run(milliseconds: 1, wait: 1)
        }
        #expect(regions.participation.active == 2)
    }

    @Test("few tasks are no waiting: the last one is as long as the others")
    func fewTasks() {
        var participation = Participation(threads: 2)
        for index in 0..<1000 {
            let start = index * 3_000_000
            // Three tasks of a millisecond: one thread computes two of them.
            participation.record(
                Participation.Region(
                    tasks: 3, helpers: 1, start: start, alone: start + 1_000_000,
                    end: start + 2_000_000))
        }
        #expect(participation.active == 2)
    }

    @Test("it is tried again with all, ever more seldom while that fails")
    func trials() {
        var regions = Regions(threads: 2)
        var trials: [Int] = []
        regions.run(milliseconds: 30, wait: 3)
        for _ in 0..<2_000 where trials.count < 4 {
            let before = regions.participation.active
            // A single thread waits for nobody; two of them would.
            regions.run(milliseconds: 1, wait: before == 1 ? 0 : 3)
            if before == 1, regions.participation.active == 2 {
                trials.append(regions.time / 1_000_000)
            }
        }
        let pauses = zip(trials, trials.dropFirst()).map { $1 - $0 }
        #expect(trials.count == 4)
        #expect(pauses == pauses.sorted() && pauses[2] > 2 * pauses[0])
    }

    @Test("all take part again when the other program has ended")
    func recovers() {
        var regions = Regions(threads: 4)
        regions.run(milliseconds: 70, wait: 10)
        #expect(regions.participation.active == 1)
        regions.run(milliseconds: 10_000, wait: 0)
        #expect(regions.participation.active == 4)
        // And what delays now and then costs short pauses only.
        for _ in 0..<20 {
            regions.run(milliseconds: 30, wait: 10)
            regions.run(milliseconds: 200, wait: 0)
        }
        #expect(regions.participation.active == 4)
    }
}
