// SPDX-License-Identifier: Apache-2.0

/// The exchanges by which one worker takes part in a sum over all workers.
///
/// First the ranges are halved: with the partner at distance 1, then 2, then 4, each worker sends
/// one half of the range that it has, and adds the partner's values to the other half. After
/// log2(N) exchanges it has the sum of count / N values. Then the same exchanges backwards collect
/// the sums. Each value is added by one worker along the tree of ``WorkerGroup``, whatever the
/// count is, and each worker sends 2 (N - 1) / N times the values.
struct SumSchedule: Sendable {
    /// One exchange with a partner.
    struct Exchange: Hashable, Sendable {
        /// The other worker.
        let partner: Int
        /// The values that the partner gets.
        let sent: Range<Int>
        /// The values that the partner sends.
        let received: Range<Int>
        /// Whether the received values are added to this worker's; they replace them otherwise.
        let adds: Bool
    }

    /// The exchanges, one after the other.
    let exchanges: [Exchange]

    /// The exchanges of worker `rank` of `size`, a power of two, for `count` values.
    init(rank: Int, size: Int, count: Int) {
        var range = 0..<count
        var halving: [Exchange] = []
        var distance = 1
        while distance < size {
            let middle = range.lowerBound + range.count / 2
            let (lower, upper) = (range.lowerBound..<middle, middle..<range.upperBound)
            let (kept, given) = rank & distance == 0 ? (lower, upper) : (upper, lower)
            halving.append(
                Exchange(partner: rank ^ distance, sent: given, received: kept, adds: true))
            range = kept
            distance *= 2
        }
        exchanges =
            halving
            + halving.reversed().map {
                Exchange(partner: $0.partner, sent: $0.received, received: $0.sent, adds: false)
            }
    }
}
