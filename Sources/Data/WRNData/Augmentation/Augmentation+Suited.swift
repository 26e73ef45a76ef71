// SPDX-License-Identifier: Apache-2.0

extension Augmentation {
    /// The usual one for a data set.
    ///
    /// - Image files: random parts of a quarter or more of the image, resized, and flips. ImageNet's recipes take parts from 8 % on, which
    ///   needs more epochs than small sets are trained for.
    /// - Arrays: shifts by up to an eighth of the image, at most 4 pixels, and flips for photographs and clothes. Digits and whatever else
    ///   comes without a name keep their sides: a mirrored 3 is no 3. For images of 32 x 32 pixels it is ``standard``, the authors'.
    /// - SVHN: nothing, as in the paper.
    public static func suited(to images: any ImageSet) -> Augmentation {
        guard images is LabelledImages else { return photographs }
        if ["svhn", "svhn-extra"].contains(images.name) { return .none }
        let names = ["cifar10", "cifar100", "fashion-mnist"]
        return Augmentation(
            horizontalFlip: names.contains(images.name),
            cropPadding: min(4, min(images.height, images.width) / 8))
    }

    /// For photographs of any size: flips, and random parts of a quarter or more.
    public static let photographs = Augmentation(
        horizontalFlip: true, cropPadding: 0, randomResizedCrop: RandomResizedCrop(scale: 0.25...1))
}
