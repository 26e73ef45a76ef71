// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNExport
import WRNGraph
import WRNModel
import WRNRandom
import WRNTensor
import WRNZoo

/// Small networks with numbers of the size of a trained network's.
enum CoreMLNetworks {
    /// A network of the zoo.
    static func model(
        _ name: String, size: Int = 16, channels: Int = 3,
        classNames: [String] = ["cat", "dog", "owl"]
    ) throws -> Model {
        let description = ModelDescription(
            architecture: name, classes: 3, inputChannels: channels, inputHeight: size,
            inputWidth: size, classNames: classNames,
            mean: Array([0.5, 0.25, 0.4].prefix(channels)),
            standardDeviation: Array([0.25, 0.5, 0.3].prefix(channels)))
        let graph = try description.graph()
        var tensors = Model.initialTensors(for: graph, seed: 7)
        for (item, parameter) in graph.parameters.enumerated() {
            let random = RandomStream(seed: 11, purpose: .initialization, item: item)
            let range: ClosedRange<Double>
            switch parameter.role {
            case .scale: range = 0.6...1
            case .shift, .runningMean: range = -0.2...0.2
            case .runningVariance: range = 0.8...1.6
            case .weight, .bias: continue
            }
            tensors[parameter.name]?.withUnsafeMutableElements { elements in
                for index in elements.indices {
                    let share = random.uniform(at: index)
                    elements[index] = Float(
                        range.lowerBound + share * (range.upperBound - range.lowerBound))
                }
            }
        }
        return Model(description: description, tensors: tensors)
    }
}

/// The files of a directory by their paths in it.
func files(in directory: String) throws -> [String: [UInt8]] {
    let paths = try FileManager.default.subpathsOfDirectory(atPath: directory)
    var files: [String: [UInt8]] = [:]
    for path in paths {
        var isDirectory: ObjCBool = false
        let whole = directory + "/" + path
        _ = FileManager.default.fileExists(atPath: whole, isDirectory: &isDirectory)
        guard !isDirectory.boolValue else { continue }
        files[path] = [UInt8](try Data(contentsOf: URL(fileURLWithPath: whole)))
    }
    return files
}
