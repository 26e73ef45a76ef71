// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNRuns
import WRNZoo

extension NewRunOptions {
    /// What photographs choose for a run on these images, already limited; nil for images that are
    /// no files, and where a recipe chooses.
    func photographs(
        _ kind: PhotographDefaults.Kind, _ images: any ImageSet, network: String, count: Int? = nil
    ) -> PhotographDefaults? {
        guard recipe == nil, images is ImageFiles else { return nil }
        // A name that is no network's is refused where the network is made.
        let side = (try? Zoo.network(named: network))?.usualImageSize ?? 0
        return PhotographDefaults(kind, images: count ?? images.count, usualSide: side)
    }

    /// The images of a new run from random weights, image files in the size that suits them, and
    /// what was chosen by them; nil where nothing was.
    ///
    /// - Parameters:
    ///   - network: The network's name; nil where the command line has none.
    ///   - epochs: The value of `--epochs`.
    ///   - isTimed: Whether `--minutes` gives the number of epochs.
    ///   - photographCount: The number of photographs by which settings are chosen; nil for that of
    ///     the training images.
    /// - Throws: A `ValidationError` where no network is named and the images choose none; the
    ///   errors of the data.
    func suited(
        _ images: NewRunImages, network: String?, epochs: Int?, isTimed: Bool = false,
        photographCount: Int? = nil
    ) throws -> (images: NewRunImages, choice: PhotographChoice?) {
        let name = network ?? PhotographDefaults.network
        guard let files = images.train as? ImageFiles,
            let defaults = photographs(.training, files, network: name, count: photographCount)
        else {
            guard network != nil else {
                throw ValidationError(
                    recipe == nil
                        ? "the network is missing: only photographs choose one; name it, for "
                            + "example wrn-16-4"
                        : "the network is missing: with a recipe it is named, for example wrn-16-4"
                )
            }
            return (images, nil)
        }
        if network == nil { try PhotographDefaults.check(files) }
        var choice = PhotographChoice(count: defaults.images)
        if network == nil { choice.add("network", name, "for photographs; name another one") }
        var images = images
        if imageSize == nil {
            let sample = try ImageSizeSample(of: files)
            let side = PhotographDefaults.imageSide(
                medianSide: sample.medianSide, usualSide: defaults.usualSide)
            choice.medianSide = sample.medianSide
            if defaults.usualSide < PhotographDefaults.imageNetSide {
                choice.addImageSize(side)
            } else {
                choice.add("image_size", "\(side)", "the network's own")
            }
            images = try images.prepared(fileOptions(usualSize: side))
        }
        let given = try recipes(epochs: epochs).given
        choice.add(defaults, given: given, isTimed: isTimed)
        choice.add(augmentation, given: given)
        return (images, choice.isEmpty ? nil : choice)
    }
}
