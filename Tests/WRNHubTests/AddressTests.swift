// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNTestSupport

@testable import WRNHub

@Suite("Other addresses, and PyTorch's files")
struct AddressTests {
    @Test(
        "A file of PyTorch's comes to torch.hub's directory when its SHA-256 begins as its name says"
    )
    func fetchesCheckpoint() throws {
        let stage = try HubStage()
        let name = "tiny-\(HubStage.weightsName.prefix(8)).pth"
        let weights = try fetch(name, stage)
        #expect(weights.path == stage.home + "/.cache/torch/hub/checkpoints/" + name)
        #expect(try bytes(weights.path) == HubStage.weights)
        #expect(try fetch(name, stage) == weights)
        #expect(stage.storage.requests.map(\.method) == ["HEAD", "GET"])
        #expect(weights.classNames?.count == 1000)
    }

    private func fetch(_ name: String, _ stage: HubStage) throws -> ResolvedWeights {
        let known = try #require(PretrainedWeights.known("torchvision:wide_resnet50_2.V1"))
        let entry = PretrainedWeights(
            "torchvision:tiny", network: known.network, parameterCount: 1,
            approximateByteCount: nil, first: known.evaluations[0], licence: nil, origin: "",
            address: TorchCheckpoint.officialAddress + name)
        let settings = try HubSettings(environment: ["HOME": stage.home])
        return try TorchCheckpoint(
            entry: entry, settings: settings, mirror: stage.storage.address + "/"
        ).run(nil)
    }

    @Test("Other bytes than those of the name are thrown away, and refused in the cache")
    func rejectsOtherCheckpoint() throws {
        let stage = try HubStage()
        let tag = "torchvision:wide_resnet50_2.V2"
        expectError(.checksumMismatch, "expected 9ba9bcbe", HubStage.weightsName) {
            try stage.resolve(tag)
        }
        #expect(stage.contents() == [])
        try stage.write("torch/hub/checkpoints/wide_resnet50_2-9ba9bcbe.pth", [1])
        expectError(.checksumMismatch, "wide_resnet50_2-9ba9bcbe.pth", "remove it") {
            try stage.resolve(tag, ["TORCH_HOME": stage.home + "/torch"])
        }
        expectError(.offline, "wide_resnet50_2-9ba9bcbe.pth", "by hand") {
            try stage.resolve(tag, ["HF_HUB_OFFLINE": "1"])
        }
    }

    @Test("Of any address the digest behind # is enforced, and the file is fetched once")
    func verifiesAddress() throws {
        let stage = try HubStage()
        let address = stage.storage.address + "/models/wrn.safetensors"
        let right = try stage.resolve("\(address)#sha256=\(HubStage.weightsName)")
        #expect(right.path.hasPrefix(stage.home + "/.cache/wide-resnet/weights/"))
        #expect(right.path.hasSuffix("/wrn.safetensors"))
        #expect(right.source == address)
        let unnamed = try stage.resolve(address)
        #expect(unnamed.path == right.path)
        #expect(unnamed.digest == nil)
        #expect(stage.storage.requests.count == 2)
        let wrong = String(repeating: "0", count: 64)
        expectError(.checksumMismatch, "expected \(wrong)") {
            try stage.resolve("\(address)#sha256=\(wrong)")
        }
    }

    @Test("The digest behind an address of the hub is enforced, too")
    func verifiesHubAddress() throws {
        let settings = try HubSettings(environment: ["HOME": "/nowhere"])
        let digits = String(repeating: "0", count: 64)
        let file = "model.safetensors"
        for page in ["resolve", "blob"] {
            let address = "https://huggingface.co/org/name/\(page)/main/\(file)"
            for query in ["", "?download=true"] {
                let reference = try WeightsReference(
                    "\(address)\(query)#sha256=\(digits)", settings: settings)
                guard case .address(let found) = reference else {
                    Issue.record("\(reference)")
                    continue
                }
                #expect(found.text == "https://huggingface.co/org/name/resolve/main/\(file)")
                #expect(found.sha256 == digits)
            }
            expectError(.invalidReference, "64 hexadecimal digits") {
                _ = try WeightsReference("\(address)#sha256=12", settings: settings)
            }
            guard case .hub = try WeightsReference("\(address)#top", settings: settings) else {
                Issue.record("expected a file of the hub")
                continue
            }
        }
    }

