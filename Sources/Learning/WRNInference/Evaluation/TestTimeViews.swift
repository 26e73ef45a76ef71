// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNImages
import WRNModel
import WRNPlan

/// The views of an image whose answers are averaged (test-time augmentation).
///
///     let evaluation = try classifier.evaluate(images, views: .tenCrops)
///
/// The probabilities of an image are the means of those of its views, each calibrated where the
/// model is, as in Krizhevsky, Sutskever and Hinton 2012 (section 4.1: five patches and their
/// mirror images). Of a photograph the windows are cut out of the image as it is scaled for the
/// network, at its centre and its corners, as torchvision's `FiveCrop` and `TenCrop` do. Images
/// that have the network's size already, such as CIFAR's, are extended by reflection, by a pixel
/// of 32 (Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU").
public enum TestTimeViews: String, Codable, CaseIterable, Hashable, Sendable {
    /// The image alone.
    case single = "none"
    /// The image, and its mirror image, left and right swapped.
    case flip
    /// Five windows: the centre and the four corners.
    case fiveCrops = "five-crops"
    /// Five windows and their mirror images.
    case tenCrops = "ten-crops"

    /// The number of views of an image.
    public var count: Int { places.count * (hasMirrorImages ? 2 : 1) }

    /// Whether each window has its mirror image beside it.
    public var hasMirrorImages: Bool { self == .flip || self == .tenCrops }

    /// The places of the windows.
    var places: [CropPlace] {
        switch self {
        case .single, .flip: [.centre]
        case .fiveCrops, .tenCrops: CropPlace.allCases
        }
    }
}

extension Classifier {
    /// The logits of images at one place of the window: of the images, and of their mirror images
    /// where the views have them; image after image.
    func logits(of images: [Float], count: Int, _ views: TestTimeViews) throws -> [[Float]] {
        var logits = [try executor.logits(for: images, count: count)]
        if views.hasMirrorImages {
            let mirrored = images.mirrored(
                width: description.inputWidth, channels: description.inputChannels)
            logits.append(try executor.logits(for: mirrored, count: count))
        }
        return logits
    }

    /// The logits of photographs in each view, at most ``batch`` photographs; image after image.
    ///
    /// - Parameter windows: The windows of each photograph at the places of the views.
    func logits(of windows: [[PixelImage]], _ views: TestTimeViews) throws -> [[Float]] {
        try views.places.indices.flatMap { place in
            let values = windows.map { normalization.values(of: $0[place]) }
            return try logits(of: Array(values.joined()), count: windows.count, views)
        }
    }

    /// The mean of the calibrated probabilities of one image's views.
    ///
    /// - Throws: ``InferenceError/notFinite(dataset:index:)`` unless every logit is finite.
    func softmax(
        of logits: [[Float]], row: Int, dataset: String, index: Int?
    ) throws(InferenceError) -> Softmax {
        var views: [Softmax] = []
        for view in logits {
            guard
                let softmax = Softmax(
                    view.row(row, of: description.classes), temperature: description.temperature)
            else {
                // Of an image that has a file of its own, the data set is that file.
                guard let index else { throw .notFiniteFile(file: dataset) }
                throw .notFinite(dataset: dataset, index: index)
            }
            views.append(softmax)
        }
        return Softmax(averaging: views)
    }

    /// All classes of one image with the means of its views' probabilities, the likeliest first.
    func predictions(
        of logits: [[Float]], row: Int, dataset: String, index: Int?
    ) throws(InferenceError) -> [Prediction] {
        let softmax = try softmax(of: logits, row: row, dataset: dataset, index: index)
        return Prediction.ranked(softmax.probabilities, name: description.className)
    }
}
