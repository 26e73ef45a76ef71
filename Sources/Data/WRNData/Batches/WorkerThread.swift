// SPDX-License-Identifier: Apache-2.0

import Foundation

/// A thread that can be waited for.
struct WorkerThread: @unchecked Sendable {
    private let handle: pthread_t

    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Starts a thread that carries out `run` and ends; nil when the system gives none.
    init?(_ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(run))
        #if canImport(Darwin)
            var thread: pthread_t?
            let status = pthread_create(&thread, nil, { Self.start($0) }, body.toOpaque())
        #else
            var created = pthread_t()
            let status = pthread_create(&created, nil, { Self.start($0) }, body.toOpaque())
            let thread: pthread_t? = created
        #endif
        guard status == 0, let thread else {
            body.release()
            return nil
        }
        handle = thread
    }

    /// Waits for the end of the thread; to be called once.
    func join() {
        pthread_join(handle, nil)
    }

    private static func start(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        if let context {
            Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        }
        return nil
    }
}
