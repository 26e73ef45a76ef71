// SPDX-License-Identifier: Apache-2.0

package import WRNGraph
package import WRNTensor
import WRNText

/// A tensor with impossible numbers: infinite ones, NaN, or negative running variances.
package struct UnsoundTensor: Codable, Hashable, Sendable {
    /// The name in the file.
    package let name: String
    /// The problem, as the end of a sentence about the tensor: "is not finite: element 3 is inf, as
    /// is 1 of 16".
    package let problem: String

    /// Checks all elements; nil for a sound tensor.
    package init?(_ tensor: Tensor, named name: String, _ role: Parameter.Role) {
        let elements = tensor.elements
        if !elements.areFinite, let first = elements.firstIndex(where: { !$0.isFinite }) {
            let count = elements.count { !$0.isFinite }
            let all = count == elements.count ? "all" : "\(count)"
            self.name = name
            problem =
                "is not finite: element \(first) is \(elements[first]) (\(all) of "
                + "\(elements.count) are not)"
            return
        }
        guard role == .runningVariance, let first = elements.firstIndex(where: { $0 < 0 }) else {
            return nil
        }
        self.name = name
        problem = "is a negative variance: element \(first) is \(elements[first])"
    }

    /// Checks all tensors of a network, by their names in its graph.
    package static func all(
        in tensors: [String: Tensor], of graph: Graph
    ) -> [UnsoundTensor] {
        graph.parameters.compactMap { parameter in
            tensors[parameter.name].flatMap {
                UnsoundTensor($0, named: parameter.name, parameter.role)
            }
        }
    }

    /// Refuses a file with such tensors, and names the first of them.
    package static func refuse(_ unsound: [UnsoundTensor], file: String) throws(WeightsError) {
        guard let first = unsound.first else { return }
        let others = unsound.count == 1 ? "" : ", and so \(unsound.count - 1) more"
        throw WeightsError(
            .notFinite, file: file, "tensor \(quoted(first.name)) \(first.problem)\(others)",
            advice:
                "the file is damaged or its training diverged: take an earlier one, or get it again"
        )
    }
}

extension [Float] {
    /// Whether each element is a finite number; the exponent of others has all its bits set.
    fileprivate var areFinite: Bool {
        withUnsafeBufferPointer { elements in
            var found: UInt32 = 0
            for element in elements {
                found |= element.bitPattern & 0x7F80_0000 == 0x7F80_0000 ? 1 : 0
            }
            return found == 0
        }
    }
}
