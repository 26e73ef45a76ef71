// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import WRNKernels

@Suite("The tasks of a region")
struct TaskSharesTests {
    @Test("are neighbours in each share, front first for its owner, back first for others")
    func order() {
        let shares = TaskShares(threads: 3)
        shares.divide(10, among: 3, region: 1)
        #expect(shares.claim(from: 0, first: true) == 0)
        #expect(shares.claim(from: 0, first: true) == 1)
        #expect(shares.claim(from: 1, first: true) == 3)
        #expect(shares.claim(from: 1, first: false) == 5)
        #expect(shares.claim(from: 1, first: false) == 4)
        #expect(shares.claim(from: 1, first: true) == nil)
        #expect(shares.claim(from: 2, first: false) == 9)
        #expect(shares.claim(from: 2, first: true) == 6)
    }

    @Test("are all there once", arguments: [1, 2, 3, 7, 1000])
    func complete(count: Int) {
        let shares = TaskShares(threads: 4)
        for region in 1...3 {
            for threads in 1...4 {
                shares.divide(count, among: threads, region: UInt64(region * 4 + threads))
                var tasks: [Int] = []
                for thread in 0..<4 {
                    while let task = shares.claim(from: thread, first: tasks.count % 2 == 0) {
                        tasks.append(task)
                    }
                }
                #expect(tasks.sorted() == Array(0..<count))
            }
        }
    }
}
