// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNBatches
import WRNDatasets
import WRNFiles
import WRNImages
import WRNTensorFiles
import WRNText

/// `wrn data preview`: draws augmented images.
struct DataPreview: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "preview",
        abstract: "Write a picture of what augmentation makes of some training images.",
        usage: usageText(
            "wrn data preview <source> --output <file> [--image-size <N|HxW>] [options]"),
        discussion: """
            Each row has an image as it is evaluated, and then as the first epochs of a run with \
            the same options and seed see it:

              wrn data preview photos/ --image-size 96 --policy trivial -o sheet.png
            """)

    @Argument(
        help: ArgumentHelp(
            "The data set: \(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String

    @Option(name: .shortAndLong, help: ArgumentHelp("The .png file to write.", valueName: "file"))
    var output: String

    @Option(help: "The images, as many of each class as there are.")
    var count = 8

    @Option(help: "The epochs, one for each column.")
    var epochs = 8

    @Option(help: "What all random numbers are drawn from.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "The rows and columns to which image files are resized (default: 96).",
            valueName: "N|HxW"),
        transform: ImageSize.init(argument:))
    var imageSize: ImageSize?

    @OptionGroup(title: "Image files") var files: FileOptions
    @OptionGroup(title: "Augmentation") var augmentation: AugmentationOptions

    func validate() throws {
        try checkOption("--count", count, isIn: 1...1000)
        try checkOption("--epochs", epochs, isIn: 1...1000)
        try checkPNG("--output", output)
    }

    func run() throws {
        let outputs = OutputPlaces(["--output": output])
        try outputs.check(reading: [data])
        let source = DataSource(
            data,
            options: files.options(
                height: imageSize?.height ?? 96, width: imageSize?.width ?? 96))
        let images = try source.load(.train, status: StatusLine())
        try files.check(for: images, imageSize: imageSize)
        try outputs.check(reading: images)
        DataNotes.write(images, source: data)
        let preview = try AugmentationPreview(
            images: images, augmentation: augmentation.augmentation(for: images), seed: seed)
        let sheet = try ContactSheet(cellHeight: images.height, cellWidth: images.width)
        // A page that would be too large is refused before the images are made.
        try sheet.check(rows: min(count, images.count), columns: epochs + 1)
        let page = try sheet.page(of: preview.rows(count: count, epochs: epochs))
        try AtomicFile<FileError>.write(try page.png(), to: output)
        try StandardOutput.write(
            """
            \(output): \(Numbers.counted(min(count, images.count), "image")), as evaluated and in \
            \(Numbers.counted(epochs, "epoch"))

            """)
    }
}

/// Throws for a picture's file name that does not end in .png.
func checkPNG(_ option: String, _ file: String) throws {
    guard file.lowercased().hasSuffix(".png") else {
        throw ValidationError("\(option) must end in .png, not \"\(file)\"")
    }
}
