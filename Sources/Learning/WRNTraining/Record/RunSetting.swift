// SPDX-License-Identifier: Apache-2.0

/// One value of a run's `config.json`.
public struct RunSetting: Hashable, Sendable {
    /// What it is called: as in recipes where those have it, for example `momentum`.
    public let key: String
    /// What stands there.
    public let value: Value
}
