// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNDialects
import WRNModel
import WRNTensor
import WRNTensorFiles
import WRNTestSupport
import WRNZoo

/// Files with more than a network in them, or less.
@Suite("Parts, extras and heads")
struct PartsAndExtrasTests {
    private let network: any Architecture
    private let tensors: [String: Tensor]

    init() throws {
        network = try Zoo.network(named: "wrn-10-0.25")
        tensors = Model.initialTensors(for: try network.graph(height: 32, width: 32), seed: 4)
    }

    /// The tensors in xternalz's names behind a prefix, all multiplied by a factor.
    private func named(
        _ prefix: String = "", times factor: Float = 1, renaming: (String) -> String = { $0 }
    ) throws -> [NamedTensor] {
        let scaled = tensors.mapValues { tensor in
            Tensor(shape: tensor.shape, elements: tensor.elements.map { $0 * factor })
        }
        let written = try DialectWriter(.xternalz).tensors(scaled, of: network, file: "made")
        let archive = try TensorFile.read(
            Safetensors.bytes(of: written, named: "one"), named: "one")
        return try archive.entries.map { entry in
            NamedTensor(
                name: prefix + renaming(entry.name), tensor: try archive.tensor(named: entry.name))
        }
    }

    private func weights(
        _ tensors: [NamedTensor], _ options: ForeignWeights.Options = .init(),
        metadata: [String: String] = [:]
    ) throws -> ForeignWeights {
        let bytes = try Safetensors.bytes(of: tensors, metadata: metadata, named: "made")
        return ForeignWeights(try TensorFile.read(bytes, named: "made"), options: options)
    }

    private func extra(_ name: String, _ shape: TensorShape = [4]) -> NamedTensor {
        NamedTensor(name: name, tensor: Tensor(shape: shape, repeating: 0.5))
    }

    // MARK: Parts

