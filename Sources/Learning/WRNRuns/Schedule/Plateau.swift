// SPDX-License-Identifier: Apache-2.0

extension LearningRateSchedule {
    /// The numbers of a schedule whose rate falls when the validation loss has stopped falling.
    ///
    /// As PyTorch's `ReduceLROnPlateau` with `mode='min'` and a relative threshold does it at the
    /// end of each epoch; a fall of the rate by 1e-8 or less is left out, as there.
    public struct Plateau: Codable, Hashable, Sendable {
        /// The factor of the rate at each fall, above 0 and below 1.
        public var ratio: Double
        /// The number of epochs in a row without improvement after which the rate falls.
        public var patience: Int
        /// A loss is better when it is below the best times 1 minus this.
        public var threshold: Double

        /// Creates it; numbers that are not given are PyTorch's.
        public init(ratio: Double = 0.1, patience: Int = 10, threshold: Double = 1e-4) {
            self.ratio = ratio
            self.patience = patience
            self.threshold = threshold
        }

        /// The number of falls of the rate after epochs with these validation losses.
        func reductions(_ losses: some Sequence<Double>) -> Int {
            var (best, bad, count) = (Double.infinity, 0, 0)
            for loss in losses {
                if loss < best * (1 - threshold) {
                    (best, bad) = (loss, 0)
                } else {
                    bad += 1
                }
                if bad > patience { (bad, count) = (0, count + 1) }
            }
            return count
        }

        /// The rate after another fall.
        func reduced(_ rate: Double) -> Double {
            let next = rate * ratio
            return rate - next > Self.leastFall ? next : rate
        }

        private static let leastFall = 1e-8

        var problem: String? {
            if !(ratio > 0 && ratio < 1) {
                return "the ratio of the plateau must be above 0 and below 1, not \(ratio)"
            }
            return TrainingSetting.patience.problem(patience, called: "the patience")
                ?? TrainingSetting.threshold.problem(
                    threshold, called: "the threshold of the plateau")
        }
    }
}
