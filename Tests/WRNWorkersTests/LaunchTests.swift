// SPDX-License-Identifier: Apache-2.0

import Testing
import WRNWorkers

@Suite("The launch of a process")
struct LaunchTests {
    @Test("is known by the variables of the launchers")
    func launchers() {
        let openMPI = Launch(["OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"])
        #expect(openMPI?.launcher == "Open MPI")
        #expect(openMPI?.size == 4)
        #expect(openMPI?.rank == 2)
        #expect(Launch(["PMI_SIZE": "2", "PMI_RANK": "1"])?.launcher == "MPICH")
        #expect(Launch(["SLURM_STEP_NUM_TASKS": "8", "SLURM_PROCID": "7"])?.rank == 7)
    }

    @Test("is none without them, in a script of sbatch, and with numbers that are none")
    func none() {
        #expect(Launch([:]) == nil)
        #expect(Launch(["SLURM_NTASKS": "8", "SLURM_PROCID": "0"]) == nil)
        #expect(Launch(["OMPI_COMM_WORLD_SIZE": "many"]) == nil)
        #expect(Launch(["OMPI_COMM_WORLD_SIZE": "0"]) == nil)
    }
}
