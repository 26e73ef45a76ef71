// SPDX-License-Identifier: Apache-2.0

/// How a loader does: how fast it prepares, and how long it was waited for.
public struct LoaderStatistics: Hashable, Sendable {
    /// The images of all batches that are prepared.
    public var images = 0
    /// The seconds that its threads worked on them, added up over the threads.
    public var workSeconds = 0.0
    /// The seconds that the caller waited for a batch which was not ready.
    public var waitSeconds = 0.0
    /// The files that were left out because they are broken.
    public var broken = 0

    /// Creates the statistics of a loader that has done nothing.
    public init() {}

    /// The images that one thread prepares in a second; nil before the first.
    public var imagesPerSecondAndThread: Double? {
        images > 0 && workSeconds > 0 ? Double(images) / workSeconds : nil
    }

    /// The statistics of two loaders together.
    public static func + (left: LoaderStatistics, right: LoaderStatistics) -> LoaderStatistics {
        var sum = left
        sum.images += right.images
        sum.workSeconds += right.workSeconds
        sum.waitSeconds += right.waitSeconds
        sum.broken += right.broken
        return sum
    }
}
