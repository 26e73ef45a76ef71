// SPDX-License-Identifier: Apache-2.0

import WRNGraph
import WRNModel
import WRNPlan
import WRNRuns

extension NetworkExport {
    /// Writes a Core ML package, checks it and gives it its name; see
    /// ``write(to:as:device:progress:isCancelled:)``.
    func writeCoreML(
        _ network: ExportedNetwork, to path: String, as options: ExportOptions, device: Device,
        progress: (Progress) -> Void, isCancelled: () -> Bool
    ) throws -> ExportReport {
        let check = try ExportCheck(of: network, model, on: nil, device: device)
        guard !isCancelled() else { throw CancellationError() }
        progress(.writing)
        let readsPixels = options.input(for: .coreML) == .image
        let isClassifier = options.output == .probabilities
        let labels = isClassifier ? Self.labels(model.description.classNames) : []
        let made = try MILBuilder.result(
            of: network, description: model.description, options: options,
            readsPixels: readsPixels, labels: labels)
        var coreML = CoreMLModel(program: made.program)
        try describe(&coreML, network, options, labels: labels)
        let written = try CoreMLPackage.write(coreML, made.weights, to: path) { directory in
            guard !isCancelled() else { throw CancellationError() }
            progress(.checking)
            let (read, weights) = try CoreMLPackage.read(directory)
            let interpreter = MILInterpreter(
                read.program, weights: weights, file: path, threads: device.threads)
            let inputs = readsPixels ? check.pixelPlanes : check.normalizedInputs
            let size = network.inputShape.elementCount
            var found: [Float] = []
            for image in check.images.indices {
                guard !isCancelled() else { throw CancellationError() }
                found += try interpreter.run(Array(inputs[image * size..<(image + 1) * size]))
            }
            let difference = check.difference(of: found)
            try Self.refuse(difference.relative, options.precision, file: path)
            return difference
        }
        return ExportReport(
            file: path, format: ExportFormat.coreML.title, network: model.description.architecture,
            byteCount: written.byteCount,
            operations: made.program.operations.count { $0.type != "const" },
            checkedImages: check.images.count, largestDifference: written.result.largest,
            relativeDifference: written.result.relative, calibrationImages: nil)
    }

    /// The classes' names, all different: a name that several classes have gets the number of the
    /// class behind it from the second on, since probabilities are given out by name.
    static func labels(_ names: [String]) -> [String] {
        var taken = Set(names)
        var seen: Set<String> = []
        return names.enumerated().map { index, name in
            guard !seen.insert(name).inserted else { return name }
            var label = "\(name) (class \(index))"
            while !taken.insert(label).inserted { label += "'" }
            return label
        }
    }

    /// Says what goes in and comes out, and what the model is.
    private func describe(
        _ coreML: inout CoreMLModel, _ network: ExportedNetwork, _ options: ExportOptions,
        labels: [String]
    ) throws(ExportError) {
        let shape = network.inputShape
        let size = "\(shape.height)x\(shape.width)"
        let readsPixels = options.input(for: .coreML) == .image
        var facts = metadata(options, calibrationImages: nil)
        if readsPixels {
            guard shape.channels == 3 || shape.channels == 1 else {
                throw ExportError(
                    .inexpressible,
                    "Core ML's images have 3 channels or 1, and the network reads "
                        + "\(shape.channels); let it read normalised numbers")
            }
            facts["input"] = "pixels, 0 to 255; they are normalised in the model"
            coreML.inputs = [
                CoreMLModel.Feature(
                    name: MILBuilder.inputName, summary: "An image of \(size) pixels.",
                    kind: .image(
                        height: shape.height, width: shape.width, isColour: shape.channels == 3))
            ]
        } else {
            coreML.inputs = [
                CoreMLModel.Feature(
                    name: MILBuilder.inputName,
                    summary: "(pixel / 255 - mean) / standard deviation of each channel.",
                    kind: .numbers([1, shape.channels, shape.height, shape.width]))
            ]
        }
        let name = MILBuilder.outputName(options.output)
        if labels.isEmpty {
            coreML.outputs = [
                CoreMLModel.Feature(
                    name: name, summary: Self.summary(of: options.output),
                    kind: .numbers(network.output.extents))
            ]
        } else {
            coreML.outputs = [
                CoreMLModel.Feature(
                    name: MILBuilder.labelName, summary: "The most probable class.", kind: .text),
                CoreMLModel.Feature(
                    name: name, summary: "The probability of each class.", kind: .numbersByText),
            ]
            (coreML.labelName, coreML.probabilitiesName) = (MILBuilder.labelName, name)
        }
        let description = model.description
        coreML.summary =
            facts.removeValue(forKey: "description")
            ?? "\(description.architecture) for \(description.classes) classes of \(size) images"
        coreML.author = facts.removeValue(forKey: "author") ?? ""
        coreML.license = facts.removeValue(forKey: "license") ?? ""
        coreML.version =
            facts.removeValue(forKey: "version") ?? String(model.weightsSHA256.prefix(12))
        coreML.facts = facts
    }

    private static func summary(of output: ExportOptions.Output) -> String {
        switch output {
        case .logits: "The score of each class, before the softmax."
        case .probabilities: "The probability of each class."
        case .layer(let name): "What the layer \(name) computes."
        }
    }
}
