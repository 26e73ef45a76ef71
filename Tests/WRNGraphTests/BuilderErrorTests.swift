// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNGraph

@Suite("The graph builder refuses")
struct BuilderErrorTests {
    private func builder(
        channels: Int = 8, height: Int = 6, width: Int = 5
    ) throws -> GraphBuilder {
        try GraphBuilder(input: FeatureShape(channels: channels, height: height, width: width))
    }

    /// The sentence of the error that `body` throws.
    private func sentence(_ body: (inout GraphBuilder) throws -> NodeID) throws -> String? {
        var builder = try builder()
        return #expect(throws: GraphError.self) { _ = try body(&builder) }?.description
    }

    @Test("images without extent or beyond 65536", arguments: [0, -1, 65_537, Int.max])
    func imageExtents(extent: Int) {
        for (channels, height, width, name) in [
            (extent, 1, 1, "channels"), (1, extent, 1, "height"), (1, 1, extent, "width"),
        ] {
            let error = #expect(throws: GraphError.self) {
                try GraphBuilder(
                    input: FeatureShape(channels: channels, height: height, width: width))
            }
            #expect(error?.description == "input: \(name) must be in 1...65536, not \(extent)")
        }
    }

    @Test("convolutions whose numbers are out of range")
    func convolutionNumbers() throws {
        let wrong: [(Convolution, String)] = [
            (
                Convolution(outputChannels: 0, kernelSize: 3),
                "output channels must be in 1...1048576"
            ),
            (Convolution(outputChannels: .max, kernelSize: 3), "output channels must be in"),
            (Convolution(outputChannels: 4, kernelSize: 0), "kernel size must be in 1...15, not 0"),
            (
                Convolution(outputChannels: 4, kernelSize: 16),
                "kernel size must be in 1...15, not 16"
            ),
            (Convolution(outputChannels: 4, kernelSize: 3, stride: 0), "stride must be in 1...16"),
            (
                Convolution(outputChannels: 4, kernelSize: 3, stride: 1, padding: -1),
                "padding must be in 0...3, not -1"
            ),
            (
                Convolution(outputChannels: 4, kernelSize: 3, stride: 1, padding: 4),
                "padding must be in 0...3, not 4"
            ),
        ]
        for (convolution, expected) in wrong {
            let found = try sentence { try $0.convolution(convolution, of: $0.input, name: "c") }
            #expect(found?.hasPrefix("c: \(expected)") == true)
        }
    }

    @Test("a kernel larger than the padded image")
    func kernelTooLarge() throws {
        let found = try sentence {
            try $0.convolution(
                Convolution(outputChannels: 4, kernelSize: 7, stride: 1, padding: 0), of: $0.input,
                name: "c")
        }
        #expect(found == "c: expected an input of at least 7x7 for a 7x7 kernel, found 6x5")
    }

    @Test("poolings whose numbers are out of range, or whose windows could lie beside the image")
    func poolingNumbers() throws {
        let wrong: [(MaxPooling, String)] = [
            (MaxPooling(kernelSize: 0), "kernel size must be in 1...15, not 0"),
            (MaxPooling(kernelSize: 16), "kernel size must be in 1...15, not 16"),
            (MaxPooling(kernelSize: 3, stride: 17), "stride must be in 1...16, not 17"),
            (MaxPooling(kernelSize: 3, stride: 2, padding: 2), "padding must be in 0...1, not 2"),
            (MaxPooling(kernelSize: 1, padding: 1), "padding must be in 0...0, not 1"),
            (MaxPooling(kernelSize: 3, padding: -1), "padding must be in 0...1, not -1"),
            (
                MaxPooling(kernelSize: 7),
                "expected an input of at least 7x7 for a 7x7 kernel, found 6x5"
            ),
        ]
        for (pooling, expected) in wrong {
            let found = try sentence { try $0.maxPooling(pooling, of: $0.input, name: "m") }
            #expect(found == "m: \(expected)")
        }
    }

    @Test("shortcuts that drop channels, or whose stride is out of range")
    func subsamplingNumbers() throws {
        let wrong: [(Subsampling, String)] = [
            (Subsampling(stride: 0, outputChannels: 9), "stride must be in 1...16, not 0"),
            (Subsampling(stride: 17, outputChannels: 8), "stride must be in 1...16, not 17"),
            (
                Subsampling(stride: 2, outputChannels: 2),
                "output channels must be at least the input's 8 and at most 1048576, not 2"
            ),
            (
                Subsampling(stride: 1, outputChannels: .max),
                "output channels must be at least the input's 8 and at most 1048576, not \(Int.max)"
            ),
            (
                Subsampling(stride: 1, outputChannels: 12, channelOffset: 5),
                "channel offset must be in 0...4, not 5"
            ),
            (
                Subsampling(stride: 1, outputChannels: 12, channelOffset: -1),
                "channel offset must be in 0...4, not -1"
            ),
        ]
        for (subsampling, expected) in wrong {
            let found = try sentence { try $0.subsampling(subsampling, of: $0.input, name: "s") }
            #expect(found == "s: \(expected)")
        }
    }

    @Test("normalisations whose constants make no sense")
    func normalizationConstants() throws {
        for epsilon in [0, -1e-5, .infinity, .nan] {
            let found = try sentence {
                try $0.batchNormalization(
                    BatchNormalization(epsilon: epsilon), of: $0.input, name: "b")
            }
            #expect(found == "b: epsilon must be positive, not \(epsilon)")
        }
        for momentum in [-0.1, 1.1, .nan] {
            let found = try sentence {
                try $0.batchNormalization(
                    BatchNormalization(momentum: momentum), of: $0.input, name: "b")
            }
            #expect(found == "b: momentum must be in 0...1, not \(momentum)")
        }
    }

    @Test("dropout that keeps nothing", arguments: [1, 1.5, -0.1, .nan])
    func dropoutProbability(probability: Double) throws {
        let found = try sentence {
            try $0.dropout(Dropout(probability: probability), of: $0.input, name: "d")
        }
        #expect(
            found == "d: dropout probability must be at least 0 and below 1, not \(probability)")
    }

    @Test("a sum of two shapes")
    func sumOfTwoShapes() throws {
        let found = try sentence { builder in
            let half = try builder.convolution(
                Convolution(outputChannels: 8, kernelSize: 3, stride: 2), of: builder.input,
                name: "c")
            return try builder.add(builder.input, half, name: "sum")
        }
        #expect(found == "sum: expected two inputs of one shape, 8x6x5, found 8x3x3")
    }

    @Test("a linear layer on an image, or without outputs")
    func linearLayers() throws {
        let onImage = try sentence { try $0.linear(Linear(outputs: 3), of: $0.input, name: "l") }
        #expect(onImage == "l: expected 8x1x1, found 8x6x5")
        let empty = try sentence { builder in
            let pooled = try builder.globalAveragePooling(of: builder.input, name: "pool")
            return try builder.linear(Linear(outputs: 0), of: pooled, name: "l")
        }
        #expect(empty == "l: outputs must be in 1...1048576, not 0")
    }

    @Test("two nodes of one name, the input's included", arguments: ["r", "input"])
    func duplicateNames(name: String) throws {
        let found = try sentence { builder in
            let first = try builder.relu(of: builder.input, name: "r")
            return try builder.relu(of: first, name: name)
        }
        #expect(found == "two nodes are named \(name)")
    }

    @Test("a network whose work cannot be counted, and remains usable")
    func tooMuchWork() throws {
        var builder = try builder(channels: 65_536, height: 65_536, width: 65_536)
        let error = #expect(throws: GraphError.self) {
            try builder.convolution(
                Convolution(outputChannels: 1_048_576, kernelSize: 3), of: builder.input, name: "c")
        }
        #expect(
            error?.description
                == "c: the multiply-adds of the network up to here must be at most "
                + "\(GraphBuilder.maximumCount), not more")
        let small = try builder.convolution(
            Convolution(outputChannels: 1, kernelSize: 3), of: builder.input, name: "c")
        #expect(builder.graph(output: small).nodes.count == 2)
    }
}
