// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNDatasets
import WRNFetch
import WRNTestSupport
import WRNThreads

@testable import WRNHub

@Suite("Files of the hub")
struct HubFetchTests {
    private static let layout = [
        ".cache/huggingface/hub/models--timm--tiny.v1/blobs/\(HubStage.weightsName)",
        ".cache/huggingface/hub/models--timm--tiny.v1/refs/main",
        ".cache/huggingface/hub/models--timm--tiny.v1/snapshots/\(HubStage.commit)/model.safetensors"
            + " -> ../../blobs/\(HubStage.weightsName)",
    ]

    @Test(
        "A file comes whole and verified into huggingface_hub's layout, and is not asked for again")
    func fetchesOnce() throws {
        let stage = try HubStage()
        let last = Locked(0)
        let weights = try stage.resolve(HubStage.repository) { progress in
            #expect(progress.file == "model.safetensors")
            last.withLock { $0 = progress.receivedByteCount }
        }
        #expect(try bytes(weights.path) == HubStage.weights)
        #expect(weights.source == "hf:timm/tiny.v1@\(HubStage.commit)")
        #expect(weights.digest == "SHA-256 \(HubStage.weightsName)")
        #expect(last.withLock { $0 } == HubStage.weights.count)
        #expect(stage.contents() == Self.layout)
        #expect(try bytes(stage.cache + "/refs/main") == Array(HubStage.commit.utf8))
        let asked = stage.hub.requests.map { "\($0.method) \($0.path)" }
        let file = "/timm/tiny.v1/resolve"
        #expect(
            asked == [
                "HEAD \(file)/main/model.safetensors",
                "GET \(file)/\(HubStage.commit)/model.safetensors",
            ])
        #expect(try stage.resolve(HubStage.repository) == weights)
        #expect(stage.hub.requests.count == 2)
        #expect(stage.storage.requests.count == 1)
    }

    @Test("A small file is verified with git's SHA-1")
    func fetchesSmallFiles() throws {
        let stage = try HubStage()
        let file = try stage.resolve("timm/tiny.v1@v1:config.json")
        #expect(try bytes(file.path) == HubStage.configuration)
        #expect(file.digest == "git SHA-1 \(HubStage.configurationName)")
        #expect(file.source == "hf:timm/tiny.v1@\(HubStage.commit):config.json")
        #expect(try bytes(stage.cache + "/refs/v1") == Array(HubStage.commit.utf8))
        #expect(stage.storage.requests.isEmpty)
    }

    @Test("A commit is asked for once, a branch that is named each time")
    func asksForBranches() throws {
        let stage = try HubStage()
        for count in [2, 2] {
            try stage.resolve("timm/tiny.v1@\(HubStage.commit)")
            #expect(stage.hub.requests.count == count)
        }
        for count in [3, 4] {
            try stage.resolve("timm/tiny.v1@refs/pr/1")
            #expect(stage.hub.requests.count == count)
        }
        #expect(stage.storage.requests.count == 1)
        #expect(try bytes(stage.cache + "/refs/refs/pr/1") == Array(HubStage.commit.utf8))
    }

    @Test(
        "What huggingface_hub fetched is found without a question, and a copy without a link is not verified"
    )
    func findsOthers() throws {
        let stage = try HubStage()
        let repository = ".cache/huggingface/hub/models--timm--tiny.v1"
        try stage.write("\(repository)/blobs/\(HubStage.weightsName)", HubStage.weights)
        try stage.write("\(repository)/refs/main", Array(HubStage.commit.utf8))
        let snapshot = "\(repository)/snapshots/\(HubStage.commit)"
        try stage.write("\(snapshot)/config.json", HubStage.configuration)
        try FileManager.default.createSymbolicLink(
            atPath: "\(stage.home)/\(snapshot)/model.safetensors",
            withDestinationPath: "../../blobs/\(HubStage.weightsName)")
        let weights = try stage.resolve(HubStage.repository)
        #expect(weights.digest == "SHA-256 \(HubStage.weightsName)")
        #expect(try bytes(weights.path) == HubStage.weights)
        #expect(try stage.resolve("timm/tiny.v1:config.json").digest == nil)
        #expect(stage.hub.requests.isEmpty)
    }

    @Test("After a connection breaks, only the rest is asked for")
    func continues() throws {
        let turn = Locked(0)
        let stage = try HubStage(storageAnswers: { _, response in
            let isFirst = turn.withLock { turn in
                turn += 1
                return turn == 1
            }
            var response = response
            if isFirst { response.sentCount = 90_000 }
            return response
        })
        expectError(.downloadFailed, "90000 of 200000 bytes", "try again") {
            try stage.resolve(HubStage.repository)
        }
        #expect(stage.contents() == [Self.layout[0] + ".incomplete"])
        let weights = try stage.resolve(HubStage.repository)
        #expect(try bytes(weights.path) == HubStage.weights)
        #expect(stage.storage.requests.map(\.start) == [nil, 90_000])
        #expect(stage.contents() == Self.layout)
    }

    @Test("Wrong bytes, and more bytes than announced, are thrown away")
    func rejectsWrongBytes() throws {
        let changes: [(String, @Sendable (inout [UInt8]) -> Void)] = [
            ("expected \(HubStage.weightsName)", { $0[7] ^= 1 }),
            ("more than the 200000 bytes", { $0.append(0) }),
        ]
        for (words, change) in changes {
            let stage = try HubStage(storageAnswers: { _, response in
                var response = response
                change(&response.body)
                return response
            })
            expectError(.checksumMismatch, words) {
                try stage.resolve(HubStage.repository)
            }
            #expect(stage.contents() == [])
        }
    }

    @Test("A file of the cache that was damaged, by whomever, is refused and named")
    func rejectsDamagedCache() throws {
        let stage = try HubStage()
        try stage.resolve(HubStage.repository)
        var damaged = HubStage.weights
        damaged[199_999] ^= 1
        try stage.write(Self.layout[0], damaged)
        expectError(.checksumMismatch, "blobs/\(HubStage.weightsName)", "remove it") {
            try stage.resolve(HubStage.repository)
        }
    }

    @Test("The token goes to the hub and to no other server")
    func keepsToken() throws {
        for variables in [
            ["HF_TOKEN": " hf_secret\n"], ["HF_TOKEN_PATH": "~/token"],
        ] {
            let stage = try HubStage()
            try stage.write("token", Array("hf_secret\n".utf8))
            try stage.resolve(HubStage.repository, variables)
            let sent = stage.hub.requests.map { $0.headers["authorization"] }
            #expect(sent == ["Bearer hf_secret", "Bearer hf_secret"])
            #expect(stage.storage.requests.map { $0.headers["authorization"] } == [nil])
        }
    }
}
