// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNThreads
import WRNWorkers

/// Runs a body for each worker of a group, each on a thread of its own, and waits for all of them;
/// one that throws ends the group.
///
/// - Returns: What the body returned or threw, in the order of the workers.
func onWorkers<Value: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (any WorkerGroup) throws -> Value
) throws -> [Result<Value, any Error>] {
    let outcomes = Locked<[Int: Result<Value, any Error>]>([:])
    let threads = LocalGroup(size: count).members.map { worker in
        SystemThread {
            let outcome = Result {
                do {
                    return try body(worker)
                } catch {
                    worker.abandon("\(error)")
                    throw error
                }
            }
            outcomes.withLock { $0[worker.rank] = outcome }
        }
    }
    for thread in threads { try #require(thread).join() }
    return try (0..<count).map { rank in try #require(outcomes.withLock { $0[rank] }) }
}
