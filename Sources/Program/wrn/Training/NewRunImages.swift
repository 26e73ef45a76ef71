// SPDX-License-Identifier: Apache-2.0

import WRNDatasets
import WRNRuns

/// The images of a new run, before its network and its settings are known.
struct NewRunImages {
    /// The data set as the command line names it.
    let source: String
    /// The training images, limited ones.
    let train: any ImageSet
    /// The validation images, limited ones.
    let validation: any ImageSet
    /// The images that are left out; nil for none.
    let exclusion: ImageExclusion?

    /// Reads the images.
    ///
    /// - Parameter files: How image files are read; their size may change (``prepared(_:)``).
    init(
        _ source: String, files: ImageFileOptions, exclusion: ImageExclusion?, limit: Int?,
        status: StatusLine
    ) throws {
        let data = DataSource(source, options: files).excluding(exclusion)
        let train = try data.load(.train, status: status)
        let validation = try data.load(.validation, status: status)
        self.init(
            source: source, train: limit.map(train.prefix) ?? train,
            validation: limit.map(validation.prefix) ?? validation, exclusion: exclusion)
    }

    private init(
        source: String, train: any ImageSet, validation: any ImageSet, exclusion: ImageExclusion?
    ) {
        self.source = source
        self.train = train
        self.validation = validation
        self.exclusion = exclusion
    }

    /// The same images, image files prepared to another size.
    func prepared(_ options: ImageFileOptions) throws -> NewRunImages {
        func prepared(_ images: any ImageSet) throws -> any ImageSet {
            guard let files = images as? ImageFiles else { return images }
            return try files.resized(options)
        }
        return NewRunImages(
            source: source, train: try prepared(train), validation: try prepared(validation),
            exclusion: exclusion)
    }
}
