// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A thread of the operating system that runs one closure and is joined by its owner.
package struct SystemThread: @unchecked Sendable {
    private let handle: pthread_t

    /// Starts a thread; nil when the system grants none.
    package init?(_ body: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(body))
        // A pointer on Darwin and with musl, a number with glibc.
        #if canImport(Darwin) || canImport(Musl)
            var thread: pthread_t?
            let status = pthread_create(&thread, nil, { Self.run($0) }, body.toOpaque())
        #else
            var created = pthread_t()
            let status = pthread_create(&created, nil, { Self.run($0) }, body.toOpaque())
            let thread: pthread_t? = created
        #endif
        guard status == 0, let thread else {
            body.release()
            return nil
        }
        handle = thread
    }

    /// Waits until the closure has returned; to be called once.
    package func join() {
        pthread_join(handle, nil)
    }

    private static func run(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }
}

private final class Body: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}
