// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNFetch
import WRNFiles

/// The sources and directories of weights, from the environment variables of huggingface_hub and
/// torch.hub.
struct HubSettings: Hashable, Sendable {
    /// The longest token, in bytes.
    static let maximumTokenByteCount = 4096

    /// The address of the hub, without a slash at the end (`HF_ENDPOINT`).
    let endpoint: String
    /// The directory with one directory for each repository (`HF_HUB_CACHE`, or `hub` in
    /// `HF_HOME`).
    let hubDirectory: String
    /// The directory of PyTorch's own weights (`TORCH_HOME`).
    let torchDirectory: String
    /// The directory of files from any other address.
    let addressDirectory: String
    /// Whether the network is not used (`HF_HUB_OFFLINE`).
    let isOffline: Bool
    /// The access token (`HF_TOKEN`); nil to read it from `tokenFile`.
    private let token: String?
    /// Where the token is otherwise (`HF_TOKEN_PATH`, or `token` in `HF_HOME`).
    private let tokenFile: String

    /// The official address, which is also recognised in a reference.
    static let officialEndpoint = "https://huggingface.co"

    /// Reads the environment; a variable that is empty counts as not set.
    ///
    /// - Throws: ``HubError`` for an endpoint that is no address.
    init(environment: [String: String]) throws(HubError) {
        let home = environment["HOME"] ?? NSHomeDirectory()
        func path(_ name: String) -> String? {
            guard let value = environment[name], !value.isEmpty else { return nil }
            return value == "~" || value.hasPrefix("~/") ? home + value.dropFirst() : value
        }
        // The specification of XDG requires relative paths to be ignored.
        let base = path("XDG_CACHE_HOME").flatMap { $0.hasPrefix("/") ? $0 : nil }
        let caches = base ?? home + "/.cache"
        let hubHome = path("HF_HOME") ?? caches + "/huggingface"
        hubDirectory = path("HF_HUB_CACHE") ?? hubHome + "/hub"
        torchDirectory = (path("TORCH_HOME") ?? caches + "/torch") + "/hub/checkpoints"
        addressDirectory = caches + "/wide-resnet/weights"
        isOffline = OfflineVariable.isOn(in: environment)
        token = environment["HF_TOKEN"].flatMap(Self.trimmed)
        tokenFile = path("HF_TOKEN_PATH") ?? hubHome + "/token"
        var address = environment["HF_ENDPOINT"] ?? ""
        if address.isEmpty { address = Self.officialEndpoint }
        while address.hasSuffix("/") { address.removeLast() }
        guard let url = URL(string: address), ["http", "https"].contains(url.scheme ?? ""),
            url.host != nil
        else {
            throw HubError(
                .invalidSetting,
                "HF_ENDPOINT is '\(address)', which is no address; it must begin with https:// or "
                    + "http://"
            )
        }
        endpoint = address
    }

    /// The header with the access token; none without a token.
    ///
    /// - Throws: ``HubError`` for a token that cannot be sent or read; the message does not show
    ///   it.
    func authorization() throws(HubError) -> [String: String] {
        let found: String? = if let token { token } else { try tokenInFile() }
        guard let token = found else { return [:] }
        guard token.utf8.count <= Self.maximumTokenByteCount,
            token.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw HubError(
                .invalidSetting,
                "the token for the hub (from HF_TOKEN or \(tokenFile)) must be at most "
                    + "\(Self.maximumTokenByteCount) visible ASCII characters without spaces"
            )
        }
        return ["Authorization": "Bearer " + token]
    }

    private func tokenInFile() throws(HubError) -> String? {
        guard FileManager.default.fileExists(atPath: tokenFile) else { return nil }
        do throws(DataError) {
            // White space around the token is ignored.
            let file = try FileBytes.read(tokenFile, limit: 2 * Self.maximumTokenByteCount)
            return Self.trimmed(String(decoding: file.bytes, as: UTF8.self))
        } catch {
            throw HubError(
                .fileSystem,
                "the token for the hub cannot be read (\(error.message)); correct the file or its "
                    + "permissions, or set HF_TOKEN"
            )
        }
    }

    private static func trimmed(_ text: String) -> String? {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.isEmpty ? nil : trimmed
    }
}
