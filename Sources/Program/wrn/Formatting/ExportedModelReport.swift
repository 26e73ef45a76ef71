// SPDX-License-Identifier: Apache-2.0

import WRNExport
import WRNText

extension ONNXSummary {
    /// A line for each fact.
    func text(width: TextWidth) -> DisplayText {
        listed(rows, under: "\(file): an ONNX model, \(graph)", width: width)
    }

    private var rows: [(String, String)] {
        var rows: [(String, String)] = []
        if !producer.isEmpty { rows.append(("written by", producer)) }
        let opsets = opsets.sorted { $0.key < $1.key }.map {
            ($0.key == "ai.onnx" ? "opset" : "opset of \($0.key)") + " \($0.value)"
        }
        rows.append(("version", (["IR \(irVersion)"] + opsets).joined(separator: ", ")))
        rows += inputs.map { ("input", Self.words($0)) }
        rows += outputs.map { ("output", Self.words($0)) }
        let operators = operators.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
        rows.append(("operations", "\(Numbers.grouped(operations)): \(operators)"))
        for weights in weights {
            rows.append(
                (
                    "weights",
                    "\(Numbers.grouped(weights.elements)) of \(weights.type) in "
                        + "\(Numbers.counted(weights.tensors, "tensor")), "
                        + Numbers.bytes(weights.byteCount)
                ))
        }
        rows += externalFiles.map { ("second file", $0) }
        rows += metadata.sorted { $0.key < $1.key }.map { ("metadata", "\($0.key): \($0.value)") }
        return rows
    }

    private static func words(_ value: Value) -> String {
        "\(value.name), \(value.type) \(value.shape.joined(separator: " x "))"
    }
}

extension CoreMLSummary {
    /// A line for each fact.
    func text(width: TextWidth) -> DisplayText {
        listed(rows, under: "\(file): a Core ML package", width: width)
    }

    private var rows: [(String, String)] {
        var rows: [(String, String)] = []
        for (label, fact) in [
            ("of itself", summary), ("model version", version), ("author", author),
            ("license", license),
        ] where !fact.isEmpty {
            rows.append((label, fact))
        }
        rows.append(
            ("version", "specification \(specificationVersion), \(opset): from \(systems) on"))
        rows += inputs.map { ("input", "\($0.name), \($0.type)") }
        rows += outputs.map { ("output", "\($0.name), \($0.type)") }
        let operators = operators.map { "\($0.count) \($0.name)" }.joined(separator: ", ")
        rows.append(("operations", "\(Numbers.grouped(operations)): \(operators)"))
        for weights in weights {
            rows.append(
                (
                    "weights",
                    "\(Numbers.grouped(weights.elements)) of \(weights.type) in "
                        + "\(Numbers.counted(weights.tensors, "tensor")), "
                        + Numbers.bytes(weights.byteCount)
                ))
        }
        rows += metadata.sorted { $0.key < $1.key }.map { ("metadata", "\($0.key): \($0.value)") }
        return rows
    }
}

/// A head, and under it labelled facts in two columns.
private func listed(
    _ rows: [(String, String)], under head: String, width: TextWidth
) -> DisplayText {
    var lines = wrapped(head, width: width.columns) + [""]
    let indentation = String(repeating: " ", count: 15)
    for (label, value) in rows {
        let block = wrapped(shortened(value), width: width.columns, indentation: indentation)
        lines += block.prefix(1).map { label + $0.dropFirst(label.count) } + block.dropFirst()
    }
    return DisplayText(lines: lines)
}

/// The beginning of a long fact, such as the names of a thousand classes.
private func shortened(_ fact: String) -> String {
    let limit = 400
    return fact.utf8.count <= limit
        ? fact : fact.prefix(limit) + "... (\(Numbers.bytes(fact.utf8.count)); --json has all)"
}
