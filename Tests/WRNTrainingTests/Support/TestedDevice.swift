// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNEngine
import WRNPlan
import WRNReference

/// A device on which the trainer's own tests run: a trainer that passes on both needs nothing of
/// either but what the executors' protocols say.
enum TestedDevice: String, CaseIterable, CustomTestStringConvertible {
    case cpu
    case reference

    var testDescription: String { rawValue }

    /// The device, on so many threads where it has a choice.
    func device(threads: Int = 1) -> Device {
        switch self {
        case .cpu: .cpu(threads: threads)
        case .reference: .reference
        }
    }
}
