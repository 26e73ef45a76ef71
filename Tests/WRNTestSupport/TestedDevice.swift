// SPDX-License-Identifier: Apache-2.0

import WRNEngine
package import WRNPlan
import WRNReference

/// A device on which the trainer's own tests run: a trainer that passes on both depends only on the
/// executors' protocols.
package enum TestedDevice: String, CaseIterable, CustomStringConvertible, Sendable {
    /// The processor, by the kernels.
    case cpu
    /// The double-precision reference.
    case reference

    /// The name in the arguments of a test.
    package var description: String { rawValue }

    /// The device, on so many threads where it has a choice.
    package func device(threads: Int = 1) -> Device {
        switch self {
        case .cpu: .cpu(threads: threads)
        case .reference: .reference
        }
    }
}
