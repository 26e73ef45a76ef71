// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets
import WRNText

/// An image of an audit.
package struct AuditedImage: Hashable, Sendable {
    /// Which of the audited splits it is in.
    package let split: Split
    /// Its index there.
    package let index: Int
    /// Its name in lists (``ImageName``).
    package let name: String
    /// The name of the class that it has.
    package let className: String
}

/// Something that an audit found: an image that stands out, or some that show the same.
package struct AuditFinding: Hashable, Sendable {
    /// What was found.
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        /// A file that cannot be used.
        case broken
        /// Images of different splits that show the same, so that an evaluation on one of them
        /// measures what was learnt by heart.
        case copiesAcrossSplits = "copies_across_splits"
        /// Images of one split that show the same and have different labels.
        case copiesAcrossClasses = "copies_across_classes"
        /// Images of one split that show the same and have the same label.
        case copies
        /// A label that a model contradicts that was fitted on other images.
        case label
        /// An image of one colour.
        case blank
        /// A grey image among coloured ones.
        case grey
        /// An image that is far smaller, longer or wider than the others.
        case shape
        /// An image whose features are far from those of all classes.
        case outlier
    }

    /// What was found.
    package let kind: Kind
    /// The image, or those that show the same, in the order of the splits.
    package let images: [AuditedImage]
    /// What was measured, in a few words.
    package let detail: String
    /// The measure that orders findings of one kind, larger for clearer ones.
    package let score: Double
    /// For a label the class that the model predicts.
    package var suggestion: String?
    /// Which of the images should be left out, by their places in ``images``: all but the one that
    /// is kept of copies with one label, all of them otherwise; none where a look has to decide.
    package var leftOut: [Int] = []
}

extension AuditFinding {
    /// The places of the images to show, at most `count`: the first ones, and of copies in
    /// different splits or with different labels two that differ in that.
    package func shownPlaces(atMost count: Int) -> [Int] {
        let places = Array(images.indices.prefix(count))
        guard count > 1, let other = firstOther, other >= count else { return places }
        return Array(places.dropLast()) + [other]
    }

    /// The place of the first image that makes a finding of its kind together with the first.
    private var firstOther: Int? {
        guard let first = images.first else { return nil }
        switch kind {
        case .copiesAcrossSplits:
            return images.firstIndex {
                $0.split != first.split && $0.className != first.className
            } ?? images.firstIndex { $0.split != first.split }
        case .copiesAcrossClasses:
            return images.firstIndex { $0.className != first.className }
        case .broken, .copies, .label, .blank, .grey, .shape, .outlier:
            return nil
        }
    }
}

/// An audit of a data set: copies, doubtful labels, and images that stand out, of all splits
/// together.
package struct DataAudit: Sendable {
    /// The version of the JSON that describes an audit.
    package static let formatVersion = 1

    /// The splits, in the order in which they were audited.
    package let splits: [Split]
    /// The names of the classes.
    package let classNames: [String]
    /// The number of images of all splits.
    package let imageCount: Int
    /// What was found, kind by kind in the order of their declaration, the clearest first.
    package let findings: [AuditFinding]
    /// The share of labels that the model predicts without having been fitted on them; nil where
    /// labels were not checked.
    package let agreement: Double?
    /// The number of images whose labels were checked.
    package let checkedLabelCount: Int
    /// Limits of what could be found, one sentence each.
    package let notes: [String]

    /// The number of findings of a kind.
    package func count(of kind: AuditFinding.Kind) -> Int {
        findings.count { $0.kind == kind }
    }

    /// The images that should be left out, each once, with the kind of the first finding that names
    /// it; by kinds, and in each in the order of the findings.
    ///
    /// - Parameter kinds: The kinds whose images are left out. Labels are left out only where
    ///   `kinds` has them: their images are whole, and a look decides.
    package func leftOut(_ kinds: Set<AuditFinding.Kind>) -> [(AuditFinding.Kind, AuditedImage)] {
        var seen: Set<AuditedImage> = []
        var images: [(AuditFinding.Kind, AuditedImage)] = []
        for finding in findings where kinds.contains(finding.kind) {
            for place in finding.leftOut where seen.insert(finding.images[place]).inserted {
                images.append((finding.kind, finding.images[place]))
            }
        }
        return images
    }
}
