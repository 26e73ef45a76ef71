// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@Suite("wrn weights")
struct WeightsTests {
    private struct Listing: Decodable {
        struct Evaluation: Decodable {
            let top1: Double
        }

        let tag: String
        let parameterCount: Int
        let licence: String?
        let evaluations: [Evaluation]
        let path: String?
    }

    @Test("list says what there is, how good it is, and where")
    func lists() throws {
        let workplace = try Workplace()
        let directory = workplace.path + "/.cache/torch/hub/checkpoints"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        let path = directory + "/wide_resnet50_2-9ba9bcbe.pth"
        try Data().write(to: URL(fileURLWithPath: path))
        let text = try workplace.run("weights", "list")
        #expect(text.code == 0, "\(text.problem)")
        let lines = text.output.split(separator: "\n")
        #expect(lines.count == 10)
        // What is piped has all columns, and nothing is cut.
        #expect(lines.filter { $0.hasSuffix("  " + path) }.count == 1)
        #expect(text.output.contains("BSD-3-Clause") && !text.output.contains(".."))
        let json = try workplace.run("weights", "list", "--json")
        let listings = try decoded([Listing].self, from: json.output)
        #expect(listings.count == 9)
        let there = listings.filter { $0.path != nil }
        #expect(there.map(\.tag) == ["torchvision:wide_resnet50_2.V2"])
        #expect(there.first?.path == path)
        #expect(there.first?.parameterCount == 68_883_240)
        #expect(there.first?.evaluations.first?.top1 == 81.602)
        #expect(there.first?.licence == "BSD-3-Clause")
    }

    @Test("get verifies what is there already, and asks nobody")
    func verifies() throws {
        let workplace = try Workplace()
        let commit = String(repeating: "0", count: 40)
        let repository = ".cache/huggingface/hub/models--a--b"
        let snapshot = "\(repository)/snapshots/\(commit)"
        for directory in ["\(repository)/blobs", "\(repository)/refs", snapshot] {
            try FileManager.default.createDirectory(
                atPath: workplace.path + "/" + directory, withIntermediateDirectories: true)
        }
        // Git's name for a file without a byte.
        let blob = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391"
        try workplace.write([], to: "\(repository)/blobs/\(blob)")
        try workplace.write(Array(commit.utf8), to: "\(repository)/refs/main")
        try FileManager.default.createSymbolicLink(
            atPath: "\(workplace.path)/\(snapshot)/model.safetensors",
            withDestinationPath: "../../blobs/\(blob)")
        let offline = ["HF_HUB_OFFLINE": "1"]
        let right = try workplace.run("weights", "get", "hf:a/b", environment: offline)
        #expect(right.code == 0, "\(right.problem)")
        #expect(right.output.hasPrefix("hf:a/b@\(commit) is in \(workplace.path)/\(snapshot)"))
        #expect(right.output.hasSuffix("(verified: git SHA-1 \(blob))\n"))
        try workplace.write([1], to: "\(repository)/blobs/\(blob)")
        let damaged = try workplace.run("weights", "get", "hf:a/b", environment: offline)
        #expect(damaged.code == 1)
        #expect(damaged.problem.contains("not the published one"))
    }

    @Test("get wants exact names, and offline says what is missing")
    func refuses() throws {
        let workplace = try Workplace()
        let partial = try workplace.run("weights", "get", "timm/wide_resnet50_2")
        #expect(partial.code == 1)
        #expect(partial.problem.contains("timm/wide_resnet50_2.racm_in1k"))
        let path = try workplace.run("weights", "get", "model/model.safetensors")
        #expect(path.code == 2)
        #expect(path.problem.contains("is a path"))
        let offline = try workplace.run(
            "weights", "get", "torchvision:wide_resnet50_2.V1",
            environment: ["HF_HUB_OFFLINE": "1"])
        #expect(offline.code == 1)
        #expect(offline.problem.contains("wide_resnet50_2-95faca4d.pth"))
        #expect(offline.problem.split(separator: "\n").count == 1)
    }
}
