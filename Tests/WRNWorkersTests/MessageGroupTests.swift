// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNText
import WRNThreads

@testable import WRNWorkers

@Suite("Workers that exchange messages")
struct MessageGroupTests {
    /// Joins a worker to a network of tests; reports are collected.
    private static func join(
        _ rank: Int, _ network: TestNetwork, timeout: Duration = .seconds(60),
        reports: Locked<[String]> = Locked([])
    ) throws(WorkerError) -> MessageGroup {
        try MessageGroup(
            timeout: timeout, pieceCount: 64,
            report: { text in reports.withLock { $0.append(text) } },
            makePort: { () throws(WorkerError) in network.port(rank) })
    }

    @Test(
        "give the bits of workers that are threads, for counts that halves do not divide",
        arguments: [1, 2, 4, 8])
    func bits(size: Int) throws {
        let counts = [0, 1, 3, 97, 700]
        let work: @Sendable (any WorkerGroup) throws(WorkerError) -> [[UInt32]] = {
            worker throws(WorkerError) in
            var memories: [UnsafeMutableBufferPointer<Float>] = []
            defer { for memory in memories { memory.deallocate() } }
            for count in counts {
                let memory = UnsafeMutableBufferPointer<Float>.allocate(capacity: count)
                _ = memory.initialize(from: values(of: worker.rank, count: count))
                memories.append(memory)
                try worker.beginSum(memory)
            }
            var counted = [Double(worker.rank) * 0.1, 1]
            try worker.sum(&counted)
            var bytes = [UInt8](repeating: UInt8(worker.rank), count: worker.rank * 3)
            let all = try worker.gather(bytes)
            try worker.broadcast(&bytes)
            try worker.finishSums()
            try worker.leave()
            return memories.map { $0.map(\.bitPattern) }
                + [counted.flatMap { [UInt32(truncatingIfNeeded: $0.bitPattern)] }]
                + all.map { $0.map(UInt32.init) } + [bytes.map(UInt32.init)]
        }
        let expected = try results(of: LocalGroup(size: size).members, work).map { try $0.get() }
        let network = TestNetwork(size: size)
        let found = try outcomes(count: size) { rank throws(WorkerError) in
            try work(try Self.join(rank, network))
        }
        for (rank, result) in found.enumerated() {
            let result = try result.get()
            #expect(result == expected[rank], "worker \(rank)")
        }
    }

    @Test("each value is sent twice, but for the part that a worker adds itself")
    func traffic() throws {
        let network = TestNetwork(size: 4)
        let found = try outcomes(count: 4) { rank throws(WorkerError) in
            let worker = try Self.join(rank, network)
            var sum = [Float](repeating: 1, count: 1000)
            try worker.sumNow(&sum)
            try worker.leave()
            return worker.traffic
        }
        for result in found {
            let traffic = try result.get()
            #expect(traffic.bytesSent == 6000)
            #expect(traffic.bytesReceived == 6000)
            #expect(traffic.waited > .zero)
        }
    }

    @Test("another number than a power of two is refused by all")
    func threeWorkers() throws {
        let network = TestNetwork(size: 3)
        for result in try outcomes(
            count: 3, { rank throws(WorkerError) in _ = try Self.join(rank, network) })
        {
            let error = #expect(throws: WorkerError.self) { try result.get() }
            #expect(error?.code == .invalidCount)
        }
    }

    @Test("a worker that stands still is named, once", arguments: [0, 2])
    func paused(silent: Int) throws {
        let network = TestNetwork(size: 4)
        let reports = Locked<[String]>([])
        let found = try outcomes(count: 4) { rank throws(WorkerError) in
            let worker = try Self.join(
                rank, network, timeout: .seconds(5), reports: reports)
            var sum = [Float](repeating: 1, count: 8)
            try worker.sumNow(&sum)
            if rank == silent { network.pause(rank) }
            try worker.sumNow(&sum)
        }
        for result in found {
            #expect(throws: WorkerError.self) { try result.get() }
        }
        let shown = reports.withLock { $0 }
        #expect(shown.count == 1)
        #expect(
            shown.first?.hasPrefix(
                "worker \(silent) on host\(silent) has not been heard for 5 seconds") == true)
    }

    @Test("a worker that gives up ends the others, and the first one says why")
    func abandons() throws {
        let network = TestNetwork(size: 4)
        let reports = Locked<[String]>([])
        let found = try outcomes(count: 4) { rank throws(WorkerError) in
            let worker = try Self.join(rank, network, reports: reports)
            if rank == 2 { return worker.abandon("the disk is full") }
            var counts = [1.0]
            try worker.sum(&counts)
        }
        for (rank, result) in found.enumerated() where rank != 2 {
            #expect(throws: WorkerError.self) { try result.get() }
        }
        #expect(reports.withLock { $0 } == ["worker 2 on host2: the disk is full"])
    }

    @Test("a worker that is let go without taking leave ends the others, too")
    func isReleased() throws {
        let network = TestNetwork(size: 2)
        let reports = Locked<[String]>([])
        let found = try outcomes(count: 2) { rank throws(WorkerError) in
            let worker = try Self.join(rank, network, reports: reports)
            if rank == 1 { return }
            var counts = [1.0]
            try worker.sum(&counts)
        }
        #expect(throws: WorkerError.self) { try found[0].get() }
        #expect(
            reports.withLock { $0 } == ["worker 1 on host1 has ended without taking leave"])
    }

    @Test("workers at different steps are refused")
    func differentSteps() throws {
        let network = TestNetwork(size: 2)
        let reports = Locked<[String]>([])
        let found = try outcomes(count: 2) { rank throws(WorkerError) in
            let worker = try Self.join(rank, network, reports: reports)
            var sum = [Float](repeating: 1, count: 8 - 2 * rank)
            try worker.sumNow(&sum)
        }
        for result in found {
            #expect(throws: WorkerError.self) { try result.get() }
        }
        #expect(reports.withLock { $0 }.count == 1)
    }
}

