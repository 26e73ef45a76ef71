// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNTensor

@Suite("A shape")
struct ShapeTests {
    @Test(
        "multiplies its extents", arguments: [([64, 32, 3, 3], 18_432), ([7], 7), ([4, 0, 9], 0)])
    func multipliesItsExtents(extents: [Int], count: Int) {
        #expect(TensorShape(extents).elementCount == count)
        #expect(TensorShape(extents).rank == extents.count)
    }

    @Test("without extents is a scalar of one element")
    func emptyIsScalar() {
        let scalar: TensorShape = []
        #expect(scalar.rank == 0)
        #expect(scalar.elementCount == 1)
        #expect(scalar.description == "[]")
    }

    @Test("prints as people write it")
    func prints() {
        #expect("\(TensorShape([64, 32, 3, 3]))" == "[64, 32, 3, 3]")
    }

    @Test("tells the order of extents apart")
    func ordersMatter() {
        let shape: TensorShape = [2, 3]
        #expect(shape != [3, 2])
        #expect(shape == TensorShape([2, 3]))
    }

    @Test("traps on a negative extent")
    func negativeExtentTraps() async {
        await #expect(processExitsWith: .failure) {
            _ = TensorShape([3, -1])
        }
    }
}
