// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import WRNDatasets
import WRNFetch
import WRNImages
import WRNRuns

/// The options for data sets of image files.
struct FileOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "\(TrainingSetting.imageChannels.meaning) (default: the model's, or 3 where there is "
                + "none)",
            valueName: "count"))
    var imageChannels: Int?

    @Option(
        help: .setting(.validationFraction, valueName: "fraction"))
    var validationFraction: Double?

    @Option(
        help: .setting(.splitSeed, valueName: "number"))
    var splitSeed: UInt64?

    @Option(
        help: ArgumentHelp(
            "Numbers and names the classes: lines of FOLDER or FOLDER,NAME in their order, or "
                + "JSON.",
            valueName: "file"))
    var classMap: String?

    @OptionGroup var limits: PixelLimitOption

    @Flag(help: ArgumentHelp(TrainingSetting.allowEmptyClasses.meaning))
    var allowEmptyClasses = false

    func validate() throws {
        if let imageChannels, ![1, 3].contains(imageChannels) {
            throw ValidationError("--image-channels must be 1 or 3, not \(imageChannels)")
        }
        try checkOption(.validationFraction, validationFraction)
    }

    /// The options for images of this size.
    func options(height: Int, width: Int, channels: Int = 3) -> ImageFileOptions {
        var options = ImageFileOptions(
            height: height, width: width, channels: imageChannels ?? channels)
        if let validationFraction { options.validationFraction = validationFraction }
        if let splitSeed { options.seed = splitSeed }
        options.classMap = classMap.map(LastingPath.of)
        options.allowsEmptyClasses = allowEmptyClasses
        options.limits = limits.imageLimits
        return options
    }

    /// The names of the options that were given.
    var given: [String] {
        let all: [(String, Bool)] = [
            ("--image-channels", imageChannels != nil),
            ("--validation-fraction", validationFraction != nil),
            ("--split-seed", splitSeed != nil), ("--class-map", classMap != nil),
            ("--allow-empty-classes", allowEmptyClasses),
        ]
        return all.filter(\.1).map(\.0) + limits.given
    }

    /// Refuses these options with images that are no files, where they would have no effect.
    ///
    /// Each command with such options calls it after it has read its images.
    ///
    /// - Parameters:
    ///   - imageSize: The size of the command's own option; nil where it is not given.
    ///   - skipBroken: Whether the command's own `--skip-broken` is given.
    /// - Throws: A `ValidationError` that names the first option that is given.
    func check(
        for images: any ImageSet, imageSize: ImageSize? = nil, skipBroken: Bool = false
    ) throws {
        let own = [("--image-size", imageSize != nil), ("--skip-broken", skipBroken)]
        try checkFileOptions(given + own.filter(\.1).map(\.0), for: images)
    }
}

/// Refuses options for image files with images that are none.
///
/// - Parameter given: The names of the options that were given.
/// - Throws: A `ValidationError` that names the first of them.
func checkFileOptions(_ given: [String], for images: any ImageSet) throws {
    guard !(images is ImageFiles), let option = given.first else { return }
    throw ValidationError(
        "\(option) is for folders and archives of image files; \(images.name) has images of one "
            + "size")
}

/// The option for the most pixels of an image.
struct PixelLimitOption: ParsableArguments {
    @Option(
        help: .setting(.maxPixels, valueName: "count"))
    var maxPixels: Int?

    func validate() throws {
        try checkOption(.maxPixels, maxPixels)
    }

    /// The option's name where it was given.
    var given: [String] { maxPixels.map { _ in ["--max-pixels"] } ?? [] }

    /// The limits for images of that many pixels.
    var imageLimits: ImageLimits {
        maxPixels.map(ImageLimits.init(pixels:)) ?? ImageLimits()
    }
}

/// The option for a list of images that are left out.
struct ExclusionOption: ParsableArguments {
    @Option(help: .setting(.exclude, valueName: "list"))
    var exclude: String?

    /// Reads the list; nil without one.
    func list() throws(DataError) -> ImageExclusion? {
        try exclude.map { path throws(DataError) in
            try ImageExclusion(contentsOf: LastingPath.of(path))
        }
    }
}

/// Paths that are valid in every working directory.
enum LastingPath {
    static func of(_ path: String) -> String {
        path.hasPrefix("/") ? path : FileManager.default.currentDirectoryPath + "/" + path
    }
}

extension ImageList {
    /// Adds the images of an argument: a file, a folder, an archive, or, for `-`, the standard
    /// input.
    ///
    /// If one of several arguments cannot be read, its error becomes its answer and the others go
    /// on.
    mutating func append(argument: String, isOnly: Bool) throws {
        guard argument == "-" else {
            do throws(DataError) {
                return try append(argument)
            } catch {
                guard !isOnly else { throw error }
                return append(error, title: argument)
            }
        }
        let bytes = try StandardInput.read(limit: ImageFiles.maximumFileByteCount)
        append(bytes, title: "standard input")
    }
}
