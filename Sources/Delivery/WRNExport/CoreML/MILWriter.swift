// SPDX-License-Identifier: Apache-2.0

import WRNTensorFiles

/// Writes the operations and constants of a program, and its weights.
///
/// Every argument of an operation is the name of a value; what is no result of another operation
/// is a `const` of its own.
struct MILWriter {
    /// A result of an operation: its name and its extents, the batch of one image first.
    struct Value {
        let name: String
        let extents: [Int]
    }

    /// Tensors of fewer numbers stand in the program itself.
    private static let smallestBlob = 10

    private(set) var weights = WeightBlobs()
    var program = MILProgram()
    private let precision: ExportOptions.Precision
    /// The names of all values.
    private var names: Set<String>

    /// A program without operations.
    ///
    /// - Parameters:
    ///   - precision: That of the weights, and of what is computed.
    ///   - names: The names that no value is given by ``unique(_:)``.
    init(precision: ExportOptions.Precision, reserving names: Set<String>) {
        self.precision = precision
        self.names = names
    }

    private var computesInHalves: Bool { precision == .float16 }
    private var element: MILType.Element { computesInHalves ? .float16 : .float32 }

    // MARK: Operations

    /// Adds an operation of a value and a constant, element by element.
    mutating func addElementwise(
        _ type: String, _ source: Value, by value: MILValue, named name: String,
        _ element: MILType.Element? = nil
    ) -> Value {
        add(
            type, [("x", source), ("y", constant(value, name + "_y"))], source.extents,
            named: name, element)
    }

    /// Adds a change of the elements' type.
    mutating func addCast(
        _ source: Value, to element: MILType.Element, named name: String
    ) -> Value {
        let type = constant(.text(element == .float16 ? "fp16" : "fp32"), name + "_dtype")
        return add(
            "cast", [("x", source), ("dtype", type)], source.extents, named: name, element)
    }

    /// The value as a feature map, for a row of numbers one of a single pixel.
    mutating func mapped(_ source: Value, named name: String) -> Value {
        guard source.extents.count == 2 else { return source }
        return reshaped(source, [1, source.extents[1], 1, 1], named: name + "_map")
    }

    /// The value as a row of numbers.
    mutating func flattened(_ source: Value, named name: String) -> Value {
        guard source.extents.count > 2 else { return source }
        let count = source.extents[1...].reduce(1, *)
        return reshaped(source, [1, count], named: name + "_row")
    }

    /// The value with other extents of as many elements.
    mutating func reshaped(_ source: Value, _ extents: [Int], named name: String) -> Value {
        let shape = constant(.integers(extents), name + "_shape")
        return add("reshape", [("x", source), ("shape", shape)], extents, named: unique(name))
    }

    /// Adds an operation of one result, a tensor.
    ///
    /// - Parameter element: The type of its elements; nil for the one in which the network
    ///   computes.
    mutating func add(
        _ type: String, _ arguments: [(String, Value)], _ extents: [Int], named name: String,
        _ element: MILType.Element? = nil
    ) -> Value {
        program.operations.append(
            MILOperation(
                type: type,
                arguments: arguments.map {
                    MILOperation.Named(name: $0.0, value: .name($0.1.name))
                },
                results: [
                    MILOperation.Named(name: name, value: .tensor(element ?? self.element, extents))
                ]))
        return Value(name: name, extents: extents)
    }

    // MARK: Constants

    /// Adds a constant.
    mutating func constant(_ value: MILValue, _ name: String) -> Value {
        let name = unique(name)
        program.operations.append(
            MILOperation(
                type: "const", results: [MILOperation.Named(name: name, value: value.type)],
                constant: value))
        return Value(name: name, extents: [])
    }

    /// Numbers in the type in which the network computes: few in the program, many in the file of
    /// weights.
    mutating func numbers(
        _ numbers: [Float], _ extents: [Int], of operation: ExportedNetwork.Operation
    ) throws(ExportError) -> MILValue {
        if computesInHalves { try HalfPrecisionRange.check(numbers, of: operation.name) }
        guard numbers.count < Self.smallestBlob else {
            return .file(
                element, extents, offset: weights.append(numbers, as: precision))
        }
        return computesInHalves
            ? .float16(numbers.map(\.float16BitPattern), extents) : .float32(numbers, extents)
    }

    // MARK: Names

    /// The name as an identifier that no other value has.
    mutating func unique(_ name: String) -> String {
        var letters = name.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        if letters.first?.isNumber ?? true { letters.insert("_", at: 0) }
        let identifier = String(letters)
        var (candidate, number) = (identifier, 1)
        while !names.insert(candidate).inserted {
            number += 1
            candidate = "\(identifier)_\(number)"
        }
        return candidate
    }
}
