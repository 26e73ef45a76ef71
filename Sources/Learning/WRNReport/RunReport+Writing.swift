// SPDX-License-Identifier: Apache-2.0

import WRNTensorFiles
public import WRNData
public import WRNPlan
public import WRNRuns

extension RunReport {
    /// Writes the report of a run, in place of an older one and in one step.
    ///
    /// The model that the run has saved, that of its last epoch, is evaluated on the validation images. A run that has saved none yet gets a report of what there is.
    ///
    /// - Parameters:
    ///   - directory: The run's directory.
    ///   - images: The run's validation images; nil to load them from where the run has them.
    ///   - source: Where `images` come from; nil for what the run's configuration says.
    ///   - file: Where to write; nil for `report.html` in the directory.
    ///   - options: What to compute on.
    ///   - progress: Told how many of the images are classified.
    ///   - isCancelled: Asked before each batch whether to stop.
    /// - Returns: The path of the report.
    /// - Throws: A `TrainingError` when there is no run or it is damaged, a `CheckpointError` when the model is damaged or the report
    ///   cannot be written, a `DataError` for images that cannot be read, and what ``RunFindings`` throws; then nothing is written.
    @discardableResult
    public static func write(
        of directory: String, images: (any ImageSet)? = nil, source: String? = nil,
        to file: String? = nil, options: ExecutionOptions = ExecutionOptions(),
        progress: (_ done: Int, _ total: Int) -> Void = { _, _ in },
        isCancelled: () -> Bool = { false }
    ) throws -> String {
        let run = try RunRecord(readingFrom: directory)
        var findings: RunFindings?
        if run.hasModel {
            let images = try images ?? run.validationImages(from: source)
            findings = try RunFindings(
                of: run, images: images, source: source, options: options,
                progress: { progress($0, images.count) }, isCancelled: isCancelled)
        }
        let page = try RunReport(run, findings: findings).html
        let path = file ?? (directory.hasSuffix("/") ? directory : directory + "/") + fileName
        try AtomicFile.write(page, to: path)
        return path
    }
}

extension RunRecord {
    /// Loads the images that the run evaluates after each epoch, as many of them as the run takes.
    ///
    /// - Parameters:
    ///   - source: A known data set's name or a path, in place of the one that the run's configuration says.
    ///   - progress: Told how a download goes on; called on another thread.
    /// - Throws: A `TrainingError` when the run's configuration is none, a `DataError` for images that cannot be read.
    public func validationImages(
        from source: String? = nil, progress: (@Sendable (DownloadProgress) -> Void)? = nil
    ) throws -> any ImageSet {
        let configuration = try trainingConfiguration()
        let images = try DataSource(
            source ?? configuration.data.source, options: configuration.fileOptions
        ).load(.validation, progress: progress)
        return configuration.data.limit.map(images.prefix) ?? images
    }
}
