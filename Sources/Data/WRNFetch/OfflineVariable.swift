// SPDX-License-Identifier: Apache-2.0

/// The variable of the environment that switches downloads off, as for huggingface_hub.
package enum OfflineVariable {
    /// Its name.
    package static let name = "HF_HUB_OFFLINE"

    /// Whether its value is one of huggingface_hub's words for yes, in any case.
    package static func isOn(in environment: [String: String]) -> Bool {
        ["1", "ON", "YES", "TRUE"].contains(environment[name]?.uppercased() ?? "")
    }
}
