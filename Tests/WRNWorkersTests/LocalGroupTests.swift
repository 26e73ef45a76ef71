// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNText
import WRNThreads
import WRNWorkers

@Suite("Workers as threads of one process")
struct LocalGroupTests {
    @Test("a sum is the fixed tree, the same bits for every worker", arguments: [1, 2, 4, 8])
    func sums(size: Int) throws {
        let count = 97
        let all = (0..<size).map { values(of: $0, count: count) }
        let expected = (0..<count).map { index in tree(all.map { $0[index] }[...]) }
        for result in try results(
            of: LocalGroup(size: size).members,
            { worker throws(WorkerError) in
                var (first, second) = (
                    values(of: worker.rank, count: count),
                    values(of: worker.rank, count: count)
                )
                try worker.sumNow(&first)
                try worker.sumNow(&second)
                var counts = [Double(worker.rank), 1]
                try worker.sum(&counts)
                return (first, second, counts)
            })
        {
            let (first, second, counts) = try result.get()
            #expect(first.map(\.bitPattern) == expected.map(\.bitPattern))
            #expect(second.map(\.bitPattern) == expected.map(\.bitPattern))
            #expect(counts == [Double(size * (size - 1) / 2), Double(size)])
        }
    }

    @Test("a sum begins with the values at that moment, several are in flight at once")
    func takesValuesAtTheBeginning() throws {
        for result in try results(
            of: LocalGroup(size: 2).members,
            { worker throws(WorkerError) in
                let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: 6)
                defer { memory.deallocate() }
                memory.initialize(repeating: Float(worker.rank + 1))
                try worker.beginSum(.init(rebasing: memory[0..<2]))
                try worker.beginSum(.init(rebasing: memory[2..<2]))
                try worker.beginSum(.init(rebasing: memory[2..<6]))
                memory[5] = 100
                try worker.finishSums()
                return Array(memory)
            })
        {
            #expect(try result.get() == [3, 3, 3, 3, 3, 3])
        }
    }

    @Test("bytes come from the first worker, or from all in order")
    func bytes() throws {
        for result in try results(
            of: LocalGroup(size: 4).members,
            { worker throws(WorkerError) in
                var bytes = [UInt8](repeating: UInt8(worker.rank), count: worker.rank + 1)
                let all = try worker.gather(bytes)
                try worker.broadcast(&bytes)
                return (all, bytes)
            })
        {
            let (all, bytes) = try result.get()
            #expect(all == [[0], [1, 1], [2, 2, 2], [3, 3, 3, 3]])
            #expect(bytes == [0])
        }
    }

    @Test("a worker that gives up releases those that wait for it, with its sentence")
    func abandons() throws {
        let results = try results(of: LocalGroup(size: 4).members) { worker throws(WorkerError) in
            if worker.rank == 2 { return worker.abandon("the disk is full") }
            var counts = [1.0]
            try worker.sum(&counts)
        }
        for (rank, result) in results.enumerated() where rank != 2 {
            let error = #expect(throws: WorkerError.self) { try result.get() }
            #expect(error?.errorCode == "workers.lost")
            #expect(error?.message == "worker 2: the disk is full")
        }
    }

    @Test("workers at different steps are refused")
    func differentSteps() throws {
        let results = try results(of: LocalGroup(size: 2).members) { worker throws(WorkerError) in
            var values = [Float](repeating: 1, count: 3 + worker.rank)
            try worker.sumNow(&values)
        }
        for result in results {
            let error = #expect(throws: WorkerError.self) { try result.get() }
            #expect(error?.code == .mismatch)
            #expect(
                error?.message.contains("worker 0: a sum of 3 values, worker 1: a sum of 4 values")
                    == true)
        }
    }

    @Test("the parts of a sequence are contiguous, and their counts differ by one at most")
    func shares() {
        for size in [1, 2, 8] {
            for count in [0, 1, 7, 64] {
                let parts = LocalGroup(size: size).members.map { $0.share(of: count) }
                #expect(parts.flatMap(\.self) == Array(0..<count))
                let counts = parts.map(\.count)
                #expect((counts.max() ?? 0) - (counts.min() ?? 0) <= 1)
            }
        }
    }

    @Test("a worker alone keeps its values")
    func solo() throws {
        let worker = SoloWorker()
        var values: [Float] = [1, 2]
        try worker.sumNow(&values)
        var bytes: [UInt8] = [3]
        try worker.broadcast(&bytes)
        #expect(values == [1, 2])
        #expect(bytes == [3])
        #expect(try worker.gather([4]) == [[4]])
        #expect(worker.share(of: 5) == 0..<5)
    }
}
