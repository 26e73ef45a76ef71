// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNPlan
import WRNTensor
import WRNThreads
import WRNWorkers
import WRNZoo

@Suite("The benchmark of workers")
struct WorkerBenchmarkTests {
    @Test("all workers take as many steps, and have the first one's times")
    func agrees() throws {
        let graph = try WideResNet(name: "wrn-10-0.25").graph(height: 8, width: 8)
        let results = Locked<[WorkerBenchmark.Result]>([])
        let threads = try LocalGroup(size: 2).members.map { worker in
            try #require(
                SystemThread {
                    let tensors = Dictionary(
                        uniqueKeysWithValues: graph.parameters.map { parameter in
                            (
                                parameter.name,
                                Tensor(
                                    shape: parameter.shape,
                                    elements: Array(
                                        repeating: 0.5, count: parameter.shape.elementCount))
                            )
                        })
                    let result = Result {
                        try WorkerBenchmark(
                            graph: graph, tensors: tensors, batch: 8, shards: 4, group: worker,
                            options: ExecutionOptions(threads: 1)
                        ).measure(BenchmarkSchedule(repeats: 3))
                    }
                    if let result = try? result.get() { results.withLock { $0.append(result) } }
                })
        }
        for thread in threads { thread.join() }
        let (first, second) = try results.withLock { results in
            try #require(results.count == 2)
            return (results[0], results[1])
        }
        #expect((first.workers, first.shards) == (2, 4))
        #expect(first.runSeconds.count == 3)
        #expect(first.runSeconds == second.runSeconds)
        #expect(first.singleSeconds == second.singleSeconds)
    }
}
