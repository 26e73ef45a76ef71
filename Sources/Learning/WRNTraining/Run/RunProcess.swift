// SPDX-License-Identifier: Apache-2.0

/// A process that worked on a run: one line of `processes.jsonl`.
public struct RunProcess: Codable, Hashable, Sendable {
    /// The steps of the run that were done when the process began.
    public let step: Int
    /// When it began, in seconds since 1970.
    public let time: Double
    /// What it ran on.
    public let environment: RunEnvironment
}

extension RunProcess: JSONLine {
    var problem: FieldProblem? {
        FieldProblem("step", step, in: 0...Int(UInt32.max))
            ?? FieldProblem("time", time, in: -3.2e13...3.2e13)
    }
}

extension RunDirectory {
    private var processLines: JSONLines<RunProcess> {
        JSONLines(path: path(of: Name.processes))
    }

    /// The processes that have worked on the run, the first first.
    ///
    /// - Throws: A ``TrainingError`` with the code `damagedRun` when a line is no process.
    public func processes() throws -> [RunProcess] { try processLines.records() }

    /// Notes that a process begins.
    func add(_ process: RunProcess) throws {
        try processLines.dropHalfLine()
        try processLines.append(process)
    }
}
