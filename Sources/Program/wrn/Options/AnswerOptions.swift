// SPDX-License-Identifier: Apache-2.0

public import ArgumentParser
public import WRNInference
import WRNModel
import WRNText

/// The option for the views of an image.
struct ViewOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Average the probabilities of several views of each image: flip, the image and its "
                + "mirror image; five-crops, the centre and the corners; ten-crops, these and "
                + "their mirror images. Each view takes the time of one.", valueName: "views"))
    var tta: TestTimeViews?
}

extension TestTimeViews: ExpressibleByArgument {}

extension TestTimeViews {
    /// The views in a sentence; nil for the image alone.
    var words: String? {
        switch self {
        case .single: nil
        case .flip: "each averaged with its mirror image"
        case .fiveCrops: "each the average of five crops"
        case .tenCrops: "each the average of five crops and their mirror images"
        }
    }
}

/// The options for the form and the destination of the answers of `wrn predict`.
struct AnswerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Call an image unknown if its likeliest class is less probable than this, in 0...1 "
                + "(default: that of 'wrn calibrate --target', where the model has one).",
            valueName: "probability"))
    var threshold: Double?

    @Flag(
        help: """
            Write CSV: a line for each image, with its likeliest classes (--top) and their \
            probabilities.
            """)
    var csv = false

    @Option(
        name: [.customShort("o"), .customLong("output")],
        help: ArgumentHelp(
            "Write the answers to this file instead of the standard output.", valueName: "file"))
    var file: String?

    @Option(
        help: ArgumentHelp(
            "Copy the image files into a folder for each class in this directory.",
            valueName: "dir"))
    var sortInto: String?

    @Flag(help: "With --sort-into, make symbolic links instead of copies.")
    var link = false

    func validate() throws {
        try checkOption("--threshold", threshold, "in 0...1") { (0...1).contains($0) }
        if link, sortInto == nil {
            throw ValidationError("--link goes with --sort-into; name a directory")
        }
    }

    /// Refuses what contradicts the command's other options.
    func check(json: Bool, pictures: Bool?, data: String?) throws {
        guard !csv || !json else {
            throw ValidationError("--csv and --json are two forms of the answers; leave one out")
        }
        if csv && fileEnds(in: ".json") || json && fileEnds(in: ".csv") {
            throw ValidationError(
                "\(file ?? "") ends as \(csv ? "JSON" : "CSV"), but --\(csv ? "csv" : "json") is "
                    + "given; leave the option out or rename the file")
        }
        if pictures == true, csv || file != nil && file != "-" {
            throw ValidationError(
                "--pictures draws on the standard output; leave it out, or "
                    + (csv ? "--csv" : "-o"))
        }
        if sortInto != nil, data != nil {
            throw ValidationError(
                "--sort-into goes with image files, and images of --data are none; leave one out")
        }
    }

    /// The form of the answers: as the options choose, else as the file's name ends.
    func form(json: Bool) -> PredictionJob.Form {
        if csv || fileEnds(in: ".csv") { return .csv }
        return json || fileEnds(in: ".json") ? .json : .lines
    }

    private func fileEnds(in ending: String) -> Bool {
        file?.lowercased().hasSuffix(ending) ?? false
    }

    /// The probabilities that a model's answers need, by the option or else in the model; nil where
    /// all images have an answer.
    ///
    /// Notes on them go to the standard error.
    func thresholds(of model: ModelDescription) -> AnswerThresholds? {
        if let threshold {
            if threshold > 0, model.calibration == nil {
                StandardError.write(
                    """
                    wrn: the model is not calibrated: it may be surer than it is right; 'wrn \
                    calibrate' measures and corrects that

                    """)
            }
            return AnswerThresholds(overall: threshold)
        }
        guard let stored = model.calibration?.thresholds else { return nil }
        let accuracy = stored.accuracy.map { " for \(Numbers.percent($0)) right answers" } ?? ""
        let least =
            stored.byClass == nil
            ? "answers below \(Numbers.percent(stored.overall))"
            : "answers below the threshold of their class"
        StandardError.write(
            "wrn: \(least) are unknown, by the model's calibration\(accuracy); --threshold 0 has "
                + "all\n")
        return stored
    }

    /// The shares of votes that answers need; nil where all images have an answer.
    var voteThresholds: AnswerThresholds? { threshold.map { AnswerThresholds(overall: $0) } }
}
