// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing

@testable import WRNHub

@Suite("Settings of the hub")
struct SettingsTests {
    private func settings(_ more: [String: String]) throws -> HubSettings {
        try HubSettings(environment: ["HOME": "/h"].merging(more) { $1 })
    }

    @Test("Directories are where huggingface_hub and torch.hub have them")
    func directories() throws {
        for (variables, hub, torch) in [
            ([:], "/h/.cache/huggingface/hub", "/h/.cache/torch"),
            (["XDG_CACHE_HOME": "/x"], "/x/huggingface/hub", "/x/torch"),
            (["XDG_CACHE_HOME": "x"], "/h/.cache/huggingface/hub", "/h/.cache/torch"),
            (["HF_HOME": "~/f", "XDG_CACHE_HOME": "/x"], "/h/f/hub", "/x/torch"),
            (["HF_HUB_CACHE": "/c", "HF_HOME": "/f", "TORCH_HOME": "/t"], "/c", "/t"),
            (
                ["HF_HUB_CACHE": "", "TORCH_HOME": ""], "/h/.cache/huggingface/hub",
                "/h/.cache/torch"
            ),
        ] as [([String: String], String, String)] {
            let settings = try settings(variables)
            #expect(settings.hubDirectory == hub)
            #expect(settings.torchDirectory == torch + "/hub/checkpoints")
        }
    }

    @Test("An endpoint loses its slash, and must be an address")
    func endpoints() throws {
        #expect(try settings([:]).endpoint == "https://huggingface.co")
        #expect(try settings(["HF_ENDPOINT": "http://m:1/"]).endpoint == "http://m:1")
        for text in ["m", "ftp://m", "https://"] {
            expectError(.invalidSetting, "HF_ENDPOINT") {
                _ = try settings(["HF_ENDPOINT": text])
            }
        }
    }

    @Test("Offline is on for four words")
    func offline() throws {
        for word in ["1", "on", "YES", "True"] {
            #expect(try settings(["HF_HUB_OFFLINE": word]).isOffline)
        }
        for word in ["", "0", "no"] { #expect(try !settings(["HF_HUB_OFFLINE": word]).isOffline) }
    }

    @Test("A token that cannot be sent is refused and not shown")
    func tokens() throws {
        #expect(try settings(["HF_TOKEN": "\n"]).authorization() == [:])
        for token in ["two words", "a\r\nX-Header: b", String(repeating: "t", count: 4097)] {
            expectError(.invalidSetting, "HF_TOKEN") {
                _ = try settings(["HF_TOKEN": token]).authorization()
            }
            let error = #expect(throws: HubError.self) {
                try settings(["HF_TOKEN": token]).authorization()
            }
            #expect(error?.message.contains(token) == false)
        }
    }
}
