// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNKernels
import WRNPlan
import WRNRandom
import WRNTensor

@testable import WRNEngine

/// Sums, multiples and averages of blocks against plain loops, on either side of the bounds of
/// tasks.
@Suite("Floats one by one")
struct ElementOperatorTests {
    private static let counts = [0, 1, 7, 8, 16, 65_535, 65_536, 65_537, 200_003]

    private static func values(_ count: Int, item: Int) -> [Float] {
        let random = RandomStream(seed: 2, purpose: .initialization, item: item)
        return (0..<count).map { Float(random.uniform(at: $0) - 0.5) }
    }

    private static func workspace(threads: Int) throws -> Workspace {
        let (kernels, pool) = try ExecutionOptions(threads: threads).workspaceParts()
        return Workspace(kernels: kernels, pool: pool, scratch: Workspace.Scratch())
    }

    /// What `body` makes of the first of two blocks, which nothing beyond their end may change.
    private static func changed(
        _ count: Int, _ body: (UnsafeMutablePointer<Float>, UnsafePointer<Float>) -> Void
    ) -> [Float] {
        let (first, second) = (
            AlignedMemory(floatCount: count + 1), AlignedMemory(floatCount: count + 1)
        )
        for (index, value) in values(count, item: 0).enumerated() { first.floats[index] = value }
        for (index, value) in values(count, item: 1).enumerated() { second.floats[index] = value }
        first.floats[count] = 42
        body(first.floats, UnsafePointer(second.floats))
        #expect(first.floats[count] == 42)
        return (0..<count).map { first.floats[$0] }
    }

    @Test("have the bits of a loop, on any number of threads", arguments: counts, [1, 3])
    func loops(count: Int, threads: Int) throws {
        let workspace = try Self.workspace(threads: threads)
        let elements = ElementOperator(count: count)
        let (a, b) = (Self.values(count, item: 0), Self.values(count, item: 1))
        #expect(
            Self.changed(count) { elements.average($0, towards: $1, share: 0.3, in: workspace) }
                == zip(a, b).map { $0 + 0.3 * ($1 - $0) })
        #expect(
            Self.changed(count) { block, _ in elements.scale(block, by: 0.7, in: workspace) }
                == a.map { $0 * 0.7 }
        )
        #expect(
            Self.changed(count) { block, _ in elements.divide(block, by: 0.7, in: workspace) }
                == a.map { $0 / 0.7 })
        let copy = AlignedMemory(floatCount: count + 1)
        let joined = zip(a, b).map { $0 * 0.3 + $1 + $1 }
        #expect(
            Self.changed(count) { block, sum in
                elements.join(
                    block, times: 0.3, with: [sum, sum], copyingTo: copy.floats, in: workspace)
            } == joined)
        #expect((0..<count).map { copy.floats[$0] } == joined)
        #expect(
            Self.changed(count) { block, _ in
                elements.join(block, times: 0.3, with: [], copyingTo: nil, in: workspace)
            } == a.map { $0 * 0.3 })
    }

    @Test("add their squares to the same number on any number of threads", arguments: counts)
    func squares(count: Int) throws {
        let values = Self.values(count, item: 0)
        let expected = values.reduce(0.0) { $0 + Double($1) * Double($1) }
        let sums = try [1, 2, 5].map { threads in
            let workspace = try Self.workspace(threads: threads)
            var sum = 0.0
            _ = Self.changed(count) { first, _ in
                sum = ElementOperator(count: count).squares(first, in: workspace)
            }
            return sum
        }
        #expect(Set(sums).count == 1)
        #expect(abs(sums[0] - expected) <= 1e-12 * max(expected, 1))
    }
}
