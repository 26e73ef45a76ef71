// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNModel
import WRNPlan

/// The views of an image whose answers are averaged (test-time augmentation).
public enum TestTimeViews: String, Codable, CaseIterable, Hashable, Sendable {
    /// The image alone.
    case single = "none"
    /// The image, and its mirror image, left and right swapped.
    case flip

    /// The number of views of an image.
    public var count: Int { self == .single ? 1 : 2 }
}

extension Classifier {
    /// The logits of a batch's images in each view, image after image.
    func logits(
        of batch: Batch, _ views: TestTimeViews, width: Int, channels: Int
    ) throws -> [[Float]] {
        var logits = [try executor.logits(for: batch.images, count: batch.count)]
        if views == .flip {
            let mirrored = batch.images.mirrored(width: width, channels: channels)
            logits.append(try executor.logits(for: mirrored, count: batch.count))
        }
        return logits
    }

    /// The mean of the calibrated probabilities of one image's views.
    ///
    /// - Throws: ``InferenceError/notFinite(dataset:index:)`` unless every logit is finite.
    func softmax(
        of logits: [[Float]], row: Int, dataset: String, index: Int
    ) throws(InferenceError) -> Softmax {
        var views: [Softmax] = []
        for view in logits {
            guard
                let softmax = Softmax(
                    view.row(row, of: description.classes), temperature: description.temperature)
            else { throw .notFinite(dataset: dataset, index: index) }
            views.append(softmax)
        }
        return Softmax(averaging: views)
    }
}
