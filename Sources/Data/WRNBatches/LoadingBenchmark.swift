// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets

/// A benchmark of a loader: the speed at which batches are prepared and dropped.
package struct LoadingBenchmark: Sendable {
    /// One way through all images.
    package struct Pass: Codable, Hashable, Sendable {
        /// The images that came.
        package let images: Int
        /// The files that were left out because they are broken.
        package let broken: Int
        /// The seconds that it took.
        package let seconds: Double

        /// The images of a second.
        package var imagesPerSecond: Double { Double(images) / max(seconds, 1e-9) }
    }

    private let images: any ImageSet
    private let normalization: Normalization
    private let augmentation: Augmentation
    private let batchSize: Int
    private let workers: Int

    /// Prepares a measurement; the arguments are those of ``BatchLoader``.
    package init(
        images: any ImageSet, normalization: Normalization, augmentation: Augmentation,
        batchSize: Int, workers: Int
    ) {
        self.images = images
        self.normalization = normalization
        self.augmentation = augmentation
        self.batchSize = batchSize
        self.workers = workers
    }

    /// Goes through all images `passes` times, each time in another order and augmented otherwise,
    /// as in training.
    ///
    /// Broken files are left out and counted.
    ///
    /// - Throws: `CancellationError` when `isCancelled`, which is called before each batch, returns
    ///   true, and what ``BatchLoader`` throws.
    package func measure(passes: Int, isCancelled: () -> Bool = { false }) throws -> [Pass] {
        try (0..<passes).map { epoch in
            let start = ContinuousClock.now
            let loader = try BatchLoader(
                images: images, normalization: normalization, augmentation: augmentation,
                batchSize: batchSize, order: .shuffled(seed: 1, epoch: epoch), seed: 1,
                skipsBroken: true, workers: workers)
            var (count, broken) = (0, 0)
            while !isCancelled() {
                guard let batch = try loader.next() else {
                    return Pass(
                        images: count, broken: broken,
                        seconds: (ContinuousClock.now - start) / .seconds(1))
                }
                count += batch.count
                broken += batch.broken.count
            }
            throw CancellationError()
        }
    }
}
