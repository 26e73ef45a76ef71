// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNEngine
package import WRNPlan
import WRNReference
package import WRNTensor

/// A device on which the trainer's own tests run: a trainer that passes on both depends only on the
/// executors' protocols.
package enum TestedDevice: String, CaseIterable, CustomStringConvertible, Sendable {
    /// The processor, by the kernels.
    case cpu
    /// The processor, by the kernels, in runs whose precision is bfloat16.
    case bfloat16
    /// The double-precision reference.
    case reference

    /// All, or those that the environment names in WRN_TESTED_DEVICES: "cpu,bfloat16" leaves out
    /// the reference, which a sanitizer makes slow.
    package static let allCases: [TestedDevice] = {
        guard let names = ProcessInfo.processInfo.environment["WRN_TESTED_DEVICES"] else {
            return [.cpu, .bfloat16, .reference]
        }
        return names.split(separator: ",").map { name in
            guard let device = TestedDevice(rawValue: String(name)) else {
                fatalError("WRN_TESTED_DEVICES: there is no device '\(name)'")
            }
            return device
        }
    }()

    /// The name in the arguments of a test.
    package var description: String { rawValue }

    /// The precision of the runs on it.
    package var precision: Precision { self == .bfloat16 ? .bfloat16 : .float32 }

    /// The device, on so many threads where it has a choice.
    package func device(threads: Int = 1) -> Device {
        switch self {
        case .cpu, .bfloat16: .cpu(threads: threads, precision: precision)
        case .reference: .reference
        }
    }
}
