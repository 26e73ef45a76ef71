// SPDX-License-Identifier: Apache-2.0

import WRNModel

extension TrainingConfiguration {
    /// The sizes of the images in the first epochs of a run, which are smaller than the network's,
    /// because small images take less time.
    ///
    /// Evaluations always see the whole size.
    public struct ImageGrowth: Codable, Hashable, Sendable {
        /// The shorter sides, in pixels and in rising order; the longer sides are in proportion.
        public var sizes: [Int]
        /// For each size the share of the run, in `0 ..< 1`, at which the images grow to the next
        /// one; nil for parts of the run that are as long as each other.
        public var shares: [Double]?

        /// Collects sizes.
        public init(sizes: [Int], shares: [Double]? = nil) {
            self.sizes = sizes
            self.shares = shares
        }

        /// The shorter side in an epoch, counted from 0; nil for the whole size, which the last
        /// epoch always has.
        func size(epoch: Int, epochs: Int) -> Int? {
            zip(sizes, ends(epochs: epochs)).first { epoch < $1 }?.0
        }

        /// For each size the epoch, counted from 0, from which on images are larger.
        private func ends(epochs: Int) -> [Int] {
            let shares =
                shares ?? sizes.indices.map { Double($0 + 1) / Double(sizes.count + 1) }
            return shares.map { min(Int(($0 * Double(epochs)).rounded()), epochs - 1) }
        }

        /// How many of some epochs of a run see each size, and the whole one, which is the last.
        ///
        /// - Parameters:
        ///   - range: The epochs, counted from 0.
        ///   - epochs: The epochs of the whole run.
        package func epochCounts(in range: Range<Int>, of epochs: Int) -> [Int] {
            let ends = ends(epochs: epochs)
            return zip([0] + ends, ends + [epochs]).map { start, end in
                range.clamped(to: start..<max(start, end)).count
            }
        }

        /// The sentence about the first invalid number; nil when all are valid.
        var problem: String? {
            guard !sizes.isEmpty,
                TrainingSetting.imageSizes.values.contains(.list(sizes.map(Double.init)))
            else {
                return "the sizes of the first images must be "
                    + "\(TrainingSetting.imageSizes.values.text), not \(sizes)"
            }
            guard let shares else { return nil }
            guard TrainingSetting.imageSizeShares.values.contains(.list(shares)) else {
                return "the shares of the run after which images grow must be "
                    + "\(TrainingSetting.imageSizeShares.values.text), not \(shares)"
            }
            guard shares.count == sizes.count else {
                return "image_sizes and image_size_shares must have as many values as each other, "
                    + "not \(sizes.count) and \(shares.count): give both, or for parts of the run "
                    + "of one length no shares"
            }
            return nil
        }
    }

    /// The size of an epoch's training images.
    package func imageSize(epoch: Int) -> (height: Int, width: Int) {
        let whole = (height: model.inputHeight, width: model.inputWidth)
        guard let side = stepRules.growth?.size(epoch: epoch, epochs: epochs) else { return whole }
        return imageSize(shorterSide: side)
    }

    /// The size of training images that are scaled down to a shorter side.
    package func imageSize(shorterSide: Int) -> (height: Int, width: Int) {
        let scale = Double(shorterSide) / Double(min(model.inputHeight, model.inputWidth))
        func scaled(_ extent: Int) -> Int { Int((Double(extent) * scale).rounded()) }
        return (scaled(model.inputHeight), scaled(model.inputWidth))
    }

    /// The sentence about sizes that are not below the network's, or too small for it; nil when all
    /// suit.
    var growthProblem: String? {
        guard let growth = stepRules.growth, let first = growth.sizes.first,
            let last = growth.sizes.last
        else { return nil }
        let whole = min(model.inputHeight, model.inputWidth)
        guard last < whole else {
            return
                "the sizes of the first images must be below the network's \(whole) pixels, not "
                + "\(last)"
        }
        let size = imageSize(shorterSide: first)
        do {
            _ = try model.graph(height: size.height, width: size.width)
            return nil
        } catch {
            return "the sizes of the first images do not suit the network: \(error)"
        }
    }
}
