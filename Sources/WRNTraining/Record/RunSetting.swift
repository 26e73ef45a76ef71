// SPDX-License-Identifier: Apache-2.0

/// One value of a run's `config.json`.
public struct RunSetting: Hashable, Sendable {
    /// Where it stands, for example `optimizer.momentum`.
    public let key: String
    /// What stands there.
    public let value: Value
}
