// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNEngine
import WRNFetch
import WRNInference
import WRNKernels
import WRNModel
import WRNTensor
import WRNText

/// `wrn predict`: classifies images.
struct Predict: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Classify image files, or test images of a data set.",
        usage: usageText(
            """
            wrn predict [--weights DIR|FILE] [--last|--best] IMAGE|FOLDER|ARCHIVE|- ... [--top \
            N] [--threshold P] [--csv|--json] [-o FILE] [--sort-into DIR [--link]] [options]
            wrn predict [--weights DIR|FILE] --neighbours FOLDER [--k K] IMAGE|FOLDER|ARCHIVE|- \
            ... [options]
            wrn predict [--weights DIR|FILE] --data SOURCE INDEX ... [options]
            """),
        discussion: """
            Without --weights the model in the program is used: WRN-16-2 with the ten classes of \
            CIFAR-10 (airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck).

            Files are JPEG, PNG or WebP, whatever they are called; of folders and archives all \
            images are taken, and - is an image from the standard input. They are resized and \
            cropped as the model was evaluated in training.

            Of a run's two models the last is used, as in the paper, or with --best that of the \
            epoch with the highest validation accuracy; its name goes to the standard error.

            On a terminal up to \(PredictionDrawing.usualCount) images are shown as pictures, each \
            no higher than the screen, with its name and its classes beside it. More images, and \
            all without a terminal, get a line each. A file that is no image is named on the \
            standard error, the others are classified, and the exit code is 1.

            With --threshold an image whose likeliest class is less probable is unknown. \
            Probabilities are calibrated where 'wrn calibrate' has calibrated the model, whose own \
            threshold then holds unless another is given.

            -o FILE gets the answers in place of the standard output: as CSV or JSON where its \
            name ends so or the option is given, else as lines. FILE appears when it is whole.

            --sort-into DIR copies each file into DIR/CLASS, or with --link makes a link to it \
            there, and puts unknown ones into DIR/unknown. No file is moved or overwritten: \
            another file of the same name gets a number, and one that is there already stays, so \
            that a second run adds what is missing.
            """)

    @OptionGroup var weights: WeightsOptions

    @Option(
        help: ArgumentHelp(
            "Classify test images of this data set: "
                + "\(DataSource.knownNames.joined(separator: ", ")), or a path.",
            valueName: "source"))
    var data: String?

    @Option(
        help: ArgumentHelp(
            "Use the classes of the folders here instead of the model's: the labelled images with "
                + "the nearest features vote.",
            valueName: "folder"))
    var neighbours: String?

    @Option(help: "With --neighbours, how many images vote (default: 5).")
    var k: Int?

    @Argument(
        help: ArgumentHelp(
            "Image files, folders, archives, or -; with --data indices of test images, from 0.",
            valueName: "input"))
    var inputs: [String]

    @Option(help: "How many classes to show for each image.")
    var top = 3

    @Option(help: "The threads to compute on (default: all processors).")
    var threads: Int?

    @Option(
        help: ArgumentHelp(
            "The type of activations: float32 or bfloat16 (default: float32).", valueName: "type"))
    var precision: Precision?

    @Flag(
        inversion: .prefixedNo,
        help:
            """
            Whether to draw the images (default: on a terminal, up to \
            \(PredictionDrawing.usualCount)).
            """
    )
    var pictures: Bool?

    @Flag(help: "Leave out files that are no images, and end with the exit code 0 all the same.")
    var skipBroken = false

    @OptionGroup var views: ViewOptions

    @OptionGroup(title: "Answers") var answers: AnswerOptions

    @OptionGroup(title: "Image files") var limits: PixelLimitOption

    @OptionGroup var output: OutputOptions

    func validate() throws {
        try answers.check(json: output.json, pictures: pictures, data: data)
        try checkOption("--top", top, isIn: 1...Int.max)
        try checkOption("--threads", threads, isIn: 1...1024)
        try checkOption("--k", k, isIn: 1...Int.max)
        if k != nil, neighbours == nil {
            throw ValidationError("--k goes with --neighbours; name a folder of labelled images")
        }
        if neighbours != nil, views.tta ?? .single != .single {
            throw ValidationError(
                "--tta averages the answers of the model's head, which --neighbours does not use; "
                    + "leave one out")
        }
        if data != nil {
            guard neighbours == nil else {
                throw ValidationError(
                    "--neighbours goes with image files; leave --data out to classify files")
            }
            _ = try indices()
        }
    }

    func run() throws {
        if let warning = ChosenModel.mirrorWarning(
            for: weights.weights, views: views.tta ?? .single, option: "--tta")
        {
            StandardError.write("wrn: warning: \(warning)\n")
        }
        let form = answers.form(json: output.json)
        let outputs = OutputPlaces(["--output": answers.file])
        try outputs.check(reading: [data, neighbours, weights.place])
        if data == nil { try outputs.check(reading: inputs) }
        var job = PredictionJob(
            top: top, form: form, output: try ResultOutput(argument: answers.file ?? "-"),
            drawsPictures: pictures, skipsBroken: skipBroken, views: views.tta ?? .single)
        if let data {
            let indices = try indices()
            try weights.announceModel()
            let classifier = try classifier(for: indices.count)
            job.thresholds = answers.thresholds(of: classifier.description)
            let size = classifier.description
            let source = DataSource(
                data,
                options: ImageFileOptions(
                    height: size.inputHeight, width: size.inputWidth, channels: size.inputChannels,
                    preparation: size.preparation, limits: limits.imageLimits))
            let images = try source.load(.test, status: StatusLine())
            try outputs.check(reading: images)
            try checkFileOptions(
                limits.given + (skipBroken ? ["--skip-broken"] : []), for: images)
            DataNotes.write(images, source: data)
            return try job.run(classifier, images, indices: indices, source: data)
        }
        var files = ImageList(limits: limits.imageLimits)
        for input in inputs {
            do {
                try files.append(argument: input, isOnly: inputs.count == 1 || Int(input) != nil)
            } catch let error as DataError {
                guard error.code == .notFound, Int(input) != nil else { throw error }
                throw ValidationError(
                    "there is no file \(input); to classify a test image by its index, name its "
                        + "data set, for example --data fashion-mnist")
            }
        }
        try outputs.check(reading: files)
        try leaveOutResults(&files)
        try weights.announceModel()
        DataNotes.write(files)
        Interruption.listen()
        guard let neighbours else {
            let classifier = try classifier(for: files.count)
            try classifier.description.checkPhotographs()
            PrecisionAdvice(
                work: .classify, isOpen: precision == nil, writesJSON: form == .json
            ).write(
                for: classifier.graph, batch: classifier.batch, images: files.count,
                ExecutionOptions(threads: threads))
            job.thresholds = answers.thresholds(of: classifier.description)
            job.sorted = try sorted(classifier)
            return try job.run(classifier, files)
        }
        let classifier = try neighbourClassifier(neighbours)
        job.thresholds = answers.voteThresholds
        job.sorted = try sorted(classifier)
        try job.run(classifier, files)
    }

    /// Leaves out what an earlier run has put into a directory within the input.
    private func leaveOutResults(_ files: inout ImageList) throws {
        guard let sortInto = answers.sortInto else { return }
        if answers.link, let index = files.firstWithoutFile {
            throw ValidationError(
                "--link makes links to files, and \(files.title(of: index)) is none of its own; "
                    + "leave --link out to copy it")
        }
        let count = files.remove(below: sortInto)
        guard count > 0 else { return }
        guard files.count > 0 else {
            throw ValidationError(
                "all images lie in \(sortInto), which --sort-into names; name another directory")
        }
        StandardError.write(
            "wrn: \(Numbers.counted(count, "image")) in \(sortInto), where sorted files are, left "
                + "out\n")
    }

    private func sorted(_ classifier: some FileClassifier) throws -> SortedImages? {
        try answers.sortInto.map {
            try SortedImages(
                in: $0, classNames: classifier.classNames, as: answers.link ? .links : .copies)
        }
    }

    private func neighbourClassifier(_ folder: String) throws -> NeighbourClassifier {
        let extractor = try weights.extractor(
            layers: nil, pooling: .average,
            EngineOptions(batch: 64, threads: threads, precision: precision))
        let size = extractor.description
        var options = ImageFileOptions(
            height: size.inputHeight, width: size.inputWidth, channels: size.inputChannels,
            preparation: size.preparation, limits: limits.imageLimits)
        options.takesWhole = true
        let status = StatusLine()
        let labelled = try DataSource(folder, options: options).load(.train, status: status)
        DataNotes.write(labelled, source: folder)
        let examples = withoutBroken(labelled)
        status.show("computing the features of \(Numbers.grouped(examples.count)) labelled images")
        defer { status.clear() }
        return try BrokenFileError.advising(
            "repair or remove it, or leave out such files with --skip-broken "
                + "('wrn data inspect \(shellWord(folder))' lists all)", unless: skipBroken
        ) {
            try NeighbourClassifier(
                extractor, examples: examples, k: k ?? 5,
                isCancelled: { Interruption.isRequested })
        }
    }

    /// With --skip-broken, the labelled images that can be decoded; the other files are named on
    /// the standard error.
    private func withoutBroken(_ images: any ImageSet) -> any ImageSet {
        guard skipBroken, let files = images as? ImageFiles else { return images }
        let check = ImageFilesCheck(of: files, byteCount: .max)
        for error in check.broken { StandardError.write("wrn: left out: \(error.message)\n") }
        let broken = Set(check.brokenIndices)
        return ImageSelection(
            of: files, indices: files.labels.indices.filter { !broken.contains($0) })
    }

    private func classifier(for count: Int) throws -> Classifier {
        try weights.classifier(
            EngineOptions(
                batch: min(max(count, 1), 64), threads: threads, precision: precision))
    }

    private func indices() throws -> [Int] {
        try inputs.map { input in
            guard let index = Int(input), index >= 0 else {
                throw ValidationError(
                    "with --data each INPUT is an index of a test image, 0 or more, not "
                        + "\"\(input)\"; leave --data out to classify files")
            }
            return index
        }
    }
}
