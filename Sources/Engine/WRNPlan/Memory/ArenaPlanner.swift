// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// A plan of places in one block of memory for buffers, of which those in use at the same time do
/// not overlap.
///
/// The largest buffer is placed first, each at the lowest offset that is free for as long as it
/// lives (Pisarchyk & Lee 2020, "Efficient Memory Management for Deep Neural Net Inference",
/// section 4.3).
package struct ArenaPlanner: Sendable {
    /// A buffer's size and the first and the last step that use it.
    package struct Request {
        let byteCount: Int
        let firstStep: Int
        let lastStep: Int

        package init(byteCount: Int, life: ClosedRange<Int>) {
            self.byteCount = byteCount
            firstStep = life.lowerBound
            lastStep = life.upperBound
        }
    }

    /// The start of each buffer, in bytes.
    package let offsets: [Int]
    /// The size of the whole arena in bytes.
    package let byteCount: Int

    package init(_ requests: [Request]) {
        var offsets = [Int](repeating: 0, count: requests.count)
        var end = 0
        var placed: [(request: Request, offset: Int)] = []  // by offset
        let order = requests.indices.sorted {
            (requests[$0].byteCount, $1) > (requests[$1].byteCount, $0)
        }
        for index in order {
            let request = requests[index]
            var offset = 0
            for other in placed
            where other.request.firstStep <= request.lastStep
                && request.firstStep <= other.request.lastStep
            {
                if offset + request.byteCount <= other.offset { break }
                offset = max(offset, Self.aligned(other.offset + other.request.byteCount))
            }
            offsets[index] = offset
            end = max(end, offset + request.byteCount)
            let position = placed.firstIndex { $0.offset > offset } ?? placed.endIndex
            placed.insert((request, offset), at: position)
        }
        self.offsets = offsets
        byteCount = end
    }

    private static func aligned(_ byteCount: Int) -> Int {
        (byteCount + AlignedMemory.alignment - 1) / AlignedMemory.alignment
            * AlignedMemory.alignment
    }
}

extension Program {
    /// The first and the last step that use each buffer, by the buffers' numbers.
    ///
    /// - Parameter keepsOutput: Whether the results are read after the last step.
    package func lifetimes(keepsOutput: Bool) -> [ClosedRange<Int>] {
        var first = [Int?](repeating: nil, count: buffers.count)
        var last = [Int](repeating: 0, count: buffers.count)
        for (index, step) in steps.enumerated() {
            for buffer in step.buffers(in: self) {
                first[buffer.index] = first[buffer.index] ?? index
                last[buffer.index] = index
            }
        }
        first[input.index] = 0
        if keepsOutput { for result in [output] + kept { last[result.index] = steps.count } }
        return buffers.indices.map { index in
            let start = first[index] ?? 0
            return start...max(last[index], start)
        }
    }
}
