// SPDX-License-Identifier: Apache-2.0

extension Evaluation {
    /// A comparison of a model's confidence with the share of images that it classifies rightly.
    ///
    /// The images are sorted into bins of equal width by the probability of their predicted class;
    /// bin m of M holds those in `((m - 1) / M, m / M]`, the first one also 0. A model is
    /// calibrated where accuracy and mean confidence of each bin are equal; drawn against each
    /// other they are a reliability diagram.
    ///
    /// - Reference: Guo, Pleiss, Sun and Weinberger 2017, "On Calibration of Modern Neural
    ///   Networks", section 2.
    public struct Calibration: Codable, Hashable, Sendable {
        /// The images of similar confidence.
        public struct Bin: Codable, Hashable, Sendable {
            /// The confidence above which the bin begins.
            public let lower: Double
            /// The largest confidence of the bin.
            public let upper: Double
            /// The number of its images.
            public let count: Int
            /// Their mean confidence, in `0...1`; nil for an empty bin.
            public let meanConfidence: Double?
            /// The fraction of them that are right, in `0...1`; nil for an empty bin.
            public let accuracy: Double?
        }

        /// The bins in the order of their confidence.
        public let bins: [Bin]

        /// The expected calibration error (ECE), in `0...1`.
        ///
        ///     ECE = sum over m of  count[m] / n · |accuracy[m] - meanConfidence[m]|
        public let expectedError: Double

        /// Sorts answers into bins.
        ///
        /// - Parameters:
        ///   - answers: For each image the probability of its predicted class, in `0...1`, and
        ///     whether that class is right.
        ///   - binCount: The number of bins.
        /// - Precondition: `binCount` is 1 or more, and each probability is in `0...1`.
        public init(
            _ answers: some Sequence<(confidence: Double, isCorrect: Bool)>, bins binCount: Int = 15
        ) {
            precondition(binCount >= 1, "there are 1 bin or more, not \(binCount)")
            var counts = [Int](repeating: 0, count: binCount)
            var hits = counts
            var sums = [Double](repeating: 0, count: binCount)
            for (confidence, isCorrect) in answers {
                let bin = Self.bin(of: confidence, among: binCount)
                counts[bin] += 1
                sums[bin] += confidence
                if isCorrect { hits[bin] += 1 }
            }
            let bins = counts.indices.map { bin -> Bin in
                let count = Double(counts[bin])
                return Bin(
                    lower: Self.edge(bin, among: binCount),
                    upper: Self.edge(bin + 1, among: binCount),
                    count: counts[bin], meanConfidence: count > 0 ? sums[bin] / count : nil,
                    accuracy: count > 0 ? Double(hits[bin]) / count : nil)
            }
            self.init(bins: bins)
        }

        /// Takes bins, and computes the error.
        init(bins: [Bin]) {
            let total = Double(max(bins.reduce(0) { $0 + $1.count }, 1))
            self.bins = bins
            expectedError = bins.reduce(0) { sum, bin in
                guard let accuracy = bin.accuracy, let confidence = bin.meanConfidence else {
                    return sum
                }
                return sum + Double(bin.count) / total * abs(accuracy - confidence)
            }
        }

        private static func edge(_ index: Int, among count: Int) -> Double {
            Double(index) / Double(count)
        }

        /// The bin whose edges, as they are rounded, enclose a confidence.
        private static func bin(of confidence: Double, among count: Int) -> Int {
            precondition((0...1).contains(confidence), "\(confidence) is no probability")
            var bin = min(Int(confidence * Double(count)), count - 1)
            while bin > 0, confidence <= edge(bin, among: count) { bin -= 1 }
            while bin < count - 1, confidence > edge(bin + 1, among: count) { bin += 1 }
            return bin
        }
    }
}

extension Evaluation {
    /// The comparison of the model's confidence with its accuracy.
    ///
    /// - Precondition: `bins` is 1 or more.
    public func calibration(bins: Int = 15) -> Calibration {
        Calibration(
            answers.lazy.map { (confidence: $0.probability, isCorrect: $0.isCorrect) }, bins: bins)
    }
}
