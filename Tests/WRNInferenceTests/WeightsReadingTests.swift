// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNBatches
import WRNDatasets
import WRNDialects
import WRNEngine
import WRNGraph
import WRNInference
import WRNModel
import WRNPlan
import WRNTensor
import WRNTensorFiles
import WRNTestSupport
import WRNZoo

/// What is taken and assumed of other programs' weights, and what classes without names are.
@Suite("Reading other programs' weights")
struct WeightsReadingTests {
    /// Writes a network's tensors as another program would, and others beside.
    private func write(
        _ network: any Architecture, _ dialect: Dialect, to path: String, prefix: String = "",
        adding others: [NamedTensor] = [], dropping isDropped: (String) -> Bool = { _ in false }
    ) throws -> [String: Tensor] {
        let size = network.usualImageSize
        let tensors = Model.initialTensors(
            for: try network.graph(height: size, width: size), seed: 6)
        let written = try DialectWriter(dialect).tensors(tensors, of: network, file: path)
        let archive = try TensorFile.read(
            Safetensors.bytes(of: written, named: "one"), named: "one")
        let named = try archive.entries.filter { !isDropped($0.name) }.map { entry in
            NamedTensor(
                name: prefix + entry.name, tensor: try archive.tensor(named: entry.name))
        }
        try TensorFile.write(named + others, to: path)
        return tensors
    }

    private func vector(_ name: String, _ elements: [Float]) -> NamedTensor {
        NamedTensor(
            name: name, tensor: Tensor(shape: [elements.count], elements: elements))
    }