@Suite("What the communicating thread does at a look")
struct CommunicatorTests {
    /// The time of a test, which goes on only as the test says.
    private final class Time: @unchecked Sendable {
        var now = ContinuousClock.now
    }

    private static func communicator(
        _ rank: Int, _ network: TestNetwork, time: @escaping () -> ContinuousClock.Instant
    ) throws(JobEnd) -> Communicator {
        let communicator = Communicator(
            network.port(rank), state: Awaited(MessageGroup.State()), timeout: .milliseconds(800),
            pieceCount: 64, report: { Issue.record("\($0)") }, time: time)
        try communicator.beginListening()
        return communicator
    }

    @Test("the signs of many workers are all taken, where one takes one message")
    func manySigns() throws {
        let time = Time()
        let network = TestNetwork(size: 16, takesOne: true)
        let workers = try (0..<16).map { try Self.communicator($0, network) { time.now } }
        // Rests between looks are of 50 ms; within the time-out, one message each is too few.
        for _ in 0..<60 {
            time.now += .milliseconds(50)
            for worker in workers { #expect(try worker.communicate() == .rest) }
        }
    }

    @Test("a worker sends its signs in time, while others' messages do not end")
    func ownSigns() throws {
        let time = Time()
        let network = TestNetwork(size: 2, takesOne: true)
        let worker = try Self.communicator(0, network) {
            time.now += .milliseconds(1)
            return time.now
        }
        let start = time.now
        let other = network.port(1)
        let sign = [UInt8](repeating: 0, count: 8)
        try sign.withUnsafeBytes { bytes in
            for _ in 0..<5000 { _ = try other.send(bytes, to: 0, tag: 1) }
        }
        for _ in 0..<6 { _ = try worker.communicate() }
        #expect(network.count(from: 0, to: 1, tag: 1) >= 3)
        #expect(network.count(from: 1, to: 0, tag: 1) > 4000)
        #expect(time.now < start + .milliseconds(800))
    }
}

@Suite("The exchanges of a sum")
struct SumScheduleTests {
    @Test("partners send what the other receives, and each value is added by one worker")
    func partners() {
        for (size, count) in [(1, 5), (2, 5), (4, 10), (8, 3), (8, 1000), (64, 100)] {
            let schedules = (0..<size).map {
                SumSchedule(rank: $0, size: size, count: count).exchanges
            }
            var adders = [Int](repeating: 0, count: count)
            for (rank, exchanges) in schedules.enumerated() {
                for (step, exchange) in exchanges.enumerated() {
                    let other = schedules[exchange.partner][step]
                    #expect(other.partner == rank)
                    #expect(other.sent == exchange.received)
                    #expect(other.adds == exchange.adds)
                }
                let last = exchanges.last { $0.adds }
                for index in last?.received ?? 0..<count { adders[index] += 1 }
            }
            #expect(adders.allSatisfy { $0 == 1 })
        }
    }
}

@Suite("The watch over other workers")
struct PeerWatchTests {
    private let start = ContinuousClock.now

    private func watch(_ size: Int = 4) -> PeerWatch {
        PeerWatch(rank: 1, size: size, timeout: .seconds(10), now: start)
    }

    @Test("finds the worker that is silent for longest, not before the time-out")
    func silent() {
        var watch = watch()
        watch.hear(0, now: start + .seconds(9))
        watch.hear(2, now: start + .seconds(3))
        #expect(watch.finding(calls: nil, now: start + .seconds(10)) == nil)
        #expect(
            watch.finding(calls: nil, now: start + .seconds(15))
                == .init(rank: 3, isSilent: true))
        watch.leave(3)
        #expect(
            watch.finding(calls: nil, now: start + .seconds(15))
                == .init(rank: 2, isSilent: true))
        #expect(watch.reporter(lost: 3, now: start + .seconds(10)) == 0)
        #expect(watch.reporter(lost: 0, now: start + .seconds(10)) == 1)
    }

    @Test("blames no other worker for the time in which this one was stopped")
    func stoppedItself() {
        var watch = watch()
        watch.look(now: start + .seconds(4))
        watch.look(now: start + .seconds(30))
        #expect(watch.finding(calls: nil, now: start + .seconds(31)) == nil)
        for second in 31..<45 { watch.look(now: start + .seconds(second)) }
        #expect(watch.finding(calls: nil, now: start + .seconds(45)) != nil)
    }

    @Test("finds the worker that is heard and late, after ten times as long, while one waits")
    func late() {
        var watch = watch()
        let end = start + .seconds(101)
        for peer in [0, 2, 3] {
            watch.hear(peer, now: end)
            watch.note(peer, calls: peer == 2 ? 4 : 5)
        }
        #expect(watch.finding(calls: nil, now: end) == nil)
        #expect(watch.finding(calls: 5, now: end) == .init(rank: 2, isSilent: false))
        // The others find this worker, where it is the last.
        #expect(watch.finding(calls: 3, now: end) == nil)
        watch.progress(now: start + .seconds(50))
        #expect(watch.finding(calls: 5, now: end) == nil)
    }
}
