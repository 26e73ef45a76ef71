// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensorFiles

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// One operation of a model with the values that it reads, evaluated by plain loops.
struct ONNXOperation {
    typealias Value = ONNXInterpreter.Value

    let node: ONNXNode
    let inputs: [Value]
    let file: String
    /// The most numbers of the result.
    let maximumCount: Int
    /// The most threads that compute a convolution.
    let threads: Int

    /// The result.
    ///
    /// - Throws: ``ExportError`` for an operator or an attribute that is not computed here, and for
    ///   inputs of shapes that it cannot read.
    func result() throws(ExportError) -> Value {
        guard node.domain.isEmpty else { throw unsupported }
        var value =
            switch node.type {
            case "Conv": try convolution()
            case "Gemm": try matrixProduct()
            case "BatchNormalization": try normalization()
            case "Relu": try pointwise { max($0, 0) }
            case "LeakyRelu": try leakyReLU()
            case "Sigmoid": try pointwise { 1 / (1 + exp(-$0)) }
            case "Add": try elementwise(+)
            case "Sub": try elementwise(-)
            case "Mul": try elementwise(*)
            case "Div": try elementwise(/)
            case "MaxPool": try maxPooling()
            case "GlobalAveragePool": try globalAveragePooling()
            case "Pad": try padding()
            case "Flatten": try flattening()
            case "Softmax": try softmax()
            case "Transpose": try transposition()
            case "Cast": try conversion()
            case "QuantizeLinear": try quantization()
            case "DequantizeLinear": try dequantization()
            default: throw unsupported
            }
        if value.type == .float16 {
            for index in value.numbers.indices {
                value.numbers[index] = Float(
                    float16BitPattern: value.numbers[index].float16BitPattern)
            }
        }
        return value
    }

    var unsupported: ExportError {
        let domain = node.domain.isEmpty ? "" : " of \(node.domain)"
        return ExportError(
            .unsupported, file: file,
            "\(node.name): the operator \(node.type)\(domain) is not computed here")
    }

    func error(_ sentence: String) -> ExportError {
        ExportError(.malformed, file: file, "\(node.name), \(node.type): \(sentence)")
    }

    // MARK: Inputs and attributes

    func input(_ index: Int, rank: Int? = nil) throws(ExportError) -> Value {
        guard inputs.indices.contains(index) else {
            throw error("expected \(index + 1) inputs, found \(inputs.count)")
        }
        let value = inputs[index]
        guard rank == nil || value.extents.count == rank else {
            throw error(
                "expected an input of \(rank ?? 0) extents, found the shape \(value.extents)")
        }
        return value
    }

    /// An input with one number for each channel.
    func vector(_ index: Int, count: Int) throws(ExportError) -> [Float] {
        let value = try input(index)
        guard value.count == count else {
            throw error("expected \(count) numbers in input \(index), found \(value.count)")
        }
        return value.numbers
    }

    func integer(_ name: String, default usual: Int) throws(ExportError) -> Int {
        guard let attribute = node.attributes[name] else { return usual }
        guard case .integer(let value) = attribute, (-1_000_000...1_000_000).contains(value) else {
            throw error("expected a small integer for \(name)")
        }
        return Int(value)
    }

    func float(_ name: String, default usual: Float) throws(ExportError) -> Float {
        guard let attribute = node.attributes[name] else { return usual }
        guard case .float(let value) = attribute else {
            throw error("expected a float for \(name)")
        }
        return value
    }

    func integers(
        _ name: String, count: Int, in range: ClosedRange<Int64>
    ) throws(ExportError) -> [Int] {
        guard case .integers(let values)? = node.attributes[name], values.count == count,
            values.allSatisfy(range.contains)
        else { throw error("expected \(count) numbers in \(range) for \(name)") }
        return values.map { Int($0) }
    }

    func checkedCount(_ extents: [Int]) throws(ExportError) -> Int {
        guard let count = checkedProduct(extents), count <= maximumCount else {
            throw error("expected a result of at most \(maximumCount) numbers, found \(extents)")
        }
        return count
    }

    /// A result of the type of the first input.
    func like(
        _ value: Value, _ extents: [Int], _ numbers: [Float]
    ) -> Value {
        Value(type: value.type, extents: extents, numbers: numbers)
    }

    // MARK: Sums over channels and positions

