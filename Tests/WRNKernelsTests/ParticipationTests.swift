// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNKernels

/// The rule by which threads take part, with made-up times.
@Suite("A pool's threads beside other programs")
struct ParticipationTests {
    /// Regions of a millisecond.
    private struct Regions {
        var participation: Participation
        var time = 1_000_000_000

        init(threads: Int) {
            participation = Participation(threads: threads)
        }

        /// Runs regions for so many milliseconds, to which so many threads beside the caller come
        /// in time; nil for all that take part.
        mutating func run(milliseconds: Int, tasks: Int = 100, helpers: Int? = nil) {
            for _ in 0..<milliseconds {
                let most = min(participation.active, tasks) - 1
                participation.record(
                    Participation.Region(
                        tasks: tasks, helpers: min(helpers ?? most, most), start: time,
                        end: time + 1_000_000))
                time += 1_000_000
            }
        }
    }

    @Test("all take part where all come in time", arguments: [1, 2, 3, 8])
    func undisturbed(threads: Int) {
        var regions = Regions(threads: threads)
        regions.run(milliseconds: 5000)
        #expect(regions.participation.active == threads)
    }

    @Test("one is paused where most come too late for any task")
    func late() {
        var two = Regions(threads: 2)
        two.run(milliseconds: 20, helpers: 0)
        #expect(two.participation.active == 1)
        // Of seven a few may be late.
        var few = Regions(threads: 8)
        few.run(milliseconds: 1000, helpers: 5)
        #expect(few.participation.active == 8)
        var most = Regions(threads: 8)
        most.run(milliseconds: 20, helpers: 2)
        #expect(most.participation.active == 7)
    }

    @Test("short regions weigh little: only the long ones' helpers count")
    func weights() {
        var participation = Participation(threads: 2)
        for index in 0..<1000 {
            let start = index * 1_000_000
            // Three of four regions are over before another thread comes.
            for part in 0..<3 {
                participation.record(
                    Participation.Region(
                        tasks: 8, helpers: 0, start: start + part * 1000,
                        end: start + (part + 1) * 1000))
            }
            participation.record(
                Participation.Region(
                    tasks: 8, helpers: 1, start: start + 3000, end: start + 1_000_000))
        }
        #expect(participation.active == 2)
    }

    @Test("regions of few tasks need few threads")
    func fewTasks() {
        var regions = Regions(threads: 8)
        regions.run(milliseconds: 1000, tasks: 2)
        #expect(regions.participation.active == 8)
    }

    @Test("it is tried again with all, ever more seldom while that fails")
    func trials() {
        var regions = Regions(threads: 2)
        var trials: [Int] = []
        for _ in 0..<2000 {
            let before = regions.participation.active
            regions.run(milliseconds: 1, helpers: 0)
            if before == 1, regions.participation.active == 2 {
                trials.append(regions.time / 1_000_000)
            }
        }
        let pauses = zip(trials, trials.dropFirst()).map { $1 - $0 }
        #expect(pauses.count > 4)
        #expect(pauses == pauses.sorted())
        #expect(pauses[3] > 3 * pauses[0])
        // A trial now and then is all that remains of the second thread.
        #expect((pauses.last ?? 0) > 300)
    }

    @Test("all take part again soon after the other program has ended")
    func recovers() {
        var regions = Regions(threads: 4)
        regions.run(milliseconds: 2000, helpers: 0)
        #expect(regions.participation.active < 3)
        regions.run(milliseconds: 500)
        #expect(regions.participation.active == 4)
        // What disturbs now and then costs short pauses only.
        for _ in 0..<20 {
            regions.run(milliseconds: 40, helpers: 0)
            #expect(regions.participation.active < 4)
            regions.run(milliseconds: 100)
            #expect(regions.participation.active == 4)
        }
    }
}
