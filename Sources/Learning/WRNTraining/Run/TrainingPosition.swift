// SPDX-License-Identifier: Apache-2.0

/// Where a run stands between two steps, and what it has counted of the epoch so far.
///
/// It holds no times, so that the same run gives the same bytes.
public struct TrainingPosition: Codable, Hashable, Sendable {
    /// The epochs that are complete, their evaluation included.
    public var epoch = 0
    /// The batches of the present epoch that are done.
    public var batch = 0
    /// The steps of the run that are done.
    public var step = 0
    /// The sum of the images' losses in the present epoch.
    public var lossSum = 0.0
    /// The images of the present epoch that were right.
    public var correct = 0
    /// The images of the present epoch that are done.
    public var images = 0
    /// The images of the present epoch that were left out because their files are broken.
    public var broken = 0

    /// The beginning of a run.
    public init() {}

    /// Reads a position; those of earlier versions do not count broken files.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        epoch = try container.decode(Int.self, forKey: .epoch)
        batch = try container.decode(Int.self, forKey: .batch)
        step = try container.decode(Int.self, forKey: .step)
        lossSum = try container.decode(Double.self, forKey: .lossSum)
        correct = try container.decode(Int.self, forKey: .correct)
        images = try container.decode(Int.self, forKey: .images)
        broken = try container.decodeIfPresent(Int.self, forKey: .broken) ?? 0
    }

    /// Counts a step.
    mutating func add(loss: Double, correct: Int, images: Int, broken: Int = 0) {
        batch += 1
        step += 1
        self.broken += broken
        lossSum += loss * Double(images)
        self.correct += correct
        self.images += images
    }

    /// Goes on to the next epoch.
    mutating func finishEpoch() {
        var next = TrainingPosition()
        next.epoch = epoch + 1
        next.step = step
        self = next
    }

    /// The mean loss of the present epoch's images; 0 before the first.
    public var meanLoss: Double { images > 0 ? lossSum / Double(images) : 0 }

    /// The share of the present epoch's images that were right; 0 before the first.
    public var accuracy: Double { images > 0 ? Double(correct) / Double(images) : 0 }
}

extension TrainingPosition {
    /// The first field that no run can have; nil when all are right.
    var problem: FieldProblem? {
        let images = 0...1 << 31
        let problems: [FieldProblem?] = [
            FieldProblem("epoch", epoch, in: 0...TrainingConfiguration.maximumEpochCount),
            FieldProblem("batch", batch, in: images),
            FieldProblem("step", step, in: 0...Int(UInt32.max)),
            FieldProblem("loss_sum", lossSum, in: -1e9...1e39),
            FieldProblem("correct", correct, in: images),
            FieldProblem("images", self.images, in: images),
            FieldProblem("broken", broken, in: images),
        ]
        return problems.compactMap(\.self).first
    }
}
