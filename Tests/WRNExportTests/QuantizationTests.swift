// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNModel
import WRNTensor
import WRNTestSupport

@testable import WRNExport
@testable import WRNONNXMessages

@Suite("8-bit networks")
struct QuantizationTests {
    @Test("have integer weights, a scale for each channel, and results near the engine's")
    func network() throws {
        for name in ["wrn-10-1", "resnet-8", "wrn-10-0.5-silu"] {
            let model = try ExportedModel.model(name)
            var options = ExportOptions()
            options.precision = .int8
            options.calibrationImages = try ExportedModel.photographs(count: 24)
            try withTemporaryDirectory { directory in
                let path = directory + "/model.onnx"
                let report = try model.export(to: path, as: options)
                #expect(report.calibrationImages == 24)
                #expect(report.relativeDifference < 0.25)
                #expect(report.relativeDifference > 1e-4)
                let message = try ExportedModel.message(contents(of: path))
                #expect(message.problem == nil)
                let weights = message.graph.initializer.filter {
                    $0.dims.count > 1 && $0.dataType != 7
                }
                #expect(weights.allSatisfy { $0.dataType == 3 })
                #expect(weights.count == message.count("Conv") + message.count("Gemm"))
                #expect(message.facts["calibration"] == "percentile, 24 images")
            }
        }
    }

    @Test("may end at the first layer, of which only the input is measured")
    func firstLayer() throws {
        var options = ExportOptions()
        options.output = .layer("conv0")
        options.precision = .int8
        options.calibrationImages = try ExportedModel.photographs(count: 20)
        try withTemporaryDirectory { directory in
            let path = directory + "/model.onnx"
            let report = try ExportedModel.model("wrn-10-1").export(to: path, as: options)
            #expect(report.calibrationImages == 20)
            #expect(report.relativeDifference < 0.25)
            let message = try ExportedModel.message(contents(of: path))
            #expect(message.problem == nil)
            #expect(message.count("Conv") == 1)
            #expect(message.count("QuantizeLinear") == 1)
        }
    }

    @Test("round activations to multiples of a scale with an exact zero")
    func parameters() {
        let positive = Quantization.Parameters(covering: 1...5.1)
        #expect(positive == Quantization.Parameters(scale: 0.02, zeroPoint: 0))
        let both = Quantization.Parameters(covering: -1...1.55)
        #expect(both == Quantization.Parameters(scale: 0.01, zeroPoint: 100))
        let negative = Quantization.Parameters(covering: -2.55...(-1))
        #expect(negative == Quantization.Parameters(scale: 0.01, zeroPoint: 255))
        #expect(
            Quantization.Parameters(covering: 0...0)
                == Quantization.Parameters(scale: 1, zeroPoint: 0))
    }

    @Test("round each channel of a weight by its largest, and biases on the products' scale")
    func weights() {
        let tensor = Tensor(shape: [3, 2], elements: [1.27, -0.635, 0, 0, 1e-30, 0])
        let weight = QuantizedWeight(tensor, bias: [1, 2, 3], inputScale: 0.5)
        #expect(weight.weight.prefix(4) == [127, -64, 0, 0])
        #expect(weight.scales[0] == 0.01)
        #expect(weight.bias?[0] == 200)
        // Biases of channels without weights still are what they were.
        for channel in 0..<3 {
            let bias = Float(weight.bias?[channel] ?? 0) * weight.biasScales[channel]
            #expect(abs(bias - Float(channel + 1)) < 0.005)
        }
    }

    @Test("take ranges from all values, or without single outliers")
    func ranges() throws {
        var histogram = Histogram()
        histogram.add((0..<100_000).map { Float($0 % 1000) / 1000 })
        histogram.add([1000, -0.5])
        #expect(histogram.range(by: .minMax) == -0.5...1000)
        let range = try #require(histogram.range(by: .percentile))
        #expect(range.lowerBound <= 0 && range.lowerBound >= -0.3)
        #expect(range.upperBound >= 0.999 && range.upperBound < 1.3)
        // The order does not matter.
        var other = Histogram()
        other.add([-0.5, 1000])
        other.add((0..<100_000).map { Float($0 % 1000) / 1000 })
        #expect(other.range(by: .percentile) == range)
        var broken = Histogram()
        broken.add([1, .nan])
        #expect(broken.range(by: .minMax) == nil)
        #expect(Histogram().range(by: .percentile) == nil)
        var huge = Histogram()
        huge.add([.greatestFiniteMagnitude, -.greatestFiniteMagnitude])
        #expect(huge.range(by: .minMax)?.upperBound == .greatestFiniteMagnitude)
    }
}
