// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNTensor

/// The 8-bit integers that stand for the results of a network's operations.
///
///     value = (integer - zeroPoint) · scale,  integer in 0...255
///
/// Results are rounded to 8 bits where runtimes have integer kernels: what convolutions, linear
/// layers, sums and poolings read and give. Between a convolution or sum and its ReLU nothing is
/// rounded, as runtimes compute both in one kernel; a normalisation and the activation behind it
/// are computed in floats and rounded once.
struct Quantization: Sendable {
    /// How one operation's results are rounded.
    struct Parameters: Hashable, Sendable {
        let scale: Float
        let zeroPoint: UInt8
    }

    /// The rounding of each operation's result, by its place; nil where nothing is rounded.
    private let parameters: [Parameters?]
    /// The place of the operation whose rounding is used; that of a pooling is its source's.
    private let owners: [Int]

    /// Which operations' results are rounded with a range of their own.
    static func measuredPlaces(_ network: ExportedNetwork) -> [Int] {
        let owners = owners(network)
        return network.operations.indices.filter { owners[$0] == $0 }
    }

    /// Chooses the rounding from the range of each operation in ``measuredPlaces(_:)``.
    init(_ network: ExportedNetwork, ranges: [Int: ClosedRange<Float>]) {
        let found = Self.owners(network)
        owners = found.enumerated().map { $1 ?? $0 }
        parameters = found.map { owner in
            owner.flatMap { ranges[$0] }.map(Parameters.init(covering:))
        }
    }

    /// The rounding of an operation's result; nil where it is not rounded.
    func parameters(at place: Int) -> Parameters? { parameters[place] }

    /// The place of the operation whose rounding is used.
    func owner(of place: Int) -> Int { owners[place] }

    /// The scale of the integers that an operation's readers read.
    func scale(of place: Int) -> Float? { parameters[place]?.scale }

    /// For each operation the place of that whose range its rounding follows from; nil where
    /// nothing is rounded.
    private static func owners(_ network: ExportedNetwork) -> [Int?] {
        let readers = network.readers
        var owners: [Int?] = []
        for (place, operation) in network.operations.enumerated() {
            /// The activation that alone reads the result.
            var activation: Activation?
            if readers[place].count == 1,
                case .activation(let next) = network.operations[readers[place][0]].kind
            {
                activation = next
            }
            let isRounded: Bool
            switch operation.kind {
            case .convolution, .add: isRounded = activation != .relu
            case .scaling, .normalization: isRounded = activation == nil
            case .maxPooling, .subsampling:
                // They give values that they read, and zeros.
                owners.append(owners[operation.inputs[0]])
                continue
            case .input, .activation, .globalAveragePooling: isRounded = true
            case .linear, .softmax: isRounded = false
            }
            // The result of the network stays as exact as it is.
            owners.append(isRounded && !readers[place].isEmpty ? place : nil)
        }
        return owners
    }
}

extension Quantization.Parameters {
    /// The rounding whose integers cover a range and zero, which is exact: a padding with zeros and
    /// the values that a ReLU sets to zero are not changed.
    init(covering range: ClosedRange<Float>) {
        let (low, high) = (min(Double(range.lowerBound), 0), max(Double(range.upperBound), 0))
        // A channel that is always zero has any scale.
        let scale = high > low ? Float((high - low) / 255) : 1
        let usable = scale.isNormal ? scale : 1
        self.init(
            scale: usable, zeroPoint: UInt8(min(max((-low / Double(usable)).rounded(), 0), 255)))
    }
}

/// A weight as integers of 8 bits with a scale for each output channel, and its bias as integers of
/// 32 bits on the scale of the products.
struct QuantizedWeight {
    /// The integers, -127 to 127, in the order of the weight's elements.
    let weight: [Int8]
    /// The scale of each output channel.
    let scales: [Float]
    /// The bias; nil for an operation without.
    let bias: [Int32]?
    /// The scale of each bias: the input's times the weight's.
    let biasScales: [Float]

    /// Rounds a weight `[O, ...]`.
    init(_ tensor: Tensor, bias: [Float]?, inputScale: Float) {
        let channels = tensor.shape.extents.first ?? 1
        let size = tensor.elements.count / max(channels, 1)
        var integers: [Int8] = []
        integers.reserveCapacity(tensor.elements.count)
        var scales: [Float] = []
        for channel in 0..<channels {
            let row = tensor.elements[channel * size..<(channel + 1) * size]
            let largest = row.reduce(Float(0)) { max($0, abs($1)) }
            // A bias must fit 31 bits on the scale of the products; with weights near zero the
            // scale follows from it.
            let needed = bias.map { abs($0[channel]) / (inputScale * 0x1p30) } ?? 0
            let wanted = max(largest / 127, needed)
            let scale = wanted.isNormal ? wanted : 1
            scales.append(scale)
            for value in row {
                integers.append(Int8(min(max((value / scale).rounded(), -127), 127)))
            }
        }
        let products = scales.map { $0 * inputScale }
        weight = integers
        self.scales = scales
        biasScales = products
        self.bias = bias.map { bias in
            zip(bias, products).map { value, scale in
                // The products' scale may be too small for a normal number; then it is zero.
                let quotient = scale > 0 ? (Double(value) / Double(scale)).rounded() : 0
                return Int32(min(max(quotient, -0x1p31 + 1), 0x1p31 - 1))
            }
        }
    }
}
