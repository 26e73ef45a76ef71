// SPDX-License-Identifier: Apache-2.0

import WRNFiles

/// A summary of a Core ML package: versions, inputs, outputs, operations and weights.
package struct CoreMLSummary: Encodable, Sendable {
    /// An input or output.
    package struct Feature: Encodable, Sendable {
        package let name: String
        /// `image 32x32 RGB`, `float32 1x10`, `text` or `number for each text`.
        package let type: String
        /// Its description in the package.
        package let description: String
    }

    /// An operation, and how often it is there.
    package struct Operation: Encodable, Sendable {
        package let name: String
        package let count: Int
    }

    /// The constants of one element type.
    package struct Weights: Encodable, Sendable {
        package let type: String
        package let tensors: Int
        package let elements: Int
        package let byteCount: Int
    }

    /// The directory, and `Core ML`.
    package let file: String
    package let format: String
    /// The version of the specification, and the set of operations.
    package let specificationVersion: Int
    package let opset: String
    /// The systems that run it, by their first versions.
    package let systems: String
    /// The description of the model, one sentence.
    package let summary: String
    package let version: String
    package let author: String
    package let license: String
    package let inputs: [Feature]
    package let outputs: [Feature]
    /// The number of operations, without constants.
    package let operations: Int
    /// The operations, the most frequent first.
    package let operators: [Operation]
    /// The constants of floating-point types, the largest part first.
    package let weights: [Weights]
    /// Further metadata.
    package let metadata: [String: String]

    /// Reads a package; of its weights only the header.
    ///
    /// - Throws: ``ExportError`` when it cannot be read or is no package that holds a program.
    package init(contentsOf path: String) throws(ExportError) {
        self.init(try CoreMLPackage.read(path).model, file: path)
    }

    private init(_ model: CoreMLModel, file: String) {
        self.file = file
        format = ExportFormat.coreML.title
        specificationVersion = model.specificationVersion
        opset = MILProgram.opset
        // Eras of the specification; a later version than these is called by its number alone.
        systems =
            [6: "iOS 15, macOS 12", 7: "iOS 16, macOS 13", 8: "iOS 17, macOS 14"][
                model.specificationVersion] ?? "later systems"
        (summary, version, author, license) = (
            model.summary, model.version, model.author, model.license
        )
        inputs = model.inputs.map(Feature.init)
        outputs = model.outputs.map(Feature.init)
        let operations = model.program.operations.filter { $0.type != "const" }
        self.operations = operations.count
        var counts: [String: Int] = [:]
        for operation in operations { counts[operation.type, default: 0] += 1 }
        operators = counts.map { Operation(name: $0.key, count: $0.value) }.sorted {
            ($1.count, $0.name) < ($0.count, $1.name)
        }
        let constants = model.program.operations.compactMap { $0.constant?.floats }
        weights = Dictionary(grouping: constants, by: \.element).map { element, found in
            // A file may claim any number of elements.
            let count = found.reduce(0) { sum, constant in
                let (result, overflows) = sum.addingReportingOverflow(constant.count)
                return overflows ? .max : result
            }
            let size = element == .float16 ? 2 : 4
            return Weights(
                type: "\(element)", tensors: found.count, elements: count,
                byteCount: checkedProduct([count, size]) ?? .max)
        }.sorted { ($1.byteCount, $0.type) < ($0.byteCount, $1.type) }
        metadata = model.facts
    }
}

extension CoreMLSummary.Feature {
    fileprivate init(_ feature: CoreMLModel.Feature) {
        name = feature.name
        description = feature.summary
        type =
            switch feature.kind {
            case .image(let height, let width, let isColour):
                "image \(height)x\(width) \(isColour ? "RGB" : "grey")"
            case .numbers(let extents):
                "float32 \(extents.map(String.init).joined(separator: "x"))"
            case .text: "text"
            case .numbersByText: "number for each text"
            }
    }
}

extension MILValue {
    /// The type and count of a constant of floating-point numbers; nil for any other.
    fileprivate var floats: (element: MILType.Element, count: Int)? {
        guard case .tensor(let element, _) = type, [.float16, .float32].contains(element) else {
            return nil
        }
        return (element, type.elementCount ?? .max)
    }
}
