// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

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
            ("timm/a.b", nil, "model.safetensors"), ("timm/a.b@v1", "v1", "model.safetensors"),
            ("timm/a.b@refs/pr/1:x/y.bin", "refs/pr/1", "x/y.bin"),
            ("timm/a.b:y.bin", nil, "y.bin"),
            ("timm/a.b@\(Self.commit)", Self.commit, "model.safetensors"),
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
            "~/a", "a/b/c", "first",
        ] {
            #expect(try read(text) == .path(text))
        }
    }

    @Test("No part of a reference leads out of its directory")
    func escapes() {
        for text in [
            "timm/a.b@../../x", "timm/a.b:../x", "timm/a.b:/etc/passwd", "timm/a.b:x//y",
            "timm/a.b@", "timm/a.b:", "timm/a..b", "timm/a--b", "timm/a.b:x%2F..",
            "timm/a.b@v1:.", "timm/a.\(String(repeating: "b", count: 100))",
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
            expectError(.invalidReference, "'\(text)'", "exact", nearest) { _ = try read(text) }
        }
    }
}
