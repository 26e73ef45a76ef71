// SPDX-License-Identifier: Apache-2.0

import Dispatch
import WRNThreads

/// A limit on the bytes of all request bodies in memory.
package final class ByteBudget: Sendable {
    /// The most bytes.
    package let limit: Int
    private let held = Locked(0)

    /// Creates a budget of which nothing is taken.
    package init(_ limit: Int) { self.limit = limit }

    /// The bytes that are taken.
    package var heldByteCount: Int { held.withLock { $0 } }

    /// Takes bytes where the limit allows it; whether it did.
    package func take(_ count: Int) -> Bool {
        held.withLock { held in
            guard count <= limit - held else { return false }
            held += count
            return true
        }
    }

    /// Gives bytes back.
    package func giveBack(_ count: Int) { held.withLock { $0 -= count } }
}

/// The bytes that one body has taken from a budget.
final class HeldBytes: Sendable {
    private let budget: ByteBudget
    private let taken = Locked(0)

    init(of budget: ByteBudget) { self.budget = budget }

    /// The bytes.
    var count: Int { taken.withLock { $0 } }

    /// Takes further bytes where the budget allows it; whether it did.
    func take(_ count: Int) -> Bool {
        guard budget.take(count) else { return false }
        taken.withLock { $0 += count }
        return true
    }

    /// Gives all of them back.
    func giveBack() {
        budget.giveBack(
            taken.withLock { taken in
                defer { taken = 0 }
                return taken
            })
    }
}

/// Tokens that permit requests, compared in a time that depends on none of their characters.
package struct AccessTokens: Sendable {
    private let tokens: [[UInt8]]

    /// Reads tokens, one a line; empty lines and those that begin with # are left out.
    ///
    /// - Throws: A sentence where there is no token.
    package init(lines text: String) throws(ServingError) {
        tokens = text.split(whereSeparator: \.isNewline)
            .map { $0.trimmingPrefix(while: \.isWhitespace) }
            .filter { !$0.isEmpty && !$0.hasPrefix("#") }
            .map { Array($0.utf8.reversed().drop { $0 == 0x20 || $0 == 0x09 }.reversed()) }
        guard !tokens.isEmpty else {
            throw ServingError(
                .invalidOption, "expected one token or more, one a line, found none in the file")
        }
    }

    /// Whether a header field `Authorization` carries one of the tokens.
    package func permit(_ authorization: String?) -> Bool {
        let prefix = "bearer "
        guard let authorization, authorization.lowercased().hasPrefix(prefix) else { return false }
        let given = Array(authorization.utf8.dropFirst(prefix.utf8.count))
        var isPermitted = false
        // Every token is compared whole, so that the time does not show how much of one is right.
        for token in tokens where Self.areEqual(token, given) { isPermitted = true }
        return isPermitted
    }

    private static func areEqual(_ token: [UInt8], _ given: [UInt8]) -> Bool {
        var difference = token.count ^ given.count
        for index in token.indices {
            difference |= Int(token[index] ^ (index < given.count ? given[index] : 0))
        }
        return difference == 0
    }
}

/// Runs work that must end in time, with a precision of ``Deadlines``.
///
/// - Throws: `refusal` when it does not, after it was cancelled.
func within<Value: Sendable>(
    _ duration: Duration, otherwise refusal: Refusal,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let end = ContinuousClock.now + duration
    return try await within({ end - .now }, otherwise: refusal, work)
}

/// Runs work whose time can grow.
///
/// - Parameter remaining: The time that is left, computed again and again.
/// - Throws: `refusal` when none is left, after the work was cancelled.
func within<Value: Sendable>(
    _ remaining: @escaping @Sendable () -> Duration, otherwise refusal: Refusal,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let task = Task { try await work() }
    let isLate = Locked(false)
    let deadline = Deadlines.shared.add(remaining) {
        isLate.withLock { $0 = true }
        task.cancel()
    }
    let result = await withTaskCancellationHandler {
        await task.result
    } onCancel: {
        task.cancel()
    }
    Deadlines.shared.remove(deadline)
    // What was cancelled may have ended without an error, but not whole.
    guard !isLate.withLock({ $0 }) else { throw refusal }
    return try result.get()
}

/// The deadlines of all requests, watched by one timer.
///
/// A timer of its own for each request would stay with the system until its time is over, also when
/// it is cancelled: a minute's requests of them, which slow down each further one.
final class Deadlines: Sendable {
    private struct Entry: Sendable {
        let remaining: @Sendable () -> Duration
        let expire: @Sendable () -> Void
    }

    private struct State: Sendable {
        var lastNumber = 0
        var entries: [Int: Entry] = [:]
        var isTicking = false
    }

    static let shared = Deadlines()

    private let state = Locked(State())
    private let queue = DispatchQueue(label: "WRNServing.Deadlines")

    /// Watches a deadline; its number.
    func add(
        _ remaining: @escaping @Sendable () -> Duration, expire: @escaping @Sendable () -> Void
    ) -> Int {
        let (number, begins) = state.withLock { state -> (Int, Bool) in
            state.lastNumber += 1
            state.entries[state.lastNumber] = Entry(remaining: remaining, expire: expire)
            defer { state.isTicking = true }
            return (state.lastNumber, !state.isTicking)
        }
        if begins { tickLater() }
        return number
    }

    /// Watches it no more.
    func remove(_ number: Int) { state.withLock { $0.entries[number] = nil } }

    private func tickLater() {
        queue.asyncAfter(deadline: .now() + .milliseconds(20)) { self.tick() }
    }

    private func tick() {
        let (over, goesOn) = state.withLock { state -> ([Entry], Bool) in
            let over = state.entries.filter { $0.value.remaining() <= .zero }
            for number in over.keys { state.entries[number] = nil }
            state.isTicking = !state.entries.isEmpty
            return (Array(over.values), state.isTicking)
        }
        for entry in over { entry.expire() }
        if goesOn { tickLater() }
    }
}
