// SPDX-License-Identifier: Apache-2.0

import WRNRandom

/// How training images are varied: mirrored, and shifted within a border that reflects the image.
public struct Augmentation: Codable, Hashable, Sendable {
    /// Whether each image is mirrored left to right half of the time.
    public let horizontalFlip: Bool
    /// The pixels of border on each side, from which an image-sized part is cut at random; 0 for none.
    ///
    /// The border mirrors the image about its outermost pixels without repeating them, as the authors' code does.
    public let cropPadding: Int

    /// Creates an augmentation.
    public init(horizontalFlip: Bool, cropPadding: Int) {
        self.horizontalFlip = horizontalFlip
        self.cropPadding = cropPadding
    }

    /// Leaves images as they are.
    public static let none = Augmentation(horizontalFlip: false, cropPadding: 0)

    /// The authors' for CIFAR: flips, and crops with 4 pixels of border.
    public static let standard = Augmentation(horizontalFlip: true, cropPadding: 4)

    /// Where an augmented image lies in the original.
    struct Placement: Hashable {
        var isFlipped = false
        /// The rows by which the content moves up.
        var rowShift = 0
        /// The columns by which the content moves left, after the flip.
        var columnShift = 0
    }

    /// The placement of one image in one epoch: a function of its arguments alone.
    func placement(seed: UInt64, epoch: Int, image: Int) -> Placement {
        var placement = Placement()
        let stream = RandomStream(seed: seed, purpose: .augmentation, step: epoch, item: image)
        if horizontalFlip { placement.isFlipped = stream.bool(at: 0) }
        if cropPadding > 0 {
            let choices = 2 * cropPadding + 1
            placement.rowShift = stream.integer(at: 1, below: choices) - cropPadding
            placement.columnShift = stream.integer(at: 2, below: choices) - cropPadding
        }
        return placement
    }

    /// An augmentation must leave a border that the image can fill by reflection.
    func check(height: Int, width: Int) throws(DataError) {
        guard (0..<min(height, width)).contains(cropPadding) else {
            throw DataError(
                .invalidArgument,
                "a crop padding of \(cropPadding) pixels does not suit images of "
                    + "\(height) x \(width); it is 0 to \(min(height, width) - 1)")
        }
    }
}
