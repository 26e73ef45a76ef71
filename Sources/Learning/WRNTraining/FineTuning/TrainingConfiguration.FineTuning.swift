// SPDX-License-Identifier: Apache-2.0

public import WRNData
public import WRNDialects
import WRNModel

extension TrainingConfiguration {
    /// How a run that begins from other weights differs from one that begins from nothing.
    public struct FineTuning: Codable, Hashable, Sendable {
        /// The file of the weights that the run begins from.
        public internal(set) var weights: String
        /// The SHA-256 of that file, in hexadecimal digits.
        public let sha256: String
        /// Whether the layer of the logits begins anew, because the weights are of other classes.
        public let hasNewHead: Bool
        /// The last stage whose parameters, and those of all before it, never move, as ``NetworkStages`` names it; nil to train all.
        public var freeze: String?
        /// Whether normalisations use the running statistics of the weights, which then never move.
        public var frozenStatistics: Bool
        /// What multiplies the learning rate of a stage once for each stage above it, in `0.01 ... 1`.
        public var layerDecay: Double
        /// What multiplies the learning rate of the head, in `0.001 ... 1000`.
        public var headFactor: Double
        /// The epochs at the beginning in which the head alone moves.
        public var headOnlyEpochs: Int
        /// What was asked of another program's weights; nil for nothing.
        public var reading: ForeignWeights.Options?

        /// Collects how a run is fine-tuned; by default everything moves at the same rate.
        public init(
            weights: String, sha256: String, hasNewHead: Bool, freeze: String? = nil,
            frozenStatistics: Bool = false, layerDecay: Double = 1, headFactor: Double = 1,
            headOnlyEpochs: Int = 0, reading: ForeignWeights.Options? = nil
        ) {
            self.weights = weights
            self.sha256 = sha256
            self.hasNewHead = hasNewHead
            self.freeze = freeze
            self.frozenStatistics = frozenStatistics
            self.layerDecay = layerDecay
            self.headFactor = headFactor
            self.headOnlyEpochs = headOnlyEpochs
            self.reading = reading
        }

        /// Begins from these weights on images of these classes; the head is kept where they are the weights' own.
        ///
        /// - Parameter headFactor: Nil for 3 with a new head, and 1 otherwise.
        /// - Throws: A `DataError` when the weights' file cannot be read.
        public init(
            _ weights: PretrainedModel, classNames: [String], freeze: String? = nil,
            frozenStatistics: Bool = false, layerDecay: Double = 1, headFactor: Double? = nil,
            headOnlyEpochs: Int = 0
        ) throws(DataError) {
            let keepsHead = weights.hasClasses(classNames)
            self.init(
                weights: weights.path, sha256: try weights.sha256(), hasNewHead: !keepsHead,
                freeze: freeze, frozenStatistics: frozenStatistics, layerDecay: layerDecay,
                headFactor: headFactor ?? (keepsHead ? 1 : 3), headOnlyEpochs: headOnlyEpochs,
                reading: weights.options == ForeignWeights.Options() ? nil : weights.options)
        }
    }
}
