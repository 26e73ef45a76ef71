// SPDX-License-Identifier: Apache-2.0

package import WRNDatasets

extension TrainingConfiguration {
    /// A warning about images that are drawn from a folder whose files are not those that the run
    /// began with; nil for other images.
    ///
    /// Which files of a class are for validation, or in a fold, follows from the number of the
    /// files. Where one was added or removed others are drawn, which the run may have learnt.
    ///
    /// - Parameters:
    ///   - images: Images of the run's data.
    ///   - place: The place of the data now; nil for the recorded one.
    ///   - run: The run, as the sentence names it.
    package func warning(
        aboutDrawn images: any ImageSet, at place: String? = nil, of run: String
    ) -> String? {
        guard let known = data.files, let files = images as? ImageFiles,
            files.report.isDrawn || (data.fold != nil && files.split == .validation),
            files.fingerprint != known.validationFingerprint
        else { return nil }
        let name = place ?? data.source
        let risk = "so images that the model has learnt may be among these"
        do {
            let found = try limited(source(at: place).load(.train))?.fingerprint
            guard found != known.trainFingerprint else { return nil }
            return "\(name) has other files or classes than when \(run) was trained, \(risk); put "
                + "back what the run began with, or take images that it has not seen"
        } catch {
            return "\(name) cannot be compared with what \(run) was trained on, \(risk) (\(error))"
        }
    }

    /// Whether the files that the run evaluates after each epoch are in a folder or an archive.
    package func hasValidationFiles(at place: String) -> Bool {
        guard let known = data.files else { return false }
        let found = try? limited(source(at: place).load(.validation))?.fingerprint
        return found == known.validationFingerprint
    }

    /// As many of the images as the run takes of a split; nil where they are no files.
    func limited(_ images: any ImageSet) -> ImageFiles? {
        guard let files = images as? ImageFiles else { return nil }
        return data.limit.map { files.prefix($0) } ?? files
    }
}
