// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNFiles
import WRNImages

@testable import WRNHub

@Suite("Known weights")
struct CatalogueTests {
    @Test("Each tag is there once, and reads as a reference to itself")
    func tags() throws {
        let tags = PretrainedWeights.all.map(\.tag)
        #expect(Set(tags).count == 9 && tags.count == 9)
        let settings = try HubSettings(environment: ["HOME": "/nowhere"])
        for entry in PretrainedWeights.all {
            switch try WeightsReference(entry.tag, settings: settings) {
            case .torch(let found): #expect(found == entry)
            case .hub(let file):
                #expect(file.repository == entry.tag)
                #expect(entry.address.hasSuffix("/\(entry.tag)/resolve/main/model.safetensors"))
            default: Issue.record("\(entry.tag)")
            }
        }
    }

    @Test("The names of PyTorch's files have eight digits of their SHA-256")
    func torchDigits() {
        let names = PretrainedWeights.all.filter(\.isTorchvision).map(TorchCheckpoint.name)
        #expect(
            names.map { TorchCheckpoint.digest($0).digits }
                == ["95faca4d", "9ba9bcbe", "32ee1156", "d733dc28"])
    }

    @Test("timm's preparations are the presets of the same numbers")
    func preparations() throws {
        func prepared(_ tag: String) throws -> ImagePreparation {
            try #require(PretrainedWeights.known("timm/" + tag)).preparation
        }
        let racm = try #require(PretrainedWeights.known("timm/wide_resnet50_2.racm_in1k"))
        #expect(
            try racm.evaluations.map(\.preparation) == [
                .timm(inputSize: 288, cropFraction: 0.95, interpolation: .bicubic),
                .timm(inputSize: 224, cropFraction: 0.875, interpolation: .bicubic),
            ])
        for network in ["wide_resnet50_2", "wide_resnet101_2"] {
            #expect(
                try prepared(network + ".tv_in1k")
                    == .timm(inputSize: 224, cropFraction: 0.875, interpolation: .bilinear))
            #expect(
                try prepared(network + ".tv2_in1k")
                    == .timm(inputSize: 224, cropFraction: 0.965, interpolation: .bilinear))
        }
    }

    @Test("ImageNet has a thousand classes with a name each")
    func classNames() {
        let names = ImageNetClasses.names
        #expect(names.count == 1000 && Set(names).count == 1000)
        #expect(names[0] == "tench" && names[999] == "toilet tissue")
        #expect(names[207] == "golden retriever" && names[281] == "tabby")
        let digest = HubStage.digest(Array(names.joined(separator: "\n").utf8), like: .sha256(""))
        #expect(digest == "0b0f9fee7c952f257418d62aa701f023a9da13b443a14f5c4291e5724d92967c")
    }

    @Test("JSON leaves out what no publisher states")
    func encodes() throws {
        let entry = try #require(PretrainedWeights.known("timm/wide_resnet50_2.racm_in1k"))
        let object = try JSONSerialization.jsonObject(with: JSONEncoder().encode(entry))
        let values = try #require(object as? [String: Any])
        #expect(values["licence"] == nil)
        #expect(values["approximateByteCount"] as? Int == 276_000_000)
        #expect((values["evaluations"] as? [Any])?.count == 2)
    }
}
