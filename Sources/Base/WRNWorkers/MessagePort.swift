// SPDX-License-Identifier: Apache-2.0

/// One process's access to messages between the processes of a job, such as MPI's.
///
/// Messages of one tag between two processes arrive in the order in which they were sent. One
/// thread uses a port, the one that has made it. No function waits.
package protocol MessagePort: AnyObject {
    /// The number of this process, from 0.
    var rank: Int { get }

    /// The names of the machines of all processes.
    var hosts: [String] { get }

    /// Begins to send bytes, at most ``MessageGroup/largestMessage`` of them.
    ///
    /// - Parameters:
    ///   - bytes: Not to be changed before the request is complete.
    ///   - tag: A number from 0 to 32767 that the receiver asks for.
    /// - Returns: The number of the request, free again once it is complete.
    /// - Throws: A ``WorkerError`` when the system of messages refuses.
    func send(_ bytes: UnsafeRawBufferPointer, to peer: Int, tag: Int) throws(WorkerError) -> Int

    /// Begins to receive as many bytes as `bytes` has, or fewer.
    ///
    /// - Parameter bytes: Not to be used before the request is complete.
    /// - Returns: The number of the request, free again once it is complete.
    /// - Throws: A ``WorkerError`` when the system of messages refuses.
    func receive(
        into bytes: UnsafeMutableRawBufferPointer, from peer: Int, tag: Int
    ) throws(WorkerError) -> Int

    /// Moves messages along, and returns the requests that are now complete.
    ///
    /// - Throws: A ``WorkerError`` when a message could not be sent or received.
    func progress() throws(WorkerError) -> [CompleteRequest]

    /// Gives up all requests and closes the port; no peer sends any more.
    func close()

    /// Ends all processes of the job, this one included, where they are processes of their own.
    func abort()

    /// Whether a worker has ended the job and this one goes on nevertheless, as a thread may.
    var isAborted: Bool { get }
}

/// A request of a ``MessagePort`` that is complete.
package struct CompleteRequest: Sendable {
    /// The number of the request.
    package let request: Int
    /// The bytes that were received; 0 for what was sent.
    package let count: Int

    /// Creates a note of completion.
    package init(request: Int, count: Int) {
        self.request = request
        self.count = count
    }
}
