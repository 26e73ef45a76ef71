// SPDX-License-Identifier: Apache-2.0

extension Augmentation {
    /// The usual one for a data set: shifts by up to an eighth of the image, at most 4 pixels, and flips for photographs and clothes.
    ///
    /// Digits and whatever else comes without a name keep their sides: a mirrored 3 is no 3. For images of 32 x 32 pixels it is
    /// ``standard``, the authors'.
    public static func suited(to images: LabelledImages) -> Augmentation {
        let names = ["cifar10", "cifar100", "fashion-mnist"]
        return Augmentation(
            horizontalFlip: names.contains(images.name),
            cropPadding: min(4, min(images.height, images.width) / 8))
    }
}
