// SPDX-License-Identifier: Apache-2.0

import Foundation
package import WRNDatasets
import WRNText

/// What is known of images that a model is measured on, which must not be ones that it was trained
/// on.
package enum HeldOutImages: Sendable {
    /// They are the run's validation images.
    case validation
    /// They are other images, and none of them is a training image of the run by its path, as far
    /// as the run's data are still there.
    case others
    /// They are other images, and the run's data have other files or classes than when it was
    /// trained, so that the run may have learnt some of them.
    case uncertain
    /// There is no record of a training.
    case unknown

    /// Looks for images among the training images of a run.
    ///
    /// - Parameter run: The run that the model is of; nil where there is none.
    /// - Throws: A ``TrainingError`` with the code `dataMismatch` when some of the images are
    ///   training images.
    package init(_ images: any ImageSet, of run: RunRecord?) throws(TrainingError) {
        let name = images.name
        guard images.split != .train else {
            throw TrainingError(
                .dataMismatch,
                "\(name): expected images that the model was not trained on, found training "
                    + "images; name data with validation or test images")
        }
        guard let run, let configuration = try? run.trainingConfiguration() else {
            self = .unknown
            return
        }
        guard let files = images as? ImageFiles, let known = configuration.data.files else {
            // Arrays have test images apart from the training images.
            self = configuration.data.name == name ? .validation : .others
            return
        }
        let fingerprint = files.fingerprint
        if fingerprint == known.validationFingerprint {
            self = .validation
            return
        }
        let trained =
            fingerprint == known.trainFingerprint ? files : Self.trainingFiles(of: configuration)
        let shared = trained.map { Self.sharedCount(files, $0) } ?? 0
        guard shared == 0 else {
            throw TrainingError(
                .dataMismatch,
                "\(name): expected images that the model was not trained on, found "
                    + "\(Numbers.grouped(shared)) of \(Numbers.grouped(files.count)) among the "
                    + "training images of \(run.path); name other images")
        }
        let found = trained.flatMap { configuration.limited($0) }?.fingerprint
        self = found == nil || found == known.trainFingerprint ? .others : .uncertain
    }

    /// The files that the run is trained on, by its data as they are now; nil where these are not
    /// there any more.
    ///
    /// Images that the run leaves out are no training images, as long as its list can be read.
    private static func trainingFiles(of configuration: TrainingConfiguration) -> ImageFiles? {
        let source = DataSource(
            configuration.data.source, options: configuration.fileOptions
        ).folded(configuration.data.fold)
        let exclusion = try? configuration.exclusion()
        return try? source.excluding(exclusion).load(.train) as? ImageFiles
    }

    /// The number of files that are among others, by their paths.
    private static func sharedCount(_ files: ImageFiles, _ trained: ImageFiles) -> Int {
        func path(_ images: ImageFiles, _ index: Int) -> String {
            URL(fileURLWithPath: images.title(of: index)).standardizedFileURL.path
        }
        let paths = Set(trained.labels.indices.map { path(trained, $0) })
        return files.labels.indices.count { paths.contains(path(files, $0)) }
    }
}
