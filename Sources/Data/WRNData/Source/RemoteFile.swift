// SPDX-License-Identifier: Apache-2.0

package import WRNFiles

/// A published file: what it is called, how long it is, and what it must be.
package struct RemoteFile: Hashable, Sendable {
    /// What it is called below its address.
    package let name: String
    package let byteCount: Int
    /// The published digest of its bytes.
    package let digest: FileDigest

    /// Describes a file.
    package init(name: String, byteCount: Int, digest: FileDigest) {
        self.name = name
        self.byteCount = byteCount
        self.digest = digest
    }
}
