// SPDX-License-Identifier: Apache-2.0

/// Why a worker's thread of communication ends the job.
enum JobEnd: Error {
    /// An error, and the worker that it is about.
    case failure(WorkerError, lost: Int?)
    /// Another worker has an error, which is reported here.
    case told(WorkerError)

    /// Throws the error of a message, which is about `peer` where that is known.
    static func attempt<Result>(
        about peer: Int?, _ body: () throws(WorkerError) -> Result
    ) throws(JobEnd) -> Result {
        do throws(WorkerError) {
            return try body()
        } catch {
            throw .failure(error, lost: error.code == .mismatch ? nil : peer)
        }
    }
}