    @Test("what was assumed goes with the model, and what was said does not count as assumed")
    func assumptions() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/them.pth"
            let network = try Zoo.network(named: "wrn-10-0.25")
            _ = try write(network, .xternalz, to: path, prefix: "model_state.")
            let classifier = try Classifier(contentsOf: path, normalization: .cifar, batch: 1)
            let reading = try #require(classifier.reading)
            #expect(reading.network == "wrn-10-0.25" && reading.part == "model_state")
            #expect(reading.function.count == 5 && reading.hasHead)
            #expect(reading.notes.contains { $0.contains("assumed") && $0.contains("ReLU") })
            let other = try Classifier(
                contentsOf: path, normalization: .cifar,
                reading: .init(function: .init(shortcutInput: .raw, stride: .secondConvolution)),
                batch: 1)
            #expect(other.description.architecture == "wrn-10-0.25-rawshortcut-stride2")
            #expect(other.reading?.function.filter { $0.basis == .given }.count == 2)
            let features = try FeatureExtractor(
                contentsOf: path, normalization: .cifar, reading: .init(part: "model_state"),
                batch: 1)
            #expect(features.reading?.part == "model_state")
            let service = try ClassificationService(
                contentsOf: path, normalization: .cifar, reading: .init(part: "model_state"),
                options: .init(batch: 1, threads: 1))
            #expect(service.model.reading?.part == "model_state")
            #expect(service.model.description == classifier.description)
            #expect(throws: WeightsError.self) { _ = try ClassificationService(contentsOf: path) }
            let prepared = try PreparedFeatures(
                contentsOf: path, normalization: .cifar, reading: .init(part: "model_state"))
            #expect(prepared.reading?.part == "model_state")
            #expect(prepared.layers == features.layers)
        }
    }

    @Test(
        "a model says all itself: there is nothing to read otherwise, and its numbers are checked")
    func models() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/model.safetensors"
            let model = try TinyModel.model()
            try model.write(to: path)
            #expect(try Classifier(contentsOf: path, batch: 1).reading == nil)
            let error = #expect(throws: InferenceError.self) {
                try Classifier(contentsOf: path, reading: .init(part: "ema"), batch: 1)
            }
            #expect(error == .knownNetwork(file: path))
            var tensors = model.tensors
            let statistics = try #require(tensors["bn.running_var"])
            tensors["bn.running_var"] = Tensor(shape: statistics.shape, repeating: -1)
            try Model(description: model.description, tensors: tensors).write(to: path)
            let unsound = #expect(throws: WeightsError.self) {
                try Classifier(contentsOf: path, batch: 1)
            }
            #expect(unsound?.code == .notFinite)
            #expect(unsound?.message.contains("\"bn.running_var\" is a negative variance") == true)
        }
    }

    @Test("the file's own normalisation is used where no other is given, and either is noted")
    func normalization() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/them.pth"
            let network = try Zoo.network(named: "wrn-10-0.25")
            _ = try write(
                network, .xternalz, to: path,
                adding: [vector("mu", [0.5, 0.25, 0.125]), vector("sigma", [0.25, 0.5, 1])])
            let own = try Classifier(contentsOf: path, batch: 1)
            #expect(own.description.mean == [0.5, 0.25, 0.125])
            #expect(own.description.standardDeviation == [0.25, 0.5, 1])
            #expect(own.reading?.notes.contains { $0.contains("\"mu\" and \"sigma\"") } == true)
            let given = try Classifier(contentsOf: path, normalization: .cifar, batch: 1)
            #expect(given.description.mean == Normalization.cifar.mean)
            #expect(given.reading?.notes.contains { $0.contains("passed over") } == true)
        }
    }

    @Test("a normalisation for another number of channels is refused with the file's name")
    func otherNormalization() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/them.pth"
            _ = try write(Zoo.network(named: "wrn-10-0.25"), .xternalz, to: path)
            let weights = ForeignWeights(try TensorFile.read(contentsOf: path))
            let grey = Normalization.mnist
            let readers: [() throws -> Void] = [
                { _ = try weights.description(normalization: grey) },
                { _ = try Classifier(weights, normalization: grey, batch: 1) },
                { _ = try Classifier(contentsOf: path, normalization: grey, batch: 1) },
                {
                    _ = try Classifier(
                        contentsOf: path, facts: ImageFacts(normalization: grey), batch: 1)
                },
                { _ = try PreparedModel(contentsOf: path, normalization: grey) },
                { _ = try FeatureExtractor(contentsOf: path, normalization: grey, batch: 1) },
                { _ = try Explainer(contentsOf: path, normalization: grey) },
                { _ = try WeightsConversion(contentsOf: path, normalization: grey) },
            ]
            for reader in readers {
                let error = #expect(throws: WeightsError.self) { try reader() }
                #expect(error?.code == .otherNormalization)
                #expect(
                    error?.message
                        == "\(path): expected a normalisation of 3 channels, as many as the "
                        + "network reads, found one of 1; give a mean and a deviation for each "
                        + "channel")
            }
        }
    }

    @Test(
        "a thousand outputs of a network for ImageNet are called as its classes, and that is said")
    func imageNetNames() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/them.pth"
            let network = try Zoo.network(named: "wrn-18-0.03125")
            _ = try write(network, .torchvision, to: path)
            let weights = ForeignWeights(try TensorFile.read(contentsOf: path))
            #expect(weights.identification.network?.classes == 1000)
            let model = try FeatureExtractor(contentsOf: path, normalization: .imageNet, batch: 1)
            #expect(model.description.classNames == ImageNetClasses.names)
            #expect(model.description.classNames[1] == "goldfish")
            #expect(model.reading?.assumesImageNetClasses == true)
            // Another network of as many outputs may be of anything.
            _ = try write(
                Zoo.network(named: "wrn-10-0.25", classes: 1000), .xternalz, to: path)
            let small = try FeatureExtractor(contentsOf: path, normalization: .cifar, batch: 1)
            #expect(small.description.classNames.isEmpty)
            #expect(small.reading?.assumesImageNetClasses == false)
        }
    }

    @Test("without a head there are features, but neither answers nor the head's layer")
    func backbone() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/them.pth"
            let network = try Zoo.network(named: "wrn-10-0.25")
            _ = try write(network, .xternalz, to: path, dropping: { $0.hasPrefix("fc.") })
            let extractor = try FeatureExtractor(contentsOf: path, normalization: .cifar, batch: 1)
            #expect(extractor.layers.map(\.extents) == [[16]])
            #expect(extractor.reading?.hasHead == false)
            let answers = #expect(throws: WeightsError.self) {
                try Classifier(contentsOf: path, normalization: .cifar, batch: 1)
            }
            #expect(answers?.code == .otherHead)
            let head = #expect(throws: InferenceError.self) {
                try FeatureExtractor(
                    contentsOf: path, normalization: .cifar, layers: ["fc"], batch: 1)
            }
            #expect(head == .noHead(file: path, layer: "fc"))
        }
    }

    @Test("weights in several files are read by their index, or by its directory")
    func shards() throws {
        try withTemporaryDirectory { directory in
            let network = try Zoo.network(named: "wrn-10-0.25")
            let names = ["a.safetensors", "b.safetensors"]
            let whole = directory + "/whole.safetensors"
            let tensors = try write(network, .xternalz, to: whole)
            let archive = try TensorFile.read(contentsOf: whole)
            var map: [String: String] = [:]
            for (number, name) in names.enumerated() {
                let half = archive.entries.enumerated().filter { $0.offset % 2 == number }
                    .map(\.element)
                for entry in half { map[entry.name] = name }
                try TensorFile.write(
                    half.map {
                        NamedTensor(name: $0.name, tensor: try archive.tensor(named: $0.name))
                    }, to: directory + "/" + name)
            }
            let index = directory + "/model.safetensors.index.json"
            try JSONEncoder().encode(["weight_map": map]).write(to: URL(fileURLWithPath: index))
            #expect(try Classifier.modelFile(at: directory) == index)
            for path in [directory, index] {
                let conversion = try WeightsConversion(contentsOf: path)
                #expect(conversion.tensors == tensors)
            }
        }
    }

    @Test("converted with numbers that are not finite, a file is written and the tensors are named")
    func convertsUnsound() throws {
        try withTemporaryDirectory { directory in
            let path = directory + "/them.pth"
            let network = try Zoo.network(named: "wrn-10-0.25")
            _ = try write(
                network, .xternalz, to: path,
                adding: [vector("bn1.bias", [Float](repeating: .nan, count: 16))],
                dropping: { $0 == "bn1.bias" })
            let conversion = try WeightsConversion(contentsOf: path)
            #expect(conversion.unsound.map(\.name) == ["bn1.bias"])
            try conversion.write(to: directory + "/out.safetensors", in: .canonical)
            let out = try TensorFile.read(contentsOf: directory + "/out.safetensors")
            #expect(try out.tensor(named: "bn.bias").elements.allSatisfy(\.isNaN))
            #expect(out.metadata["wide-resnet-network"] == "wrn-10-0.25")
        }
    }

    @Test("weights do not become integers")
    func integers() throws {
        try withTemporaryDirectory { directory in
            let (path, out) = (directory + "/model.safetensors", directory + "/out.safetensors")
            try TinyModel.model().write(to: path)
            let conversion = try WeightsConversion(contentsOf: path)
            for elementType in ElementType.allCases where !elementType.isFloatingPoint {
                let error = #expect(throws: CheckpointError.self) {
                    _ = try conversion.write(to: out, in: .canonical, as: elementType)
                }
                #expect(error?.code == .invalidContent)
                #expect(error?.message.contains("found \(elementType.rawValue)") == true)
            }
            #expect(!FileManager.default.fileExists(atPath: out))
        }
    }

    // MARK: Classes

    @Test("classes without common names are matched by number only where there are as many")
    func classNumbers() throws {
        let description = TinyModel.description(classNames: [])
        let model = try TinyModel.model(description)
        let classifier = try Classifier(
            description: description, tensors: model.tensors, device: .cpu(threads: 1))
        #expect(try classifier.evaluate(TinyModel.images(8)).count == 8)
        for names in [["ant", "bee"], ["ant", "bee", "cat"], ["x"]] {
            let images = try TinyModel.images(6, classNames: names)
            let error = #expect(throws: InferenceError.self) { try classifier.evaluate(images) }
            #expect(
                error
                    == .classesWithoutNames(dataset: "tiny", expected: 4, found: names.count))
        }
        // With names of its own the model finds fewer classes by theirs.
        let named = try TinyModel.classifier()
        #expect(try named.evaluate(TinyModel.images(6, classNames: ["dog", "ant"])).count == 6)
    }
}
