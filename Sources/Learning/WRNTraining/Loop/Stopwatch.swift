// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNRuns

/// Measures the work of this process on one epoch, and from it what is left of the run.
struct Stopwatch {
    private let start = ContinuousClock.now
    private var images = 0
    private var trainingSeconds = 0.0
    /// How the loader of the epoch's training images did.
    var loading = LoaderStatistics()

    /// Counts images that are trained.
    mutating func add(images: Int) {
        self.images += images
        trainingSeconds = seconds
    }

    /// The seconds since the epoch began here.
    var seconds: Double { (ContinuousClock.now - start) / .seconds(1) }

    /// Training images a second; 0 before the first.
    var imagesPerSecond: Double {
        trainingSeconds > 0 ? Double(images) / trainingSeconds : 0
    }
}
