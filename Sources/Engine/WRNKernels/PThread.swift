// SPDX-License-Identifier: Apache-2.0

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// A system thread that runs one closure and is joined by its owner.
struct PThread: @unchecked Sendable {
    private let handle: pthread_t

    /// Starts a thread; `nil` when the system refuses one.
    init?(_ body: @escaping @Sendable () -> Void) {
        let box = Unmanaged.passRetained(Body(body))
        #if canImport(Darwin)
            var handle: pthread_t?
        #else
            var handle = pthread_t()
        #endif
        let status = pthread_create(&handle, nil, runBody, box.toOpaque())
        #if canImport(Darwin)
            guard status == 0, let handle else {
                box.release()
                return nil
            }
        #else
            guard status == 0 else {
                box.release()
                return nil
            }
        #endif
        self.handle = handle
    }

    /// Waits until the closure has returned; to be called once.
    func join() {
        pthread_join(handle, nil)
    }
}

private final class Body {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) {
        self.run = run
    }
}

#if canImport(Darwin)
    private func runBody(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }
#else
    private func runBody(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        guard let context else { return nil }
        Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }
#endif
