// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNDatasets
import WRNImages
import WRNRuns
import WRNTensorBoard

/// The pictures with which a run's event file begins: training images, each beside what the run's
/// augmentation makes of it in several epochs, at the whole size and also where the first epochs
/// see smaller images or the last ones see them without augmentation.
enum ExamplePictures {
    /// The images.
    private static let imageCount = 4
    /// The epochs beside each of them.
    private static let epochCount = 5
    /// The most rows and columns of an image in the picture.
    private static let maximumExtent = 128

    /// The picture of a run, which follows from its configuration and images; none where an image
    /// cannot be read.
    static func points(
        of images: any ImageSet, _ configuration: TrainingConfiguration, time: Double
    ) -> [PicturePoint] {
        do {
            let preview = try AugmentationPreview(
                images: images, augmentation: configuration.augmentation,
                seed: configuration.seed)
            let sheet = try ContactSheet(
                cellHeight: min(images.height, maximumExtent),
                cellWidth: min(images.width, maximumExtent))
            let page = try sheet.page(of: preview.rows(count: imageCount, epochs: epochCount))
            return [
                PicturePoint(
                    step: 0, time: time, tag: "examples/augmented", png: try page.png(),
                    height: page.height, width: page.width, channels: page.channels)
            ]
        } catch {
            // What cannot be read is reported where it is trained on.
            return []
        }
    }
}
