// SPDX-License-Identifier: Apache-2.0

import WRNData

extension RunDirectory {
    /// Refuses images that are not those that the run began with, although they have the same names, sizes and classes.
    ///
    /// - Parameter isBegun: Whether the run has taken steps.
    /// - Returns: The digests of the images.
    func checkContent(
        train: any ImageSet, validation: any ImageSet, isBegun: Bool
    ) throws(TrainingError) -> TrainingConfiguration.Data.Content {
        let found = TrainingConfiguration.Data.Content(
            train: ImageContent.sha256(of: train), validation: ImageContent.sha256(of: validation))
        let data = configuration.data
        guard let expected = data.content else {
            if isBegun {
                repairs.append(
                    "\(path): an earlier version began the run, without a digest of the images: whether the pixels of "
                        + "\(data.source) are still the same could not be checked")
            }
            return found
        }
        for (split, expected, found) in [
            ("training", expected.train, found.train),
            (data.evaluatedSplit.adjective, expected.validation, found.validation),
        ] where expected != found {
            throw TrainingError(
                .dataMismatch,
                "\(data.source): the \(split) images are as many as when the run began, but their content is another "
                    + "(expected the SHA-256 \(expected), found \(found)); put back the images that the run began "
                    + "with, or begin a new run")
        }
        return found
    }
}
