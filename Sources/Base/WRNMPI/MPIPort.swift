// SPDX-License-Identifier: Apache-2.0

#if MPI
    import CWRNMPI
    import WRNWorkers

    /// Messages between the processes of an MPI job.
    final class MPIPort: MessagePort {
        let rank: Int
        let hosts: [String]
        let isAborted = false

        private let mpi: OpaquePointer
        private var isOpen = true

        /// Joins the processes of the job; the thread that calls this uses the port.
        ///
        /// - Throws: A `WorkerError` with MPI's words where it refuses.
        init() throws(WorkerError) {
            var problem = [CChar](repeating: 0, count: 1024)
            guard let mpi = wrn_mpi_join(&problem, Int32(problem.count)) else {
                throw WorkerError(
                    .unavailable,
                    "MPI cannot join the workers (\(Self.text(problem))); check how the job is "
                        + "launched")
            }
            self.mpi = mpi
            rank = Int(wrn_mpi_rank(mpi))
            hosts = (0..<wrn_mpi_size(mpi)).map { String(cString: wrn_mpi_host(mpi, $0)) }
        }

        func send(
            _ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int
        ) throws(WorkerError) -> Int {
            let request = wrn_mpi_send(
                mpi, bytes.baseAddress, Int32(bytes.count), Int32(peer), Int32(tag))
            guard request >= 0 else { throw failure("send to worker \(peer) on \(hosts[peer])") }
            return Int(request)
        }

        func receive(
            into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int
        ) throws(WorkerError) -> Int {
            let request = wrn_mpi_receive(
                mpi, bytes.baseAddress, Int32(bytes.count), Int32(peer), Int32(tag))
            guard request >= 0 else {
                throw failure("receive from worker \(peer) on \(hosts[peer])")
            }
            return Int(request)
        }

        func progress() throws(WorkerError) -> [CompleteRequest] {
            let count = wrn_mpi_progress(mpi)
            guard count >= 0 else { throw failure("exchange messages with the other workers") }
            return (0..<count).map { index in
                CompleteRequest(
                    request: Int(wrn_mpi_complete_request(mpi, index)),
                    count: Int(wrn_mpi_complete_count(mpi, index)))
            }
        }

        func close() {
            guard isOpen else { return }
            isOpen = false
            wrn_mpi_leave(mpi)
        }

        func abort() { wrn_mpi_abort() }

        private func failure(_ attempt: String) -> WorkerError {
            WorkerError(
                .lost,
                "worker \(rank) on \(hosts[rank]) cannot \(attempt) "
                    + "(\(String(cString: wrn_mpi_problem(mpi)))); look at the machines and their "
                    + "network, then resume the run")
        }

        private static func text(_ characters: [CChar]) -> String {
            String(decoding: characters.prefix { $0 != 0 }.map(UInt8.init), as: UTF8.self)
        }
    }
#endif
