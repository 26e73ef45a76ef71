// SPDX-License-Identifier: Apache-2.0

/// The weights of a batch's images in the loss, where classes weigh differently.
///
/// An image's targets then have the weights of their classes, too, and need not show its own class:
/// of a smoothed label or a mixed image, a class that weighs many times more is the largest.
package struct ImageWeights: Hashable, Sendable {
    /// What multiplies the loss of each image, 0 or more.
    package let factors: [Double]
    /// The class of each image whose largest logit is a hit.
    package let labels: [Int]

    /// Collects the weights of images, in their order.
    package init(factors: [Double], labels: [Int]) {
        self.factors = factors
        self.labels = labels
    }

    /// Refuses factors that are not one finite number of 0 or more for each image, and labels that
    /// are not one class for each.
    ///
    /// - Throws: ``PlanError/invalidRequest(_:)``.
    package func check(count: Int, classes: Int) throws(PlanError) {
        guard factors.count == count else {
            throw .invalidRequest("\(count) images need as many factors, not \(factors.count)")
        }
        if let factor = factors.first(where: { !($0 >= 0 && $0.isFinite) }) {
            throw .invalidRequest(
                "the factor of a loss is a finite number of 0 or more, not \(factor)")
        }
        guard labels.count == count else {
            throw .invalidRequest("\(count) images need as many labels, not \(labels.count)")
        }
        try checkLabels(labels, classes: classes)
    }
}
