// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTestSupport

@testable import WRNHub

@Suite("References to weights")
struct ReferenceTests {
    private static let commit = String(repeating: "0123456789", count: 4)

    private func read(_ text: String) throws -> WeightsReference {
        try WeightsReference(text, settings: HubSettings(environment: ["HOME": "/nowhere"]))
    }

    @Test("A repository may have a revision and a file")
    func repositories() throws {
        for (text, revision, file) in [
            ("hf:timm/a.b", nil, "model.safetensors"),
            ("hf-hub:timm/a.b@v1", "v1", "model.safetensors"),
            ("hf:timm/a.b@refs/pr/1:x/y.bin", "refs/pr/1", "x/y.bin"),
            ("hf:timm/a.b:y.bin", nil, "y.bin"),
            ("hf:timm/a.b@\(Self.commit)", Self.commit, "model.safetensors"),
            ("https://huggingface.co/timm/a.b/resolve/v1/x/y.bin?download=true", "v1", "x/y.bin"),
            ("https://huggingface.co/timm/a.b/blob/main/y.bin", "main", "y.bin"),
        ] as [(String, String?, String)] {
            let expected = try HubFile(
                organization: "timm", name: "a.b", revision: revision, file: file)
            #expect(try read(text) == .hub(expected))
            #expect(expected.isExact == (revision == Self.commit))
        }
    }

    @Test("What is here, or looks like a file, is a path")
    func paths() throws {
        let directory = NSTemporaryDirectory()
        for text in [
            directory, "best.safetensors", "runs/best.safetensors", "./runs/first", "/a/b",
            "~/a", "a/b/c", "first", "runs/nope", "runs/first", "someone/else", "timm/resnet50.a1",
            "a/b:c", "a/b@c",
        ] {
            #expect(try read(text) == .path(text))
        }
    }

    @Test("A known repository needs no scheme, also with a revision and a file")
    func knownRepositories() throws {
        for (text, revision, file) in [
            ("timm/wide_resnet50_2.racm_in1k", nil, "model.safetensors"),
            ("timm/wide_resnet50_2.racm_in1k@v1:y.bin", "v1", "y.bin"),
        ] as [(String, String?, String)] {
            let expected = try HubFile(
                organization: "timm", name: "wide_resnet50_2.racm_in1k", revision: revision,
                file: file)
            #expect(try read(text) == .hub(expected))
            #expect(try read("hf:" + text) == .hub(expected))
        }
    }

    @Test("Other schemes are refused, and so is a hub's name that is none")
    func schemes() {
        for text in [
            "s3://bucket/model.safetensors", "ftp://host/a.pth", "hf:", "hf:name", "hf:a/b/c",
            "hf-hub:/a",
        ] {
            expectError(.invalidReference, "hf:ORGANIZATION/NAME") { _ = try read(text) }
        }
    }

    @Test(
        "What is not here is said to be missing, with the nearest path, and nothing is asked on a network"
    )
    func missing() throws {
        let directory = NSTemporaryDirectory() + "wrn-test-\(UUID().uuidString)"
        for run in ["runs/first", "runs/second"] {
            try FileManager.default.createDirectory(
                atPath: directory + "/" + run, withIntermediateDirectories: true)
        }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let nobody = try LoopbackServer { _ in .init() }
        defer { nobody.stop() }
        let hub = try WeightsHub(environment: [
            "HOME": directory, "HF_ENDPOINT": nobody.address,
        ])
        for (path, sentence) in [
            ("\(directory)/runs/frist", "the nearest is \(directory)/runs/first"),
            ("\(directory)/rnus/second", "the nearest is \(directory)/runs/second"),
            ("\(directory)/runs/xyzxyzxyz", "\(directory)/runs holds first, second"),
            ("\(directory)/runs/first/m", "\(directory)/runs/first is empty"),
            ("runs/nope", "a repository of the Hugging Face hub is written hf:runs/nope"),
        ] {
            expectError(.missing, "\(path): there is no such file or directory", sentence) {
                _ = try hub.resolve(path)
            }
        }
        #expect(nobody.requests.isEmpty)
    }

    @Test("No part of a reference leads out of its directory")
    func escapes() {
        for text in [
            "hf:timm/a.b@../../x", "hf:timm/a.b:../x", "hf:timm/a.b:/etc/passwd",
            "hf:timm/a.b:x//y",
            "hf:timm/a.b@", "hf:timm/a.b:", "hf:timm/a..b", "hf:timm/a--b", "hf:timm/a.b:x%2F..",
            "hf:timm/a.b@v1:.", "hf:timm/a.\(String(repeating: "b", count: 100))",
            "https://huggingface.co/timm/a.b/resolve/../x", "https://host/a/..",
            "https://host/.hidden", "https://host/", "https://host",
        ] {
            #expect(throws: HubError.self, "\(text)") { try read(text) }
        }
    }

    @Test("An address needs https, no user and no question, and its digest must be one")
    func addresses() throws {
        let digits = String(repeating: "ab", count: 32)
        for text in [
            "http://example.org/a.pth", "https://me@example.org/a.pth",
            "https://example.org/a.pth?x=1", "https://example.org/a.pth#sha256=ab",
            "https://example.org/a.pth#md5=\(digits)",
        ] {
            expectError(.invalidReference) { _ = try read(text) }
        }
        guard case .address(let address) = try read("https://example.org/m/a.pth#sha256=\(digits)")
        else {
            Issue.record("not an address")
            return
        }
        #expect(address.directory == "https://example.org/m/")
        #expect(address.name == "a.pth")
        #expect(address.sha256 == digits)
        #expect(address.key.count == 16)
    }

    @Test("PyTorch's own address is the same as its tag")
    func torchAddress() throws {
        let entry = try #require(PretrainedWeights.known("torchvision:wide_resnet101_2.V2"))
        #expect(try read(entry.tag) == .torch(entry))
        #expect(try read(entry.address) == .torch(entry))
    }

    @Test("A name that is not exact is refused with the nearest ones")
    func inexactNames() {
        for (text, nearest) in [
            ("timm/wide_resnet50_2", "timm/wide_resnet50_2.racm_in1k"),
            ("wide_resnet50_2", "torchvision:wide_resnet50_2.V1"),
            ("wide_resnet101_2.tv2_in1k", "timm/wide_resnet101_2.tv2_in1k"),
            ("torchvision:wide_resnet50_2", "torchvision:wide_resnet50_2.V2"),
            ("torchvision:wide_resnet50_2.DEFAULT", "torchvision:wide_resnet50_2.V1"),
        ] {
            expectError(.unknownWeights, "'\(text)'", "exact", nearest) { _ = try read(text) }
        }
    }
}
