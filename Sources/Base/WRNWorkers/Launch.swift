// SPDX-License-Identifier: Apache-2.0

/// What a launcher of parallel jobs says to its processes in their environment.
///
/// It decides only whether this process is one of several and whether it may show messages before
/// the processes are joined. Which worker it is, and how many there are, MPI says.
package struct Launch: Hashable, Sendable {
    /// The launcher, for sentences.
    package let launcher: String
    /// How many processes the launcher has started.
    package let size: Int
    /// The number of this process, from 0.
    package let rank: Int

    /// The variables of a launcher.
    private struct Variables {
        let launcher: String
        let size: String
        let rank: String
    }

    /// Slurm's are those of a job step, which a script of `sbatch` itself is none of: there
    /// `SLURM_NTASKS` is set, although one process runs.
    private static let known = [
        Variables(
            launcher: "Open MPI", size: "OMPI_COMM_WORLD_SIZE", rank: "OMPI_COMM_WORLD_RANK"),
        Variables(launcher: "MPICH", size: "PMI_SIZE", rank: "PMI_RANK"),
        Variables(launcher: "MVAPICH", size: "MV2_COMM_WORLD_SIZE", rank: "MV2_COMM_WORLD_RANK"),
        Variables(launcher: "Slurm", size: "SLURM_STEP_NUM_TASKS", rank: "SLURM_PROCID"),
    ]

    /// The launch of a process with these variables; nil where no launcher has started it.
    package init?(_ environment: [String: String]) {
        for variables in Self.known {
            guard let size = environment[variables.size].flatMap({ Int($0) }), size >= 1 else {
                continue
            }
            launcher = variables.launcher
            self.size = size
            rank = environment[variables.rank].flatMap { Int($0) } ?? 0
            return
        }
        return nil
    }
}