    private func matrixProduct() throws(ExportError) -> Value {
        let (x, weight) = (try input(0, rank: 2), try input(1, rank: 2))
        guard try integer("transA", default: 0) == 0, try integer("transB", default: 0) == 1,
            try float("alpha", default: 1) == 1, try float("beta", default: 1) == 1
        else { throw unsupported }
        let (rows, size, outputs) = (x.extents[0], x.extents[1], weight.extents[0])
        guard weight.extents[1] == size else {
            throw error("expected a weight of \(size) columns, found \(weight.extents)")
        }
        let bias =
            inputs.count > 2
            ? try vector(2, count: outputs) : [Float](repeating: 0, count: outputs)
        var numbers: [Float] = []
        numbers.reserveCapacity(try checkedCount([rows, outputs]))
        for row in 0..<rows {
            for output in 0..<outputs {
                var sum = Double(bias[output])
                for index in 0..<size {
                    sum +=
                        Double(x.numbers[row * size + index])
                        * Double(weight.numbers[output * size + index])
                }
                numbers.append(Float(sum))
            }
        }
        return like(x, [rows, outputs], numbers)
    }

    private func globalAveragePooling() throws(ExportError) -> Value {
        let x = try input(0, rank: 4)
        let positions = x.extents[2] * x.extents[3]
        let numbers = (0..<x.extents[0] * x.extents[1]).map { plane in
            let sum = x.numbers[plane * positions..<(plane + 1) * positions].reduce(0.0) {
                $0 + Double($1)
            }
            return Float(sum / Double(positions))
        }
        return like(x, [x.extents[0], x.extents[1], 1, 1], numbers)
    }

    private func softmax() throws(ExportError) -> Value {
        let x = try input(0, rank: 2)
        guard [1, -1].contains(try integer("axis", default: -1)) else { throw unsupported }
        let classes = x.extents[1]
        var numbers: [Float] = []
        numbers.reserveCapacity(x.count)
        for row in 0..<x.extents[0] {
            let logits = x.numbers[row * classes..<(row + 1) * classes]
            let largest = Double(logits.max() ?? 0)
            let powers = logits.map { exp(Double($0) - largest) }
            let sum = powers.reduce(0, +)
            numbers += powers.map { Float($0 / sum) }
        }
        return like(x, x.extents, numbers)
    }

    // MARK: Numbers one by one

    private func pointwise(_ function: (Float) -> Float) throws(ExportError) -> Value {
        let x = try input(0)
        return like(x, x.extents, x.numbers.map(function))
    }

    private func leakyReLU() throws(ExportError) -> Value {
        let slope = try float("alpha", default: 0.01)
        return try pointwise { $0 > 0 ? $0 : slope * $0 }
    }

    /// Both inputs of one shape, or the second with extents of 1 or none, which is repeated.
    private func elementwise(_ function: (Float, Float) -> Float) throws(ExportError) -> Value {
        let (x, y) = (try input(0), try input(1))
        guard x.extents != y.extents else {
            return like(x, x.extents, zip(x.numbers, y.numbers).map(function))
        }
        let missing = x.extents.count - y.extents.count
        let extents = [Int](repeating: 1, count: max(missing, 0)) + y.extents
        guard missing >= 0, zip(extents, x.extents).allSatisfy({ $0 == 1 || $0 == $1 }) else {
            throw error("expected a shape that repeats to \(x.extents), found \(y.extents)")
        }
        // The step in the second input for each extent of the first; 0 where it is repeated.
        var (steps, step) = ([Int](repeating: 0, count: extents.count), 1)
        for axis in extents.indices.reversed() where extents[axis] > 1 {
            steps[axis] = step
            step *= extents[axis]
        }
        let numbers = x.numbers.indices.map { index in
            var (rest, place) = (index, 0)
            for axis in extents.indices.reversed() {
                place += rest % x.extents[axis] * steps[axis]
                rest /= x.extents[axis]
            }
            return function(x.numbers[index], y.numbers[place])
        }
        return like(x, x.extents, numbers)
    }

    /// The channel (the axis 1) of each number, together with how many there are.
    private func channels(of x: Value) throws(ExportError) -> (count: Int, of: (Int) -> Int) {
        guard x.extents.count > 1 else { throw error("expected channels, found \(x.extents)") }
        let (count, positions) = (x.extents[1], x.extents[2...].reduce(1, *))
        return (count, { $0 / max(positions, 1) % max(count, 1) })
    }

    private func normalization() throws(ExportError) -> Value {
        let x = try input(0)
        let (count, channel) = try channels(of: x)
        guard try integer("training_mode", default: 0) == 0 else { throw unsupported }
        let (scale, shift) = (try vector(1, count: count), try vector(2, count: count))
        let (mean, variance) = (try vector(3, count: count), try vector(4, count: count))
        let epsilon = try float("epsilon", default: 1e-5)
        let factors = zip(scale, variance).map {
            Double($0) / (Double($1) + Double(epsilon)).squareRoot()
        }
        let numbers = x.numbers.enumerated().map { index, number in
            let channel = channel(index)
            return Float(
                (Double(number) - Double(mean[channel])) * factors[channel]
                    + Double(shift[channel]))
        }
        return like(x, x.extents, numbers)
    }

