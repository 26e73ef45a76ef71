// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import WRNFetch
import WRNFiles
import WRNTestSupport

@testable import WRNHub

/// A hub with one repository, `timm/tiny.v1`, a server for its large files, and a home directory;
/// all for one test.
final class HubStage: Sendable {
    static let commit = String(repeating: "c0ffee12", count: 5)
    static let repository = "timm/tiny.v1"
    /// More than a network packet, so that parts of it arrive alone.
    static let weights = (0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 7) }
    static let weightsName = digest(weights, like: .sha256(""))
    static let configuration = Array(#"{"architecture": "wide_resnet50_2"}"#.utf8)
    static let configurationName = digest(
        configuration, like: .gitBlob("", byteCount: configuration.count))

    typealias Answer =
        @Sendable (LoopbackServer.Request, LoopbackServer.Response) -> LoopbackServer.Response

    let home: String
    let hub: LoopbackServer
    /// Where large files are, on another port.
    let storage: LoopbackServer

    /// - Parameters:
    ///   - hubAnswers: Changes the hub's answer.
    ///   - storageAnswers: Changes the answer of the server of large files.
    init(
        hubAnswers: @escaping Answer = { $1 }, storageAnswers: @escaping Answer = { $1 }
    ) throws {
        home = NSTemporaryDirectory() + "hub-" + UUID().uuidString
        try FileManager.default.createDirectory(
            atPath: home, withIntermediateDirectories: true)
        let storage = try LoopbackServer { request in
            storageAnswers(request, .file(Self.weights, request))
        }
        self.storage = storage
        hub = try LoopbackServer { request in
            hubAnswers(request, Self.answer(request, storage: storage.address))
        }
    }

    deinit {
        hub.stop()
        storage.stop()
        try? FileManager.default.removeItem(atPath: home)
    }

    /// The hub's answers.
    private static func answer(
        _ request: LoopbackServer.Request, storage: String
    ) -> LoopbackServer.Response {
        let parts = request.path.split(separator: "/")
        guard parts.count == 5, parts[0] + "/" + parts[1] == repository, parts[2] == "resolve"
        else { return .init(status: 401, headers: ["X-Error-Code": "RepoNotFound"]) }
        guard ["main", "v1", "refs%2Fpr%2F1", commit].contains(String(parts[3])) else {
            return .init(status: 404, headers: ["X-Error-Code": "RevisionNotFound"])
        }
        switch parts[4] {
        case "model.safetensors":
            return .init(
                status: 302,
                headers: [
                    "X-Repo-Commit": commit, "X-Linked-Size": "\(weights.count)",
                    "X-Linked-Etag": "\"\(weightsName)\"", "ETag": "\"other\"",
                    "Location": storage + "/" + weightsName,
                ])
        case "config.json":
            var response = LoopbackServer.Response.file(configuration, request)
            response.headers["X-Repo-Commit"] = commit
            response.headers["ETag"] = "W/\"\(configurationName)\""
            return response
        default: return .init(status: 404, headers: ["X-Error-Code": "EntryNotFound"])
        }
    }

    /// The hub as a user with these variables has it.
    private func weightsHub(_ more: [String: String] = [:]) throws -> WeightsHub {
        let environment = ["HOME": home, "HF_ENDPOINT": hub.address]
        return try WeightsHub(
            environment: environment.merging(more) { $1 }, torchMirror: storage.address + "/")
    }

    /// Resolves a reference as that user; the servers live until it is done.
    @discardableResult
    func resolve(
        _ reference: String, _ more: [String: String] = [:],
        progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws -> ResolvedWeights {
        try withExtendedLifetime(self) {
            // A repository that is not known needs the hub's scheme.
            let isRepository = !reference.contains("://") && !reference.hasPrefix("torchvision:")
            return try weightsHub(more).resolve(
                isRepository ? "hf:" + reference : reference, progress: progress)
        }
    }

    /// The repository's directory in the cache.
    var cache: String { home + "/.cache/huggingface/hub/models--timm--tiny.v1" }

    /// All files and links below the home directory, links with where they lead.
    func contents() -> [String] {
        let names = FileManager.default.enumerator(atPath: home)?.allObjects ?? []
        return names.compactMap { $0 as? String }.filter {
            var status = stat()
            return lstat(home + "/" + $0, &status) == 0 && status.st_mode & S_IFMT != S_IFDIR
        }.map { name in
            let target = try? FileManager.default.destinationOfSymbolicLink(
                atPath: home + "/" + name)
            return name + (target.map { " -> " + $0 } ?? "")
        }.sorted()
    }

    /// Writes a file, and the directories that it is in.
    func write(_ name: String, _ bytes: [UInt8]) throws {
        let path = URL(fileURLWithPath: home + "/" + name)
        try FileManager.default.createDirectory(
            at: path.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(bytes).write(to: path)
    }

    static func digest(_ bytes: [UInt8], like digest: FileDigest) -> String {
        var computation = FileDigest.Computation(like: digest)
        computation.update(Array(bytes))
        return computation.digest.digits
    }
}

/// The bytes of a file.
func bytes(_ path: String) throws -> [UInt8] {
    Array(try Data(contentsOf: URL(fileURLWithPath: path)))
}

/// The call fails with that kind of error, and its message has all the words.
func expectError(
    _ code: HubError.Code, _ words: String..., location: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) {
    let error = #expect(throws: HubError.self, sourceLocation: location) { try body() }
    guard let error else { return }
    #expect(error.code == code, "\(error)", sourceLocation: location)
    for word in words {
        #expect(error.message.contains(word), "\(error)", sourceLocation: location)
    }
}
