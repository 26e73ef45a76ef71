// SPDX-License-Identifier: Apache-2.0

import WRNRandom

/// The indices of the random numbers of one image in one epoch, in its stream of
/// ``RandomPurpose/augmentation``.
///
/// They never change, because they determine the results of a seed; each part of an augmentation
/// keeps its numbers whichever other parts are in use.
enum AugmentationDraw {
    /// Whether the image is mirrored.
    static let flip = 0
    /// The row and the column of a padded crop.
    static let rowShift = 1
    static let columnShift = 2
    /// The first of ``tries`` of a random resized crop, four numbers each: area, aspect ratio, row,
    /// column.
    static let resizedCrop = 16
    /// The first of at most 16 operations of a policy, three numbers each: operation, magnitude,
    /// sign.
    static let policy = 64
    /// The order of colour jitter (three numbers), then the four factors.
    static let jitterOrder = 128
    static let jitterFactors = 132
    /// Whether a rectangle is erased.
    static let erasing = 160
    /// The first of ``tries`` of an erased rectangle, four numbers each: area, aspect ratio, row,
    /// column.
    static let erasedRectangle = 164
    /// The row and the column of a cutout's centre.
    static let cutoutRow = 224
    static let cutoutColumn = 225

    /// The three shifts of the lighting, two numbers each index.
    static let lighting = 232

    /// The number of times that torchvision draws a rectangle until one fits.
    static let tries = 10
}

extension RandomStream {
    /// A number in a range, each equally likely.
    func uniform(at index: Int, in range: ClosedRange<Double>) -> Double {
        range.lowerBound + (range.upperBound - range.lowerBound) * uniform(at: index)
    }
}
