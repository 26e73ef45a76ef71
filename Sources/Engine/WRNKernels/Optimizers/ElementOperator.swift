// SPDX-License-Identifier: Apache-2.0

/// What happens to every float of a block on its own, and the sum of their squares.
///
/// Without fused multiply-adds, so that the bits are those of any processor.
package struct ElementOperator {
    private let count: Int
    /// The floats of a task: sums are made task by task, whatever the threads.
    private static let chunk = 65_536

    /// Describes blocks of `count` floats.
    package init(count: Int) {
        self.count = count
    }

    private func run(
        in workspace: Workspace, _ body: (Int, Range<Int>) -> Void
    ) {
        workspace.pool.run(count: (count + Self.chunk - 1) / Self.chunk) { task, _ in
            let first = task * Self.chunk
            body(task, first..<min(first + Self.chunk, count))
        }
    }

    /// Moves each value of `means` towards that of `values`: `mean += share * (value - mean)`.
    package func average(
        _ means: UnsafeMutablePointer<Float>, towards values: UnsafePointer<Float>, share: Float,
        in workspace: Workspace
    ) {
        run(in: workspace) { _, range in
            for index in range { means[index] += share * (values[index] - means[index]) }
        }
    }

    /// Adds a multiple of each value: `sum += factor * value`, or `sum = factor * value` for the first.
    package func add(
        _ values: UnsafePointer<Float>, times factor: Float, to sums: UnsafeMutablePointer<Float>,
        isFirst: Bool, in workspace: Workspace
    ) {
        run(in: workspace) { _, range in
            if isFirst {
                for index in range { sums[index] = factor * values[index] }
            } else {
                for index in range { sums[index] += factor * values[index] }
            }
        }
    }

    /// Multiplies each value.
    package func scale(
        _ values: UnsafeMutablePointer<Float>, by factor: Float, in workspace: Workspace
    ) {
        run(in: workspace) { _, range in
            for index in range { values[index] *= factor }
        }
    }

    /// The sum of the squares, in double precision.
    package func squares(_ values: UnsafePointer<Float>, in workspace: Workspace) -> Double {
        let tasks = (count + Self.chunk - 1) / Self.chunk
        let partial = UnsafeMutablePointer<Double>.allocate(capacity: max(tasks, 1))
        defer { partial.deallocate() }
        run(in: workspace) { task, range in
            var sum = SIMD8<Double>.zero
            var index = range.lowerBound
            while index + 8 <= range.upperBound {
                let eight = SIMD8<Double>(
                    UnsafeRawPointer(values + index).loadUnaligned(as: SIMD8<Float>.self))
                sum += eight * eight
                index += 8
            }
            var rest = sum.sum()
            while index < range.upperBound {
                rest += Double(values[index]) * Double(values[index])
                index += 1
            }
            partial[task] = rest
        }
        return (0..<tasks).reduce(0) { $0 + partial[$1] }
    }
}
