// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDialects
import WRNModel
import WRNTensor
import WRNTensorFiles
import WRNZoo

@Suite("Names there and back")
struct DialectRoundTripTests {
    private static let networks = [
        "wrn-16-0.5", "wrn-10-1", "wrn-13-0.25-b131", "wrn-13-0.25-b333", "resnet-20", "resnet-8-b",
        "preact-resnet-11", "wrn-18-0.0625", "wrn-50-0.03125", "preact-resnet-18",
        "wrn-16-0.5-rawshortcut-stride2", "resnet-20-padboth", "preact-resnet-11-stride2",
        "wrn-10-1-leaky0.1-eps0.001",
    ]

    private func archive(
        _ network: any Architecture, _ dialect: Dialect,
        dropping isDropped: (String) -> Bool = { _ in false },
        prefix: String = "", extra: [NamedTensor] = []
    ) throws -> (TensorArchive, [String: Tensor]) {
        let size = network.usualImageSize
        var tensors = Model.initialTensors(
            for: try network.graph(height: size, width: size), seed: 3)
        // Statistics that do something.
        for (name, tensor) in tensors where name.contains(".running_") {
            let elements = tensor.elements.indices.map { 0.5 + Float($0 % 7) / 8 }
            tensors[name] = Tensor(shape: tensor.shape, elements: elements)
        }
        let writer = DialectWriter(dialect)
        let named = try writer.tensors(tensors, of: network, file: "made.safetensors")
            .filter { !isDropped($0.name) }
            .map { NamedTensor(name: prefix + $0.name, tensor: try Self.tensor($0)) }
        let bytes = try Safetensors.bytes(
            of: named + extra, metadata: writer.metadata(for: network), named: "made")
        return (try TensorFile.read(bytes, named: "made"), tensors)
    }

    private static func tensor(_ named: NamedTensor) throws -> Tensor {
        let bytes = try Safetensors.bytes(of: [named], named: "one")
        return try Safetensors.read(bytes, named: "one").tensor(named: named.name)
    }

    @Test(
        "every network of the zoo that a dialect can name is found again, with every tensor",
        arguments: networks, Dialect.allCases)
    func roundTrip(name: String, dialect: Dialect) throws {
        let network = try Zoo.network(named: name, classes: 5)
        do {
            let (archive, tensors) = try archive(network, dialect)
            let weights = ForeignWeights(archive)
            let found = weights.identification
            #expect(found.network?.name == name && found.network?.classes == 5)
            #expect(found.isWhole && found.extra.isEmpty, "\(found)")
            let read = try weights.tensors()
            guard found.normalization == .present else {
                // Folded: the same function in other tensors; ForeignFixtureTests compares results.
                #expect(Set(read.keys) == Set(tensors.keys))
                return
            }
            #expect(read == tensors)
        } catch let error as WeightsError {
            // All dialects but akamaster's have names for the paper's networks for small images.
            let isNamed = network is WideResNet && dialect != .akamaster
            #expect(error.code == (isNamed ? .otherFunction : error.code))
            #expect([.inexpressible, .otherFunction].contains(error.code))
            #expect(dialect != .canonical)
        }
    }

    @Test("wrappers of all kinds are seen through, and the trained weights come before averages")
    func wrappers() throws {
        let network = try Zoo.network(named: "wrn-10-0.25")
        for prefix in [
            "state_dict.", "model.", "net.", "model_state_dict.", "module.", "_orig_mod.",
            "state_dict.module.", "model._orig_mod.module.", "ema.", "model_ema.module.",
        ] {
            let (archive, tensors) = try archive(network, .xternalz, prefix: prefix)
            let weights = ForeignWeights(archive)
            #expect(weights.identification.prefix == prefix)
            #expect(try weights.tensors() == tensors)
        }
        let (plain, _) = try archive(network, .xternalz)
        let averages = plain.entries.map {
            NamedTensor(
                name: "ema." + $0.name, tensor: Tensor(shape: $0.shape, repeating: 2))
        }
        let (both, tensors) = try archive(network, .xternalz, prefix: "model.", extra: averages)
        let trained = ForeignWeights(both)
        #expect(trained.identification.prefix == "model.")
        #expect(trained.identification.otherParts == ["ema."])
        #expect(try trained.tensors() == tensors)
        let average = ForeignWeights(both, options: .init(part: "ema"))
        #expect(try average.tensors()["conv0.weight"]?.elements.first == 2)
    }

    @Test("missing running statistics are refused, or replaced by a new network's when asked")
    func missingStatistics() throws {
        let network = try Zoo.network(named: "wrn-10-0.25")
        let (archive, _) = try archive(
            network, .xternalz, dropping: { $0.contains("running_") })
        let weights = ForeignWeights(archive)
        #expect(weights.identification.normalization == .withoutStatistics)
        let error = #expect(throws: WeightsError.self) { try weights.tensors() }
        #expect(error?.code == .missingStatistics)
        let tensors = try ForeignWeights(archive, options: .init(statistics: .initial)).tensors()
        #expect(tensors["bn.running_mean"]?.elements.allSatisfy { $0 == 0 } == true)
        #expect(tensors["bn.running_var"]?.elements.allSatisfy { $0 == 1 } == true)
    }

    @Test("a head without bias counts as one of zeros; any other missing tensor is refused by name")
    func missingTensors() throws {
        let network = try Zoo.network(named: "wrn-10-0.25")
        let (headless, _) = try archive(network, .xternalz, dropping: { $0 == "fc.bias" })
        let weights = ForeignWeights(headless)
        #expect(weights.identification.lacksHeadBias)
        #expect(try weights.tensors()["fc.bias"]?.elements == [Float](repeating: 0, count: 10))
        let (holey, _) = try archive(
            network, .xternalz,
            dropping: { $0 == "block2.layer.0.conv2.weight" || $0 == "bn1.weight" })
        let broken = ForeignWeights(holey)
        #expect(broken.identification.network?.name == nil || !broken.identification.isWhole)
        let error = #expect(throws: WeightsError.self) { try broken.tensors() }
        #expect([.otherTensors, .unknownNetwork].contains(error?.code))
    }

    @Test("what is no residual network is called unknown")
    func unknownNetwork() throws {
        let named = ["a.weight", "b.weight"].map {
            NamedTensor(name: $0, tensor: Tensor(shape: [3, 4], repeating: 1))
        }
        let archive = try TensorFile.read(
            Safetensors.bytes(of: named, named: "mlp"), named: "mlp")
        let weights = ForeignWeights(archive)
        #expect(weights.identification.network == nil && !weights.identification.isWhole)
        let error = #expect(throws: WeightsError.self) { try weights.tensors() }
        #expect(error?.code == .unknownNetwork)
    }

    @Test("the paper's figures stand beside what was found")
    func paperFigures() throws {
        let network = try WideResNet(name: "wrn-40-1")
        let (archive, _) = try self.archive(network, .xternalz)
        let found = ForeignWeights(archive).identification
        #expect(found.network?.depth == 40 && found.network?.block == "B(3,3)")
        #expect(found.parameters == network.closedFormParameterCount)
        #expect(found.network?.paper.contains("Table 4: 0.6M with 10 classes") == true)
    }
}
