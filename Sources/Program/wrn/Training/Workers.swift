// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNMPI
import WRNThreads
import WRNWorkers

/// The processes that train one run together with this one, where a launcher such as `mpirun` has
/// started several.
///
/// Only the first one, worker 0, writes to the standard output and to the run's directory. An error
/// of any of them is one sentence, which names the worker and its machine, and ends all.
enum Workers {
    /// The group that this process has joined; nil before.
    private static let joined = Locked<(any WorkerGroup)?>(nil)

    /// How many seconds another worker may be silent, where no option says so.
    static let usualTimeout = 60

    /// The commands that several processes may share.
    private static let shared: Set<String> = ["train", "finetune", "bench"]

    /// What the launcher says about this process; nil where none has started it.
    private static var launch: Launch? { Launch(ProcessInfo.processInfo.environment) }

    /// Joins the processes that were started with this one.
    ///
    /// - Parameter seconds: How long another worker may be silent before the job is ended.
    /// - Throws: A `WorkerError` when they cannot be joined.
    static func join(timeout seconds: Int) throws(WorkerError) -> any WorkerGroup {
        let group = try JoinedWorkers.join(
            ProcessInfo.processInfo.environment, timeout: .seconds(seconds),
            report: { StandardError.write("wrn: error: \($0)\n") })
        joined.withLock { $0 = group }
        return group
    }

    /// Refuses a command, or a use of it, that several processes cannot share: each of them would
    /// do the same work, and write to the same files.
    ///
    /// - Parameter use: The command or the option, for example `--seeds`.
    /// - Throws: A `ValidationError` where a launcher has started several processes.
    static func refuse(_ use: String) throws {
        guard let launch, launch.size > 1 else { return }
        throw ValidationError(
            "\(launch.launcher) has started \(launch.size) processes, but \(use) is the work of "
                + "one; start it without a launcher")
    }

    /// Takes leave of the other workers once all have done their work; the last use of the group.
    static func leave() throws(WorkerError) {
        let group = joined.withLock { group in
            defer { group = nil }
            return group
        }
        try group?.leave()
    }

    /// Ends the process with the error of its command.
    ///
    /// A run that was interrupted is saved, and all workers come to this point; with another error
    /// this worker ends all.
    static func end(_ report: ExitReport) -> Never {
        if let group = joined.withLock({ $0 }), group.size > 1 {
            if report.code == ExitReport.Code.interrupted, (try? group.leave()) != nil {
                if group.isFirst { report.exit() }
                exit(report.code)
            }
            group.abandon(report.problem ?? "the command ended with exit code \(report.code)")
            exit(report.code)
        }
        let command = CommandLine.arguments.dropFirst().first ?? ""
        if let launch, launch.rank > 0, shared.contains(command) {
            // All processes have the same command line, and the first one shows what is wrong with
            // it. It gets time for that: a launcher ends all when one has ended.
            sleep(2)
            exit(report.code)
        }
        report.exit()
    }
}
