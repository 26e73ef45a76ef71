// SPDX-License-Identifier: Apache-2.0

/// The seconds that `body` takes.
func secondsTaken(_ body: () -> Void) -> Double {
    let start = ContinuousClock.now
    body()
    return (ContinuousClock.now - start) / .seconds(1)
}
