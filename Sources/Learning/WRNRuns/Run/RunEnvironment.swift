// SPDX-License-Identifier: Apache-2.0

import CWRNBuild
import Foundation
import WRNEngine
package import WRNPlan

/// The machine, system and program of a process, which do not affect a run's result.
///
/// The exception is the set of vector instructions, as different ones may round differently.
package struct RunEnvironment: Codable, Hashable, Sendable {
    /// The program and its version, for example `wrn 0.1.0`; nil where it is not given.
    package let program: String?
    /// The commit that the package was built from; nil unless the build named one (`WRN_COMMIT=...
    /// swift build`).
    ///
    /// Neither the working directory of a process nor what the package manager has recorded of the
    /// repository gives it reliably: the latter is kept from an earlier build.
    package let commit: String?
    /// The version of the Swift compiler, to the minor version, for example `6.3`.
    package let swift: String
    /// The operating system with its kernel and architecture, for example `Ubuntu 24.04 LTS, Linux
    /// 6.8.0, x86_64`.
    package let system: String
    /// The processor's name by the system; nil where it gives none, as Linux on ARM.
    package let processor: String?
    /// The vector instructions in use, as ``InstructionSet`` calls them; nil when the
    /// requested ones are not available.
    package let instructionSet: String?
    /// The number of threads to compute on.
    package let threads: Int

    /// The environment of this process.
    ///
    /// - Parameters:
    ///   - program: The program and its version.
    ///   - device: The device that it computes on.
    package static func current(
        program: String? = nil, device: Device = .cpu()
    ) -> RunEnvironment {
        RunEnvironment(
            program: program, commit: wrn_build_commit().map { String(cString: $0) },
            swift: compiler, system: operatingSystem, processor: ProcessorModel.name,
            instructionSet: device.instructionSetName, threads: device.threads)
    }

    private static var compiler: String {
        #if compiler(>=6.6)
            "6.6 or later"
        #elseif compiler(>=6.5)
            "6.5"
        #elseif compiler(>=6.4)
            "6.4"
        #elseif compiler(>=6.3)
            "6.3"
        #else
            "6.2"
        #endif
    }

    private static var operatingSystem: String {
        let name = ProcessInfo.processInfo.operatingSystemVersionString
        var kernel = utsname()
        guard uname(&kernel) == 0 else { return name }
        return "\(name), \(text(kernel.sysname)) \(text(kernel.release)), \(text(kernel.machine))"
    }

    /// The text in a field of C, which Swift imports as a tuple.
    private static func text<Field>(_ field: Field) -> String {
        withUnsafeBytes(of: field) { bytes in
            String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        }
    }
}

/// A process that worked on a run: one line of `processes.jsonl`.
package struct RunProcess: Codable, Hashable, Sendable {
    /// The steps of the run that were done when the process began.
    package let step: Int
    /// When it began, in seconds since 1970.
    package let time: Double
    /// The number of epochs of the run while it worked; nil in runs of earlier versions.
    package let epochs: Int?
    /// The environment that it ran in.
    package let environment: RunEnvironment

    /// Creates the line of a process that begins.
    package init(
        step: Int, time: Double, epochs: Int?, environment: RunEnvironment
    ) {
        self.step = step
        self.time = time
        self.epochs = epochs
        self.environment = environment
    }
}

extension RunProcess: JSONLine {
    var problem: FieldProblem? {
        FieldProblem("step", step, in: 0...Int(UInt32.max))
            ?? FieldProblem("time", time, in: -3.2e13...3.2e13)
            ?? FieldProblem("epochs", epochs, in: 1...TrainingConfiguration.maximumEpochCount)
    }
}

extension RunDirectory {
    private var processLines: JSONLines<RunProcess> {
        JSONLines(path: path(of: Name.processes))
    }

    /// The processes that have worked on the run, in their order.
    ///
    /// - Throws: A ``TrainingError`` with the code `damagedRun` when a line is no process.
    package func processes() throws -> [RunProcess] { try processLines.records() }

    /// Records that a process begins.
    package func add(_ process: RunProcess) throws {
        try processLines.dropHalfLine()
        try processLines.append(process)
    }
}
