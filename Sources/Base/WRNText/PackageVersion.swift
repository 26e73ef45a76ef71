// SPDX-License-Identifier: Apache-2.0

/// The package's version, which files name that it writes for other programs.
package enum PackageVersion {
    /// The package's name.
    package static let name = "swift-wide-resnet"
    /// The version, for example `1.2.0`.
    package static let text = "0.1.0-dev"
}
