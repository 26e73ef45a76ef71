// SPDX-License-Identifier: Apache-2.0

/// The program's version, in this one place.
enum Version {
    static let text = "0.1.0-dev"
}
