// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNTestSupport

@testable import WRNHub

@Suite("What the hub refuses")
struct HubRefusalTests {
    private func stage(_ status: Int, _ headers: [String: String] = [:]) throws -> HubStage {
        try HubStage(hubAnswers: { _, _ in .init(status: status, headers: headers) })
    }

    @Test(
        "A repository that is unknown or private is said to be either, with the nearest known weights"
    )
    func unknownRepository() throws {
        let stage = try HubStage()
        expectError(.notFound, "401", "timm/wide_resnet50_2.racm", "set HF_TOKEN", "racm_in1k") {
            try stage.resolve("timm/wide_resnet50_2.racm")
        }
        expectError(.accessDenied, "401", "the token may not read it") {
            try stage.resolve("someone/else", ["HF_TOKEN": "hf_x"])
        }
        #expect(stage.contents() == [])
    }

    @Test("An unknown revision and an unknown file are told apart")
    func unknownParts() throws {
        let stage = try HubStage()
        expectError(.notFound, "404", "no revision 'v9'") {
            try stage.resolve("timm/tiny.v1@v9")
        }
        expectError(.notFound, "404", "no file 'other.bin' in the revision 'main'") {
            try stage.resolve("timm/tiny.v1:other.bin")
        }
    }

    @Test("A gated repository is said to be one, and a server that fails to have failed")
    func otherAnswers() throws {
        expectError(.accessDenied, "403", "accept the terms", "HF_TOKEN") {
            try stage(403).resolve(HubStage.repository)
        }
        expectError(.accessDenied, "401", "accept the terms") {
            try stage(401, ["X-Error-Code": "GatedRepo"]).resolve(HubStage.repository)
        }
        expectError(.downloadFailed, "503", "later") {
            try stage(503).resolve(HubStage.repository)
        }
    }

    @Test("Nobody listening is a failed download")
    func nobody() throws {
        let stage = try HubStage()
        let gone = try LoopbackServer { _ in .init() }
        gone.stop()
        expectError(.downloadFailed, gone.address, "check the network") {
            try stage.resolve(HubStage.repository, ["HF_ENDPOINT": gone.address])
        }
    }

    @Test("A server that does not say what a file must be gives none")
    func unverifiable() throws {
        for (header, value, words) in [
            ("X-Repo-Commit", "main", "of which commit"),
            ("X-Linked-Etag", "\"\(HubStage.weightsName.dropLast())\"", "neither a SHA-256"),
            ("X-Linked-Etag", "../../../../escape", "neither a SHA-256"),
            ("X-Linked-Size", "-1", "'-1'"),
            ("X-Linked-Size", "99999999999999999999", "'99999999999999999999'"),
        ] {
            let stage = try HubStage(hubAnswers: { _, response in
                var response = response
                response.headers[header] = value
                return response
            })
            expectError(.unverifiable, words) {
                try stage.resolve(HubStage.repository)
            }
            #expect(stage.contents() == [])
        }
    }

    @Test("An answer for another commit than the one that was asked for is refused")
    func otherCommit() throws {
        let stage = try HubStage(hubAnswers: { _, response in
            var response = response
            response.headers["X-Repo-Commit"] = String(repeating: "0", count: 40)
            return response
        })
        expectError(.unverifiable, "another commit") {
            try stage.resolve("timm/tiny.v1@\(HubStage.commit)")
        }
    }

    @Test("Offline, the cache is used and nobody asked")
    func offline() throws {
        let stage = try HubStage()
        for reference in [HubStage.repository, "timm/tiny.v1@main"] {
            expectError(.offline, "HF_HUB_OFFLINE", stage.cache) {
                try stage.resolve(reference, ["HF_HUB_OFFLINE": "1"])
            }
        }
        #expect(stage.hub.requests.isEmpty)
        let online = try stage.resolve(HubStage.repository)
        for reference in [HubStage.repository, "timm/tiny.v1@main"] {
            let found = try stage.resolve(reference, ["HF_HUB_OFFLINE": "true"])
            #expect(found == online)
        }
        #expect(stage.hub.requests.count == 2)
    }

    @Test("A server that sends a question round and round is given up")
    func roundAndRound() throws {
        let stage = try HubStage(hubAnswers: { request, _ in
            .init(status: 302, headers: ["Location": request.path])
        })
        expectError(.unverifiable, "of which commit") {
            try stage.resolve(HubStage.repository)
        }
        #expect(stage.hub.requests.count == 11)
        let files = try HubStage(storageAnswers: { request, _ in
            .init(status: 302, headers: ["Location": request.path])
        })
        expectError(.downloadFailed, "HTTP status 302") {
            try files.resolve(HubStage.repository)
        }
        #expect(files.contents() == [])
    }

    @Test("A renamed repository is followed on the same server")
    func renamed() throws {
        let stage = try HubStage(hubAnswers: { request, response in
            request.path.hasPrefix("/timm/old.v1/")
                ? .init(
                    status: 307,
                    headers: [
                        "Location": request.path.replacingOccurrences(of: "old.v1", with: "tiny.v1")
                    ])
                : response
        })
        let weights = try stage.resolve("timm/old.v1", ["HF_TOKEN": "hf_x"])
        #expect(try bytes(weights.path) == HubStage.weights)
        #expect(stage.hub.requests.allSatisfy { $0.headers["authorization"] == "Bearer hf_x" })
    }
}
