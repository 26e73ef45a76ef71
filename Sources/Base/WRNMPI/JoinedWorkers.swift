// SPDX-License-Identifier: Apache-2.0

package import WRNWorkers

/// Joins this process with the others that a launcher, such as `mpirun`, has started with it.
package enum JoinedWorkers {
    /// The workers of the job that this process was launched in; a worker alone where it was
    /// launched as every program is, and then MPI is not even initialised.
    ///
    /// - Parameters:
    ///   - environment: The variables of the process.
    ///   - timeout: How long another worker may be silent before the job is ended.
    ///   - report: Shows the sentence of a failure, on the one worker that reports it, before the
    ///     job ends.
    /// - Throws: A `WorkerError` when there are several processes and this build has no MPI, when
    ///   MPI refuses, or joins fewer processes than were started, and when their number is not a
    ///   power of two.
    package static func join(
        _ environment: [String: String], timeout: Duration,
        report: @escaping @Sendable (String) -> Void
    ) throws(WorkerError) -> any WorkerGroup {
        guard let launch = Launch(environment), launch.size > 1 else { return SoloWorker() }
        #if MPI
            let group = try MessageGroup(
                timeout: timeout, report: report,
                makePort: { () throws(WorkerError) in try MPIPort() })
            guard group.size == launch.size else {
                // All that were joined come to this point, and none is at fault.
                try group.leave()
                throw WorkerError(
                    .unavailable,
                    "\(launch.launcher) has started \(launch.size) processes, but MPI joins "
                        + "\(group.size) of them, so that each would train alone; start them with "
                        + "the launcher of the MPI that the program is built with (of Slurm: srun "
                        + "with its plugin pmix or pmi2)")
            }
            return group
        #else
            throw WorkerError(
                .unavailable,
                "\(launch.launcher) has started \(launch.size) processes, but this build has no "
                    + "MPI to join them, so that each would train alone; start one process, or "
                    + "build the package with its trait MPI")
        #endif
    }
}
