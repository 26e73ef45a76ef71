// SPDX-License-Identifier: Apache-2.0

/// The scaling of normalised images to fewer pixels, each of which becomes a mean of its
/// surroundings.
///
/// The weights fall in a straight line from the centre to the neighbouring pixels' centres, as in
/// Pillow's bilinear filter and PyTorch's `interpolate` with `antialias`; the numbers are not
/// rounded to bytes.
struct ImageScaling: Sendable {
    private let rows: Axis
    private let columns: Axis
    private let channels: Int

    /// - Precondition: All extents are 1 or more.
    init(
        from input: (height: Int, width: Int), to output: (height: Int, width: Int), channels: Int
    ) {
        rows = Axis(inputs: input.height, outputs: output.height)
        columns = Axis(inputs: input.width, outputs: output.width)
        self.channels = channels
    }

    /// The floats of an image after it.
    var outputCount: Int { rows.outputs * columns.outputs * channels }

    /// The images, HWC and one after the other, in their new size.
    func scaled(_ images: [Float], count: Int) -> [Float] {
        let inputCount = rows.inputs * columns.inputs * channels
        precondition(images.count == count * inputCount, "the images have another size")
        return [Float](unsafeUninitializedCapacity: count * outputCount) { output, filled in
            filled = count * outputCount
            images.withUnsafeBufferPointer { input in
                withUnsafeTemporaryAllocation(
                    of: Float.self, capacity: rows.inputs * columns.outputs * channels
                ) { narrow in
                    guard let input = input.baseAddress, let output = output.baseAddress,
                        let narrow = narrow.baseAddress
                    else { return }
                    for image in 0..<count {
                        scaleColumns(input + image * inputCount, into: narrow)
                        scaleRows(narrow, into: output + image * outputCount)
                    }
                }
            }
        }
    }

    private func scaleColumns(
        _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
    ) {
        for row in 0..<rows.inputs {
            let line = input + row * columns.inputs * channels
            for column in 0..<columns.outputs {
                let place = output + (row * columns.outputs + column) * channels
                let first = line + columns.first[column] * channels
                for channel in 0..<channels {
                    var sum: Float = 0
                    for (index, weight) in columns.weights[column].enumerated() {
                        sum += weight * first[index * channels + channel]
                    }
                    place[channel] = sum
                }
            }
        }
    }

    private func scaleRows(
        _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>
    ) {
        let size = columns.outputs * channels
        for row in 0..<rows.outputs {
            let line = output + row * size
            for (index, weight) in rows.weights[row].enumerated() {
                let source = input + (rows.first[row] + index) * size
                if index == 0 {
                    for place in 0..<size { line[place] = weight * source[place] }
                } else {
                    for place in 0..<size { line[place] += weight * source[place] }
                }
            }
        }
    }

    /// The inputs of each output along one side.
    private struct Axis: Sendable {
        let inputs: Int
        let outputs: Int
        /// The first input of each output, and the weights from it on, which add up to 1.
        let first: [Int]
        let weights: [[Float]]

        init(inputs: Int, outputs: Int) {
            self.inputs = inputs
            self.outputs = outputs
            let scale = Double(inputs) / Double(outputs)
            let support = max(scale, 1)
            var (first, weights): ([Int], [[Float]]) = ([], [])
            for output in 0..<outputs {
                let centre = (Double(output) + 0.5) * scale
                let lower = max(Int(centre - support + 0.5), 0)
                let upper = min(Int(centre + support + 0.5), inputs)
                let heights = (lower..<upper).map {
                    max(0, 1 - abs((Double($0) + 0.5 - centre) / support))
                }
                let sum = heights.reduce(0, +)
                first.append(lower)
                weights.append(heights.map { Float($0 / sum) })
            }
            self.first = first
            self.weights = weights
        }
    }
}
