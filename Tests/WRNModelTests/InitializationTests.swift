// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph
import WRNModel
import WRNTensor
import WRNZoo

@Suite("Initialisation")
struct InitializationTests {
    @Test("every parameter gets a tensor of its shape, statistics included")
    func fillsEveryParameter() throws {
        let graph = try graph("wrn-16-2")
        let tensors = Model.initialTensors(for: graph, seed: 1)
        #expect(tensors.count == graph.parameters.count)
        for parameter in graph.parameters {
            #expect(tensors[parameter.name]?.shape == parameter.shape)
        }
    }

    @Test("scales and running variances begin at 1, shifts, running means and biases at 0")
    func fillsConstants() throws {
        let graph = try graph("wrn-10-1")
        let tensors = Model.initialTensors(for: graph, seed: 1)
        for parameter in graph.parameters where parameter.role != .weight {
            let value: Float =
                parameter.role == .scale || parameter.role == .runningVariance ? 1 : 0
            #expect(tensors[parameter.name]?.elements.allSatisfy { $0 == value } == true)
        }
    }

    @Test(
        "convolutions are normal with mean 0 and variance 2 / fan-in",
        arguments: ["group0.block0.conv0", "group2.block0.conv1", "group1.block0.shortcut"])
    func drawsHeNormal(name: String) throws {
        let tensor = try #require(
            Model.initialTensors(for: graph("wrn-10-2"), seed: 3)[name + ".weight"])
        let extents = tensor.shape.extents
        let fanIn = Double(extents[1] * extents[2] * extents[3])
        let scaled = tensor.elements.map { Double($0) / (2 / fanIn).squareRoot() }
        let count = Double(scaled.count)
        // Five standard errors of the mean, the variance and the fourth moment of a normal sample.
        #expect(abs(mean(scaled)) < 5 / count.squareRoot())
        #expect(abs(mean(scaled.map { $0 * $0 }) - 1) < 5 * (2 / count).squareRoot())
        #expect(abs(mean(scaled.map { $0 * $0 * $0 * $0 }) - 3) < 5 * (96 / count).squareRoot())
        let near = Double(scaled.count { abs($0) < 1 }) / count
        #expect(abs(near - 0.6827) < 5 * (0.6827 * 0.3173 / count).squareRoot())
    }

    @Test("neighbouring elements and neighbouring pairs are not correlated", arguments: [1, 2, 3])
    func drawsIndependently(distance: Int) throws {
        let tensors = try Model.initialTensors(for: graph("wrn-10-2"), seed: 3)
        let weight = try #require(tensors["group2.block0.conv1.weight"])
        let scaled = weight.elements.map { Double($0) / (2.0 / 1152).squareRoot() }
        let products = zip(scaled, scaled.dropFirst(distance)).map { $0 * $1 }
        #expect(abs(mean(products)) < 5 / Double(products.count).squareRoot())
    }

    @Test("the linear layer is uniform in plus and minus 1 / sqrt(fan-in)")
    func drawsUniform() throws {
        let weight = try #require(
            Model.initialTensors(for: graph("wrn-10-4", classes: 100), seed: 3)["fc.weight"])
        #expect(weight.shape == [100, 256])
        let scaled = weight.elements.map { Double($0) * 16 }
        let count = Double(scaled.count)
        #expect(scaled.allSatisfy { abs($0) <= 1 })
        #expect(abs(mean(scaled)) < 5 * (1 / 3 / count).squareRoot())
        #expect(abs(mean(scaled.map { $0 * $0 }) - 1.0 / 3) < 5 * (4.0 / 45 / count).squareRoot())
        #expect((scaled.max() ?? 0) > 0.999 && (scaled.min() ?? 0) < -0.999)
    }

    @Test("one seed gives one model, another seed another")
    func isDeterministic() throws {
        let graph = try graph("wrn-10-1")
        let first = Model.initialTensors(for: graph, seed: 7)
        #expect(first == Model.initialTensors(for: graph, seed: 7))
        let other = Model.initialTensors(for: graph, seed: 8)
        for parameter in graph.parameters where parameter.role == .weight {
            #expect(first[parameter.name] != other[parameter.name])
        }
    }

    @Test("no two weights begin with the same numbers")
    func drawsEveryParameterApart() throws {
        let graph = try graph("wrn-16-1")
        let tensors = Model.initialTensors(for: graph, seed: 7)
        let weights = graph.parameters.filter { $0.role == .weight }
        let starts = try weights.map { parameter in
            // The scale differs with the fan-in; the ratio of two elements does not.
            let elements = try #require(tensors[parameter.name]).elements
            return elements[0] / elements[1]
        }
        #expect(Set(starts).count == weights.count)
    }

    // The numbers were computed apart from this package, from the definitions of Philox and of Box
    // and Muller.
    @Test("a seed means these numbers for ever")
    func keepsItsMeaning() throws {
        let tensors = try Model.initialTensors(for: graph("wrn-10-1"), seed: 0)
        let expected: [(String, [Float])] = [
            ("conv0.weight", [-0.071293816, -0.08074683, -0.18938936]),
            ("fc.weight", [0.089547, -0.11465066, -0.01238532]),
        ]
        for (name, numbers) in expected {
            let found = try #require(tensors[name]).elements.prefix(3)
            for (number, other) in zip(numbers, found) {
                // Systems' logarithms and cosines differ in their last bit.
                #expect(abs(number - other) <= 1e-5 * abs(number), "\(name): \(found)")
            }
        }
    }

    private func mean(_ numbers: [Double]) -> Double {
        numbers.reduce(0, +) / Double(numbers.count)
    }
}
