// SPDX-License-Identifier: Apache-2.0

import CPeak
import Dispatch

/// Multiplies and adds in registers on every thread: what the processor could do at best, at this
/// moment.
struct Peak: Work {
    private let threads: Int
    private let rounds: Int64 = 250_000

    init(_ arguments: Arguments) throws { threads = try arguments.integer("threads") }

    func step() {
        let rounds = rounds
        DispatchQueue.concurrentPerform(iterations: threads) { _ in
            let sum = peak_run(rounds)
            precondition(sum.isFinite, "the chains converge to 1 each")
        }
    }

    var facts: [String: Double] {
        ["operations": 2 * Double(rounds * peak_multiply_adds_per_round()) * Double(threads)]
    }

    func logits() -> [Float]? { nil }
}
