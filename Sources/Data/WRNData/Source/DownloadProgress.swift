// SPDX-License-Identifier: Apache-2.0

/// How far a download has come.
public struct DownloadProgress: Hashable, Sendable {
    /// The file's name.
    public let file: String
    /// The bytes that have arrived.
    public let receivedByteCount: Int
    /// The bytes that the file has.
    public let totalByteCount: Int
}
