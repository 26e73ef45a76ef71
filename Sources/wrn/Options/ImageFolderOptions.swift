// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNData

/// How a folder of image files becomes a data set.
struct ImageFolderOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "For image files: the rows and columns that the network is given.", valueName: "pixels")
    )
    var imageSize = 224

    @Option(
        help: ArgumentHelp(
            "For image files: 1 to make them grey, 3 for colours.", valueName: "count"))
    var imageChannels = 3

    @Option(
        help: ArgumentHelp(
            "For a folder without splits: how much of each class is kept for validation.",
            valueName: "fraction"))
    var validationFraction = 0.1

    @Option(
        help: ArgumentHelp(
            "For a folder without splits: what its validation images are drawn from.",
            valueName: "seed"))
    var splitSeed: UInt64 = 0

    @Option(
        help: ArgumentHelp(
            "For image files: lines of FOLDER,NAME, or a JSON object, that number and name the classes.",
            valueName: "file"))
    var classMap: String?

    @Flag(help: "For image files: permit classes without images.")
    var allowEmptyClasses = false

    func validate() throws {
        try checkOption("--image-size", imageSize, isIn: 1...8192)
        guard imageChannels == 1 || imageChannels == 3 else {
            throw ValidationError("--image-channels must be 1 or 3, not \(imageChannels)")
        }
        guard validationFraction > 0, validationFraction < 1 else {
            throw ValidationError(
                "--validation-fraction must be above 0 and below 1, not \(validationFraction)")
        }
    }

    /// The library's options.
    var options: ImageFileOptions {
        ImageFileOptions(
            height: imageSize, width: imageSize, channels: imageChannels,
            validationFraction: validationFraction, seed: splitSeed, classMap: classMap,
            allowsEmptyClasses: allowEmptyClasses)
    }
}
