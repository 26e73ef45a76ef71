// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import WRNDatasets
import WRNFetch
import WRNRuns

// How a run begins, as a new one or where it was left.

extension TrainingJob {
    /// Begins a run; if that fails, no files stay.
    ///
    /// Image files are decoded before the run is created, so that a broken one is reported at once
    /// and not in the middle of an epoch.
    ///
    /// - Parameters:
    ///   - files: How image files are read.
    ///   - exclusion: The images that are left out; nil for none.
    ///   - configuration: Makes the configuration from the source's absolute name and the images.
    static func begin(
        at directory: String, source: String, files: ImageFileOptions,
        exclusion: ImageExclusion?, limit: Int?, reporter: TrainingReporter,
        configuration: (String, any ImageSet, any ImageSet) throws -> TrainingConfiguration
    ) throws -> TrainingJob {
        // Before a download that may take minutes.
        try RunDirectory.checkAvailable(directory)
        let images = try NewRunImages(
            source, files: files, exclusion: exclusion, limit: limit, status: reporter.status)
        return try begin(
            at: { directory }, images, reporter: reporter, configuration: configuration)
    }

    /// Begins a run on images that have been read.
    ///
    /// - Parameter directory: Chooses the directory when the run begins, and another one where a
    ///   process has taken the first in the meantime.
    static func begin(
        at directory: () -> String, _ images: NewRunImages, reporter: TrainingReporter,
        configuration: (String, any ImageSet, any ImageSet) throws -> TrainingConfiguration
    ) throws -> TrainingJob {
        let (train, validation) = (images.train, images.validation)
        let wanted = try configuration(lastingName(of: images.source), train, validation)
            .excluding(images.exclusion)
        try wanted.validate()
        try checkFiles([train, validation], of: wanted, reporter)
        var place = directory()
        while true {
            do {
                return try create(
                    at: place, wanted, train: train, validation: validation, reporter)
            } catch let error as TrainingError
                where [.directoryLocked, .directoryTaken].contains(error.code)
            {
                let next = directory()
                guard next != place else { throw error }
                place = next
            }
        }
    }

    private static func create(
        at directory: String, _ configuration: TrainingConfiguration, train: any ImageSet,
        validation: any ImageSet, _ reporter: TrainingReporter
    ) throws -> TrainingJob {
        let run = try RunDirectory.create(at: directory, configuration)
        if run.hasReplacedRun {
            reporter.say("\(directory) held a run without a saved step, which this one replaces")
        }
        return TrainingJob(run: run, train: train, validation: validation)
    }

    /// One run of several that a command trains: a new one, or the one that the same command began
    /// before.
    ///
    /// - Parameter configuration: The configuration that the command gives it.
    static func member(
        at directory: String, _ configuration: TrainingConfiguration, train: any ImageSet,
        validation: any ImageSet, reporter: TrainingReporter
    ) throws -> TrainingJob {
        guard RunDirectory.holdsRun(directory), !RunDirectory.holdsUnstartedRun(directory) else {
            return try create(
                at: directory, configuration, train: train, validation: validation, reporter)
        }
        let run = try RunDirectory.open(at: directory)
        if configuration.data.files?.skipsBroken == true { try run.leaveOutBrokenFiles() }
        try checkSame(run.configuration, as: configuration, directory)
        return TrainingJob(run: run, train: train, validation: validation)
    }

    /// Refuses to go on with a run on other images or with other settings than a command gives it.
    ///
    /// - Parameter ignored: Names of settings that a resumed run may change.
    static func checkSame(
        _ begun: TrainingConfiguration, as wanted: TrainingConfiguration, _ directory: String,
        ignoring ignored: Set<String> = []
    ) throws {
        guard Train.isSamePlace(wanted.data.source, begun.data.source) else {
            throw ValidationError(
                "\(directory) holds a run on \(begun.data.source), not on "
                    + "\(wanted.data.source); give that as --data, or name another directory")
        }
        let differences = begun.differences(from: wanted).filter { !ignored.contains($0.key) }
        if let difference = differences.first {
            throw ValidationError(
                "\(directory) holds a run with other settings than these (\(difference.key) is "
                    + "\(difference.first ?? "not given") there, "
                    + "\(difference.second ?? "not given") here); give the ones that it began "
                    + "with (\(directory)/config.json), or name another directory")
        }
    }

    /// The settings that a resumed run may change.
    struct Changes {
        var epochs: Int?
        /// The new place of the images; nil if it is the same.
        var data: String?
        /// The new place of the class map; nil if it is the same.
        var classMap: String?
        /// The new place of the list of images that are left out; nil if it is the same.
        var exclude: String?
        /// Whether broken image files are left out.
        var skipsBroken = false
    }

    /// Resumes a run.
    static func resume(
        _ directory: String, _ changes: Changes, reporter: TrainingReporter
    ) throws -> TrainingJob {
        let run = try RunDirectory.open(at: directory)
        let configuration = run.configuration
        let source = changes.data.map(lastingName) ?? configuration.data.source
        var options = configuration.fileOptions
        let classMap = changes.classMap.map(LastingPath.of)
        if let classMap { options.classMap = classMap }
        let list = changes.exclude.map(LastingPath.of)
        let exclusion: ImageExclusion?
        do {
            exclusion = try configuration.exclusion(at: list)
        } catch let error as DataError where error.code == .notFound && list == nil {
            throw BrokenFileError(
                error,
                advice: "it has the images that the run leaves out; if the same list is elsewhere "
                    + "now, name the place with --exclude")
        }
        let (train, validation): (any ImageSet, any ImageSet)
        do {
            (train, validation) = try images(
                DataSource(source, options: options).excluding(exclusion)
                    .folded(configuration.data.fold),
                limit: configuration.data.limit, reporter: reporter)
        } catch let error as DataError
            where [.notFound, .noSplit].contains(error.code) && changes.data == nil
        {
            throw BrokenFileError(
                error, advice: "if the same images are elsewhere now, name the place with --data")
        }
        try checkFileOptions(changes.classMap.map { _ in ["--class-map"] } ?? [], for: train)
        if changes.data != nil || classMap != nil || list != nil {
            try run.moveData(
                to: source, classMap: classMap, exclusion: list, train: train,
                validation: validation)
        }
        if changes.skipsBroken { try run.leaveOutBrokenFiles() }
        if let epochs = changes.epochs { try run.setEpochs(epochs) }
        return TrainingJob(run: run, train: train, validation: validation)
    }
}