    @Test(
        "the trained weights come before averages, whatever their part is called",
        arguments: [
            ("model_state.", "ema."), ("weights.", "model_ema.module."), ("zz.", "averaged_model."),
            ("student.", "swa_model."), ("raw.", "ema_model."), ("net_g.", "shadow."),
        ])
    func rawBeforeAverage(raw: String, average: String) throws {
        let both = try named(raw) + named(average, times: 0.5)
        let found = try weights(both)
        #expect(found.identification.prefix == raw && !found.identification.isAverage)
        #expect(found.identification.otherParts == [average])
        #expect(try found.tensors() == tensors)
        let part = String(average.dropLast())
        let other = try weights(both, .init(part: part))
        #expect(other.identification.prefix == average && other.identification.isAverage)
        #expect(
            try other.tensors()["conv0.weight"]?.elements.first
                == (tensors["conv0.weight"]?.elements.first).map { $0 * 0.5 })
    }

    @Test("the trained network is taken, however much larger a teacher or an average is")
    func smallBeforeLargeTeacher() throws {
        let large = try Zoo.network(named: "wrn-16-0.5")
        let others = try DialectWriter(.xternalz).tensors(
            Model.initialTensors(for: large.graph(height: 32, width: 32), seed: 4), of: large,
            file: "made")
        let archive = try TensorFile.read(
            Safetensors.bytes(of: others, named: "one"), named: "one")
        for (trained, other) in [
            ("student.", "teacher."), ("model.", "model_ema."), ("model.", "net."),
            ("online_encoder.", "target_encoder."), ("module.encoder_q.", "module.encoder_k."),
        ] {
            let teacher = try archive.entries.map { entry in
                NamedTensor(
                    name: other + entry.name, tensor: try archive.tensor(named: entry.name))
            }
            let found = try weights(named(trained) + teacher)
            #expect(found.identification.prefix == trained)
            #expect(found.identification.network?.name == "wrn-10-0.25")
            #expect(found.identification.otherParts == [other])
            #expect(try found.tensors() == tensors)
            let part = try weights(
                named(trained) + teacher, .init(part: String(other.dropLast())))
            #expect(part.identification.network?.name == "wrn-16-0.5")
        }
    }

    @Test("a part that is not there is refused by its name")
    func missingPart() throws {
        let found = try weights(named("model."), .init(part: "ema"))
        let error = #expect(throws: WeightsError.self) { try found.tensors() }
        #expect(error?.code == .unknownPart && error?.message.contains("\"ema\"") == true)
    }

    // MARK: Extras

    @Test(
        "tensors within the network's part that are not the network's are refused and named",
        arguments: [
            "block1.layer.0.se.fc1.weight", "block3.layer.0.gamma", "mask",
            "block2.layer.0.conv1.scale",
            "conv_extra.weight", "block1.layer.0.downsample.1.running_mean",
        ])
    func refusesExtras(name: String) throws {
        for prefix in ["", "state_dict.module."] {
            let all = try named(prefix) + [extra(prefix + name)]
            let found = try weights(all)
            #expect(found.identification.extra == [prefix + name])
            for purpose in [ForeignWeights.Purpose.answers, .features, .conversion] {
                let error = #expect(throws: WeightsError.self) { try found.tensors(for: purpose) }
                #expect(error?.code == .extraTensors)
                #expect(error?.message.contains("\"\(prefix + name)\"") == true)
            }
            #expect(try weights(all, .init(ignoresExtra: true)).tensors() == tensors)
        }
    }

    @Test("an optimizer's state, counters and random numbers are no extras")
    func besides() throws {
        let all =
            try named()
            + [
                extra("optimizer.state.0.momentum_buffer"), extra("lr_scheduler.last", [1]),
                extra("rng_state"), extra("epoch", []), extra("global_step", [1]),
                extra("block1.layer.0.bn1.num_batches_tracked", []),
            ]
        let found = try weights(all)
        #expect(found.identification.extra.isEmpty)
        #expect(try found.tensors() == tensors)
    }

    @Test("layers whose names only begin like a training's state, or that have weights, are extras")
    func layersLikeTrainingState() throws {
        for (name, shape) in [
            ("scheduler_gate.scale", [4]), ("scaler_block.bias", [4]), ("optimal.weight", [4, 4]),
            ("scaler.weight", [10, 10]), ("scheduler.conv.weight", [4, 4, 3, 3]),
        ] as [(String, TensorShape)] {
            let found = try weights(named() + [extra(name, shape)])
            #expect(found.identification.extra == [name])
        }
        let states = [
            "optimizers.0.state.1.exp_avg", "optimizer_state_dict.state.0.momentum_buffer",
            "optimizer_G.state.0.exp_avg", "lr_schedulers.0.base", "scaler_state_dict.scale",
            "rng_state.cuda", "amp.loss_scaler0.scale", "Optimizer1.state.0.step",
        ]
        let found = try weights(named() + states.map { extra($0) })
        #expect(found.identification.extra.isEmpty)
    }

    @Test("layers beside the network's part are named, but neither a training's state nor averages")
    func outside() throws {
        let head = [extra("1.weight", [10, 10]), extra("1.bias", [10])]
        let wrapped = try weights(named("0.") + head)
        #expect(wrapped.identification.prefix == "0.")
        #expect(wrapped.identification.outside == ["1.weight", "1.bias"])
        #expect(wrapped.identification.extra.isEmpty)
        #expect(try wrapped.tensors() == tensors)
        let all =
            try named("run.model.") + named("run.model_ema.", times: 0.5)
            + [
                extra("run.optimizer.state.0.exp_avg"), extra("state.0.momentum_buffer"),
                extra("run.lr_scheduler.base"), extra("run.best", []),
                extra("normalize.mean", [3]), extra("normalize.std", [3]),
            ]
        let checkpoint = try weights(all).identification
        #expect(checkpoint.outside.isEmpty && checkpoint.otherParts == ["run.model_ema."])
    }

    @Test("a network's name in the file counts only for the tensors of that network")
    func statedNetwork() throws {
        let key = "wide-resnet-network"
        let own = try weights(named(), metadata: [key: "wrn-10-0.25-silu"]).identification
        #expect(own.network?.name == "wrn-10-0.25-silu" && own.disputedName == nil)
        #expect(own.dispute == nil && own.assumedParts.isEmpty)
        // By another name of the same network.
        let twice = try Zoo.network(named: "wrn-13-0.25-b131")
        let written = try DialectWriter(.canonical).tensors(
            Model.initialTensors(for: twice.graph(height: 32, width: 32), seed: 4), of: twice,
            file: "made.safetensors")
        let other = try weights(
            written, metadata: [key: "wrn-10-0.25-b131-table2-silu"]
        ).identification
        #expect(other.network?.name == "wrn-13-0.25-b131-silu" && other.disputedName == nil)
        for (name, words) in [
            ("wrn-10-0.25-gelu", "which is not known here"),
            ("resnet-20-silu", "but its tensors are those of wrn-10-0.25"),
            ("wrn-16-0.25-silu", "but its tensors are those of wrn-10-0.25"),
        ] {
            let found = try weights(named(), metadata: [key: name]).identification
            #expect(found.network?.name == "wrn-10-0.25" && found.disputedName == name)
            #expect(found.function.allSatisfy { $0.basis == .assumed })
            #expect(found.dispute?.hasSuffix(words) == true, "\(found.dispute ?? "")")
        }
    }

    @Test("names of nobody have extras, too")
    func extrasOfProposals() throws {
        let archive = try TensorFile.read(contentsOf: fixture("unknown.pth"))
        let all =
            try archive.entries.filter(\.elementType.isFloatingPoint).map { entry in
                NamedTensor(name: entry.name, tensor: try archive.tensor(named: entry.name))
            } + [extra("part2.only.attention")]
        let found = try weights(all, .init(acceptsProposal: true))
        #expect(found.identification.network?.name == "wrn-10-0.25")
        #expect(found.identification.extra == ["part2.only.attention"])
        let error = #expect(throws: WeightsError.self) { try found.tensors() }
        #expect(error?.code == .extraTensors)
    }

    // MARK: Weights in parts

    @Test("pruned and normalised weights are computed, and none of their parts is an extra")
    func parametrizations() throws {
        let mask = Tensor(shape: [16, 3, 3, 3], elements: (0..<432).map { Float($0 % 2) })
        var all = try named().flatMap { tensor -> [NamedTensor] in
            guard tensor.name == "conv1.weight" else { return [tensor] }
            let original = try #require(tensors["conv0.weight"])
            return [
                NamedTensor(name: "conv1.weight_orig", tensor: original),
                NamedTensor(name: "conv1.weight_mask", tensor: mask),
            ]
        }
        let head = try #require(all.firstIndex { $0.name == "fc.weight" })
        let direction = try #require(tensors["fc.weight"])
        all.remove(at: head)
        all += [
            NamedTensor(
                name: "fc.parametrizations.weight.original0",
                tensor: Tensor(shape: [10, 1], repeating: 2)),
            NamedTensor(name: "fc.parametrizations.weight.original1", tensor: direction),
        ]
        let found = try weights(all)
        #expect(found.identification.extra.isEmpty && found.identification.isWhole)
        #expect(found.identification.computed == ["conv1.weight", "fc.weight"])
        let read = try found.tensors()
        let stem = try #require(read["conv0.weight"]?.elements)
        #expect(zip(stem, mask.elements).allSatisfy { $1 == 1 || $0 == 0 })
        #expect(stem[1] == tensors["conv0.weight"]?.elements[1])
        let row = try #require(read["fc.weight"]?.elements.prefix(16))
        #expect(abs(row.map { $0 * $0 }.reduce(0, +) - 4) < 1e-4)
    }

    // MARK: Heads

    @Test("one linear layer behind a dropout is the head, and that is said")
    func headBehindDropout() throws {
        for (name, other) in [("fc.1.", "fc."), ("classifier.2.", "fc."), ("head.fc.", "fc.")] {
            let found = try weights(
                named { $0.hasPrefix(other) ? name + $0.dropFirst(other.count) : $0 })
            #expect(found.identification.isWhole, "\(name)")
            #expect(found.identification.headTensors == [name + "weight", name + "bias"])
            #expect(try found.tensors() == tensors)
        }
    }

    @Test("a head of several layers is said to be one: features can be taken, answers not")
    func headOfLayers() throws {
        for names in [
            ("fc.0.", "fc.2."), ("classifier.1.", "classifier.4."), ("linear.0.", "linear.3."),
        ] {
            let all =
                try named().filter { !$0.name.hasPrefix("fc.") }
                + [
                    extra(names.0 + "weight", [8, 16]), extra(names.0 + "bias", [8]),
                    extra(names.1 + "weight", [10, 8]), extra(names.1 + "bias", [10]),
                ]
            let found = try weights(all)
            #expect(found.identification.head == .layers && !found.identification.isWhole)
            #expect(found.identification.headTensors.count == 4)
            let error = #expect(throws: WeightsError.self) { try found.tensors() }
            #expect(error?.code == .otherHead)
            #expect(error?.message.contains("\"\(names.0)weight\"") == true)
            let read = try found.tensors(for: .features)
            #expect(read["fc.weight"]?.elements == [Float](repeating: 0, count: 16))
            #expect(read["bn.weight"] == tensors["bn.weight"])
        }
    }

    @Test("a network without a head is said to be one")
    func noHead() throws {
        let found = try weights(named("encoder.").filter { !$0.name.contains("fc.") })
        #expect(found.identification.head == .absent && !found.identification.isWhole)
        #expect(found.identification.network?.name == "wrn-10-0.25")
        let error = #expect(throws: WeightsError.self) { try found.tensors() }
        #expect(error?.message.contains("ends with its features") == true)
        #expect(try found.tensors(for: .features)["conv0.weight"] == tensors["conv0.weight"])
    }

    // MARK: Numbers

    @Test("numbers that cannot be weights are refused with the tensor's name, and only converted")
    func unsound() throws {
        let cases: [(String, Float, String)] = [
            ("block2.layer.0.bn1.running_mean", .infinity, "is not finite"),
            ("block3.layer.0.conv2.weight", .nan, "is not finite"),
            ("fc.bias", -.infinity, "is not finite"),
            ("bn1.running_var", -0.5, "is a negative variance"),
        ]
        for (name, value, words) in cases {
            let all = try named().map { tensor -> NamedTensor in
                guard tensor.name == name else { return tensor }
                var elements = [Float](repeating: 1, count: tensor.shape.elementCount)
                elements[elements.count - 1] = value
                return NamedTensor(
                    name: name, tensor: Tensor(shape: tensor.shape, elements: elements))
            }
            let found = try weights(all)
            #expect(try found.unsoundTensors().map(\.name) == [name])
            for purpose in [ForeignWeights.Purpose.answers, .features] {
                let error = #expect(throws: WeightsError.self) { try found.tensors(for: purpose) }
                #expect(error?.code == .notFinite)
                #expect(error?.message.contains("\"\(name)\" \(words)") == true)
            }
            #expect(try found.tensors(for: .conversion).count == tensors.count)
        }
        // Of another shape it is no weight of the network's, and not read.
        let other = try named().map { tensor in
            tensor.name == "block3.layer.0.conv2.weight"
                ? NamedTensor(
                    name: tensor.name, tensor: Tensor(shape: [16, 16, 3, 1], repeating: .infinity))
                : tensor
        }
        #expect(try weights(other).identification.differentlyShaped.count == 1)
        #expect(try weights(other).unsoundTensors().isEmpty)
        let none = try weights(named(times: .nan))
        #expect(try none.unsoundTensors().count == 40)
        #expect(try none.unsoundTensors()[0].problem.contains("(all of"))
        #expect(try weights(named()).unsoundTensors().isEmpty)
    }

    // MARK: Normalisation

    @Test(
        "a mean and a deviation beside the network say how images are normalised",
        arguments: [
            ("mean", "std"), ("mu", "sigma"), ("normalize.mean", "normalize.std"),
            ("preprocess.normalizer.mean", "preprocess.normalizer.std"),
        ])
    func statedNormalization(mean: String, deviation: String) throws {
        let numbers: [Float] = [0.5, 0.25, 0.125]
        for shape in [TensorShape([3]), [1, 3, 1, 1], [3, 1, 1]] {
            let pair = [
                NamedTensor(name: mean, tensor: Tensor(shape: shape, elements: numbers)),
                NamedTensor(name: deviation, tensor: Tensor(shape: shape, elements: numbers)),
            ]
            for prefix in ["", "model."] {
                let found = try weights(named(prefix) + pair)
                #expect(found.identification.extra.isEmpty)
                let stated = try found.statedNormalization()
                #expect(stated?.names == [mean, deviation])
                #expect(stated?.mean == numbers && stated?.standardDeviation == numbers)
            }
        }
    }

    @Test("metadata say it, too, and numbers of pixels are divided by 255; others are not used")
    func statedInMetadata() throws {
        let found = try weights(
            named(), metadata: ["mean": "[0.5, 0.25, 1]", "std": "[1, 0.5, 0.25]"])
        #expect(try found.statedNormalization()?.mean == [0.5, 0.25, 1])
        let pixels = try weights(
            named(), metadata: ["mean": "[127.5, 51, 255]", "std": "[51, 51, 51]"])
        #expect(try pixels.statedNormalization()?.mean == [0.5, 0.2, 1])
        for (mean, deviation) in [
            ("[0.5, 0.5]", "[1, 1]"), ("[0.5, 0.5, 0.5]", "[0, 1, 1]"), ("words", "[1, 1, 1]"),
            ("[400, 1, 1]", "[1, 1, 1]"),
        ] {
            let other = try weights(named(), metadata: ["mean": mean, "std": deviation])
            #expect(try other.statedNormalization() == nil)
        }
    }
}