    private func conversion() throws(ExportError) -> Value {
        let x = try input(0)
        let type = ONNXTensor.ElementType(rawValue: try integer("to", default: 0))
        guard let type, type == .float32 || type == .float16 else { throw unsupported }
        return Value(type: type, extents: x.extents, numbers: x.numbers)
    }

    private func quantization() throws(ExportError) -> Value {
        let (x, zero) = (try input(0), try input(2))
        let (scale, zeroPoint) = (try vector(1, count: 1)[0], try vector(2, count: 1)[0])
        let range: ClosedRange<Float> = zero.type == .uint8 ? 0...255 : -128...127
        guard zero.type == .uint8 || zero.type == .int8 else { throw unsupported }
        let numbers = x.numbers.map { number in
            let rounded = (number / scale).rounded(.toNearestOrEven) + zeroPoint
            return min(max(rounded, range.lowerBound), range.upperBound)
        }
        return Value(type: zero.type, extents: x.extents, numbers: numbers)
    }

    private func dequantization() throws(ExportError) -> Value {
        let (x, scales, zeros) = (try input(0), try input(1), try input(2))
        guard zeros.count == scales.count else {
            throw error("expected as many zero points as scales, found \(zeros.count)")
        }
        var numbers: [Float] = []
        numbers.reserveCapacity(x.count)
        if scales.count == 1, scales.extents.isEmpty {
            numbers = x.numbers.map { ($0 - zeros.numbers[0]) * scales.numbers[0] }
        } else {
            // A scale for each of the outermost extent, as weights have.
            guard try integer("axis", default: 1) == 0, let rows = x.extents.first,
                rows == scales.count, rows > 0
            else { throw unsupported }
            let size = x.count / rows
            for (index, number) in x.numbers.enumerated() {
                let row = index / max(size, 1)
                numbers.append((number - zeros.numbers[row]) * scales.numbers[row])
            }
        }
        return Value(type: .float32, extents: x.extents, numbers: numbers)
    }

    // MARK: Shapes

    private func flattening() throws(ExportError) -> Value {
        let x = try input(0)
        guard try integer("axis", default: 1) == 1, let rows = x.extents.first else {
            throw unsupported
        }
        return like(x, [rows, x.extents.dropFirst().reduce(1, *)], x.numbers)
    }

    private func transposition() throws(ExportError) -> Value {
        let x = try input(0, rank: 4)
        let order = try integers("perm", count: 4, in: 0...3)
        guard Set(order).count == 4 else { throw error("expected an order, found \(order)") }
        let extents = order.map { x.extents[$0] }
        var steps = [1, 1, 1, 1]
        for axis in (0..<3).reversed() { steps[axis] = steps[axis + 1] * x.extents[axis + 1] }
        let step = order.map { steps[$0] }
        var numbers: [Float] = []
        numbers.reserveCapacity(x.count)
        for a in 0..<extents[0] {
            for b in 0..<extents[1] {
                for c in 0..<extents[2] {
                    for d in 0..<extents[3] {
                        numbers.append(
                            x.numbers[a * step[0] + b * step[1] + c * step[2] + d * step[3]])
                    }
                }
            }
        }
        return like(x, extents, numbers)
    }

    /// Zeros around the channels of each image.
    private func padding() throws(ExportError) -> Value {
        let x = try input(0, rank: 4)
        let pads = try vector(1, count: 8).map { Int(exactly: $0) ?? -1 }
        guard inputs.count == 2, pads.allSatisfy((0...1_048_576).contains),
            node.attributes["mode"] == nil || node.attributes["mode"] == .text("constant"),
            [0, 2, 3, 4, 6, 7].allSatisfy({ pads[$0] == 0 })
        else { throw unsupported }
        let extents = [x.extents[0], x.extents[1] + pads[1] + pads[5], x.extents[2], x.extents[3]]
        let plane = x.extents[2] * x.extents[3]
        var numbers: [Float] = []
        numbers.reserveCapacity(try checkedCount(extents))
        for image in 0..<x.extents[0] {
            let size = x.extents[1] * plane
            numbers += [Float](repeating: 0, count: pads[1] * plane)
            numbers += x.numbers[image * size..<(image + 1) * size]
            numbers += [Float](repeating: 0, count: pads[5] * plane)
        }
        return like(x, extents, numbers)
    }
}