    @Test("A private file of the hub with a digest is asked for with the token, of no other server")
    func sendsToken() throws {
        let stage = try HubStage(hubAnswers: { request, response in
            request.headers["authorization"] == "Bearer hf_x"
                ? response : .init(status: 401, headers: ["X-Error-Code": "RepoNotFound"])
        })
        let path = "/\(HubStage.repository)/resolve/main/model.safetensors"
        let digest = "#sha256=\(HubStage.weightsName)"
        expectError(.notFound, "401", "or it is private", "set HF_TOKEN") {
            try stage.resolve(stage.hub.address + path + digest)
        }
        expectError(.accessDenied, "401", "the token may not read it") {
            try stage.resolve(stage.hub.address + path + digest, ["HF_TOKEN": "hf_y"])
        }
        let weights = try stage.resolve(
            stage.hub.address + path + digest, ["HF_TOKEN": "hf_x"])
        #expect(try bytes(weights.path) == HubStage.weights)
        #expect(
            stage.hub.requests.suffix(2).map { $0.headers["authorization"] }
                == ["Bearer hf_x", "Bearer hf_x"])
        // Neither the server of large files nor any other gets it.
        _ = try stage.resolve("\(stage.storage.address)/a.pth", ["HF_TOKEN": "hf_x"])
        #expect(stage.storage.requests.allSatisfy { $0.headers["authorization"] == nil })
    }

    @Test("A file that needs a token is refused with what to do, for the hub and for others")
    func refusesWithoutToken() throws {
        let stage = try HubStage(
            hubAnswers: { _, _ in .init(status: 403) },
            storageAnswers: { _, _ in .init(status: 403) })
        let address =
            "\(stage.hub.address)/\(HubStage.repository)/resolve/main/model.safetensors"
            + "#sha256=\(HubStage.weightsName)"
        expectError(.accessDenied, "403", "accept the terms", "set HF_TOKEN") {
            try stage.resolve(address)
        }
        expectError(.accessDenied, "403", "the token's account") {
            try stage.resolve(address, ["HF_TOKEN": "hf_x"])
        }
        expectError(.accessDenied, "403", "only the hub gets a token") {
            try stage.resolve(stage.storage.address + "/a.pth", ["HF_TOKEN": "hf_x"])
        }
    }

    @Test("Without a digest a part is not gone on with, as it may be of another file")
    func startsAgainWithoutDigest() throws {
        let stage = try HubStage(storageAnswers: { request, response in
            var response = response
            if request.path.hasSuffix("first.pth") { response.sentCount = 1000 }
            return response
        })
        let address = stage.storage.address + "/first.pth"
        for _ in 0..<2 {
            expectError(.downloadFailed, "1000 of 200000 bytes") {
                try stage.resolve(address)
            }
        }
        #expect(stage.storage.requests.allSatisfy { $0.start == nil })
    }

    @Test("An address that is missing, or of unknown length, is refused")
    func refusals() throws {
        let missing = try HubStage(storageAnswers: { _, _ in .init(status: 404) })
        expectError(.notFound, "404", "check the address") {
            try missing.resolve(missing.storage.address + "/a.pth")
        }
        let empty = try HubStage(storageAnswers: { _, _ in .init() })
        expectError(.unverifiable, "'0'") {
            try empty.resolve(empty.storage.address + "/a.pth")
        }
        let unmeasured = try HubStage(storageAnswers: { _, response in
            var response = response
            response.hasLength = false
            return response
        })
        expectError(.unverifiable, "does not give the file's length", "by hand") {
            try unmeasured.resolve(unmeasured.storage.address + "/a.pth")
        }
    }
}
