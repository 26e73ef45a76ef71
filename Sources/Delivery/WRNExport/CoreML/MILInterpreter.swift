// SPDX-License-Identifier: Apache-2.0

/// A slow evaluation of a program that was read from its package, operation by operation.
///
/// Each operation is put in terms of the ONNX operator of the same meaning, which
/// ``ONNXOperation`` evaluates by plain loops; nothing is shared with the engine or with the code
/// that wrote the package. Declared types and extents are compared with what is computed, and an
/// operation, an argument or a form of one that ``MILBuilder`` does not write is refused.
///
/// - Reference: apple/coremltools, "MIL Ops".
struct MILInterpreter {
    typealias Value = ONNXInterpreter.Value

    /// The most numbers of one value, against files with false sizes.
    private static let maximumCount = 1 << 28

    private let program: MILProgram
    private let weights: WeightBlobFile?
    private let file: String
    private let threads: Int

    /// An evaluation of a program.
    ///
    /// - Parameters:
    ///   - weights: The file of the numbers that are not in the program.
    ///   - file: The name of the package in messages.
    ///   - threads: The most threads that compute; by default as many as there are processors.
    init(_ program: MILProgram, weights: WeightBlobFile?, file: String, threads: Int = .max) {
        self.program = program
        self.weights = weights
        self.file = file
        self.threads = threads
    }

    /// The numbers that come out for one image; of a classifier, the probabilities of its classes.
    ///
    /// - Parameter input: The numbers in the order in which the program reads them.
    /// - Throws: An ``ExportError`` for a program that is not computed here.
    func run(_ input: [Float]) throws(ExportError) -> [Float] {
        guard program.inputs.count == 1, let first = program.inputs.first,
            case .tensor(.float32, let extents) = first.value
        else { throw error("expected one input of float32 numbers") }
        guard first.value.elementCount == input.count else {
            throw error("\(first.name): expected \(extents), found \(input.count) numbers")
        }
        var constants: [String: MILValue] = [:]
        var values = [first.name: Value(type: .float32, extents: extents, numbers: input)]
        var left = readCounts
        for operation in program.operations {
            guard let result = operation.results.first, constants[result.name] == nil,
                values[result.name] == nil
            else { throw error("\(operation.type): expected results with names of their own") }
            if operation.type == "const" {
                guard let constant = operation.constant, constant.type == result.value else {
                    throw error("\(result.name): expected a constant of its declared type")
                }
                constants[result.name] = constant
                continue
            }
            let evaluation = MILEvaluation(
                operation: operation, values: values, constants: constants, weights: weights,
                file: file, maximumCount: Self.maximumCount, threads: threads)
            values[operation.numbersName] = try evaluation.result()
            for argument in operation.arguments {
                guard case .name(let name) = argument.value else { continue }
                left[name, default: 0] -= 1
                // What nothing reads any more leaves the memory.
                if left[name] == 0 { values[name] = nil }
            }
        }
        guard let last = program.outputs.last, let output = values[last] else {
            throw error("expected an operation that gives the output, found none")
        }
        return output.numbers
    }

    /// For each value, how many arguments and outputs read it.
    private var readCounts: [String: Int] {
        var counts: [String: Int] = [:]
        for operation in program.operations {
            for argument in operation.arguments {
                if case .name(let name) = argument.value { counts[name, default: 0] += 1 }
            }
        }
        for output in program.outputs { counts[output, default: 0] += 1 }
        return counts
    }

    private func error(_ sentence: String) -> ExportError {
        ExportError(.malformed, file: file, sentence)
    }
}

extension MILOperation {
    /// The result that holds numbers: the last one, also of a classifier.
    var numbersName: String { results.last?.name ?? "" }
}
