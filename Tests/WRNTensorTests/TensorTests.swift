// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor

@Suite("A tensor")
struct TensorTests {
    @Test("keeps its elements in row-major order")
    func keepsElements() {
        let tensor = Tensor(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6])
        #expect(tensor.elements == [1, 2, 3, 4, 5, 6])
        #expect(tensor.shape == [2, 3])
    }

    @Test("repeats one value over its shape")
    func repeatsValue() {
        let tensor = Tensor(shape: [2, 2], repeating: 0.5)
        #expect(tensor == Tensor(shape: [2, 2], elements: [0.5, 0.5, 0.5, 0.5]))
    }

    @Test("is a value: writing to a copy leaves the original")
    func copiesAreIndependent() {
        let original = Tensor(shape: [3], elements: [1, 2, 3])
        var copy = original
        let sum = copy.withUnsafeMutableElements { elements in
            elements[1] = 9
            return elements.reduce(0, +)
        }
        #expect(sum == 13)
        #expect(copy.elements == [1, 9, 3])
        #expect(original.elements == [1, 2, 3])
    }

    @Test("with the same elements in another shape is another tensor")
    func shapeCounts() {
        #expect(
            Tensor(shape: [6], repeating: 1) != Tensor(shape: [2, 3], repeating: 1))
    }

    @Test("traps when the elements do not fill the shape")
    func wrongCountTraps() async {
        await #expect(processExitsWith: .failure) {
            _ = Tensor(shape: [2, 2], elements: [1, 2, 3])
        }
    }
}
