// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNGraph
import WRNKernels
import WRNPlan
import WRNReference
import WRNTensor
import WRNTestSupport
import WRNZoo

/// What sessions refuse, in which words.
@Suite("Sessions refuse")
struct SessionErrorTests {
    private static func network() throws -> RandomNetwork {
        try RandomNetwork.filling(
            WideResNet(depth: 10, width: 1, classes: 4).graph(height: 4, width: 4), seed: 1)
    }

    private static func message(_ body: () throws -> Void) -> String {
        do {
            try body()
            return "no error"
        } catch {
            return "\(error)"
        }
    }

    @Test("missing and misshapen tensors")
    func tensors() throws {
        let network = try Self.network()
        var tensors = network.tensors
        tensors["bn.bias"] = nil
        #expect(
            Self.message {
                _ = try InferenceSession(graph: network.graph, tensors: tensors, batch: 1)
            }
                == "the network needs a tensor named bn.bias, which is not among those given")
        tensors["bn.bias"] = Tensor(shape: [3], repeating: 0)
        #expect(
            Self.message {
                _ = try InferenceSession(graph: network.graph, tensors: tensors, batch: 1)
            }
                == "tensor bn.bias: expected the shape [64], found [3]")
    }

    @Test("batches, threads and instructions out of range")
    func options() throws {
        let network = try Self.network()
        func open(batch: Int = 1, _ options: ExecutionOptions) -> String {
            Self.message {
                _ = try InferenceSession(
                    graph: network.graph, tensors: network.tensors, batch: batch, options: options)
            }
        }
        #expect(open(batch: 0, ExecutionOptions()) == "the batch must be in 1...65536, not 0")
        #expect(open(ExecutionOptions(threads: 0)) == "threads must be in 1...1024, not 0")
        if let missing = InstructionSet.allCases.first(where: {
            !InstructionSet.usable.contains($0)
        }) {
            #expect(
                open(ExecutionOptions(instructionSet: missing))
                    .hasPrefix("this processor cannot run \(missing.rawValue) kernels"))
        }
    }

    @Test("images and labels that do not fit")
    func batches() throws {
        let network = try Self.network()
        let session = try TrainingSession(
            graph: network.graph, tensors: network.tensors, batch: 2, seed: 0)
        func step(_ images: Int, _ labels: [Int]) -> String {
            Self.message {
                _ = try session.computeGradients(
                    images: [Float](repeating: 0, count: images), labels: labels, stepIndex: 0)
            }
        }
        #expect(step(0, []) == "a training step needs an image")
        #expect(step(144, [0, 1, 2]) == "the network was planned for at most 2 images, not 3")
        #expect(step(95, [0, 1]) == "2 images of 3x4x4 are 96 values, not 95")
        #expect(step(96, [0, 4]) == "label 4 is none of the 4 classes 0...3")
        #expect(step(96, [0, 3]) == "no error")
    }

    @Test("targets that are no probabilities, and change nothing then")
    func targets() throws {
        let network = try Self.network()
        let session = try TrainingSession(
            graph: network.graph, tensors: network.tensors, batch: 2, seed: 0)
        let reference = try ReferenceExecutor(graph: network.graph, tensors: network.tensors)
        func step(_ images: Int, _ targets: [Float], stepIndex: Int = 0) -> String {
            Self.message {
                try session.step(
                    images: [Float](repeating: 0, count: images), targets: targets,
                    stepIndex: stepIndex, optimizer: .sgd(SGD()))
            }
        }
        #expect(step(0, []) == "a training step needs an image")
        #expect(
            step(48, [1, 0, 0])
                == "targets are 4 probabilities for each image, and 3 values are none for a whole "
                + "number of images")
        #expect(
            step(96, [1, 0, 0, 0, 0, 1.5, 0, -0.5])
                == "a target of image 1 is 1.5, and a probability is in 0...1")
        #expect(
            step(48, [.nan, 0, 0, 1])
                == "a target of image 0 is nan, and a probability is in 0...1")
        #expect(
            step(48, [0.5, 0.25, 0, 0])
                == "the targets of image 0 add up to 0.75, and probabilities to 1")
        #expect(
            step(144, [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0])
                == "the network was planned for at most 2 images, not 3")
        #expect(step(47, [1, 0, 0, 0]) == "1 images of 3x4x4 are 48 values, not 47")
        #expect(
            step(48, [1, 0, 0, 0], stepIndex: -1)
                == "a step's number is in 0...4294967295, not -1")
        #expect(session.tensors() == network.tensors)
        #expect(step(48, [0.5, 0.25, 0.25, 0]) == "no error")
        #expect(session.tensors() != network.tensors)
        #expect(
            Self.message {
                _ = try reference.computeGradients(
                    images: [Float](repeating: 0, count: 48), targets: [0.5, 0, 0, 0],
                    stepIndex: 0)
            } == "the targets of image 0 add up to 0.5, and probabilities to 1")
    }
}
