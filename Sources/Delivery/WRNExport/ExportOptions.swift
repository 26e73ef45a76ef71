// SPDX-License-Identifier: Apache-2.0

public import WRNDatasets

/// The form in which a network is exported.
///
///     var options = ExportOptions()
///     options.output = .probabilities
///     options.input = .uint8
///     try model.export(to: "model.onnx", as: options)
public struct ExportOptions: Sendable {
    /// The result of the exported network.
    public enum Output: Hashable, Sendable {
        /// The scores of the classes, before the softmax.
        case logits
        /// The softmax of the logits.
        case probabilities
        /// What a layer computes; ``Graph/layerNames(in:)`` lists
        /// the names.
        case layer(String)
    }

    /// The numbers in which the exported network computes.
    public enum Precision: String, Hashable, Sendable, CaseIterable {
        /// IEEE 754 single precision.
        case float32
        /// IEEE 754 half precision; what goes in and comes out stays in single precision.
        case float16
        /// Weights of 8 bits with a scale for each output channel, and activations of 8 bits with
        /// scales that are measured on images.
        case int8
    }

    /// What the exported network reads.
    public enum Input: String, Hashable, Sendable, CaseIterable {
        /// Normalised numbers, channels first (NCHW).
        case float32
        /// The bytes of pixels, channels last (NHWC), which the network normalises itself: in ONNX.
        case uint8
        /// An image, whose pixels the network normalises itself: in Core ML.
        case image
    }

    /// How the range of an activation follows from its values on images.
    public enum Calibration: String, Hashable, Sendable, CaseIterable {
        /// From the smallest value to the largest.
        case minMax = "min-max"
        /// Without the 0.005 % at each end: single outliers do not coarsen the scale of all others.
        case percentile
    }

    /// The opsets that are written.
    public static let opsets = 13...21

    /// The most images on which ranges are measured; of longer lists as many are taken evenly.
    public static let maximumCalibrationCount = 512

    /// The result.
    public var output = Output.logits
    /// The numbers in which it computes.
    public var precision = Precision.float32
    /// What it reads; nil for what is usual in the format: normalised numbers in ONNX, an image in
    /// Core ML.
    public var input: Input?
    /// Whether each batch normalisation stays an operation of its own, with its four tensors; else
    /// it is multiplied into the convolution before it where there is one, and the others become a
    /// scale and a shift of each channel.
    public var keepsNormalizations = false
    /// ONNX: the version of the operators.
    public var opset = 18
    /// ONNX: whether weights are in a second file, `NAME.data` beside `NAME`, as is always so for
    /// files of 2 GB and more.
    public var usesExternalData = false
    /// Images on which the ranges of activations are measured, for ``Precision/int8``.
    public var calibrationImages: ImageList?
    /// How ranges follow from these images; ``Calibration/minMax`` is for ``Precision/int8`` alone.
    public var calibration = Calibration.percentile
    /// Further facts for the file's metadata, by their names, such as the accuracy.
    ///
    /// Refused are the names of facts that each export writes itself: `program`, `network`,
    /// `weights_sha256`, `class_names`, `mean`, `standard_deviation`, `channels`, `input`,
    /// `resize`, `layer`, `temperature`, `applied_temperature`, `threshold`, `precision` and
    /// `calibration`. In Core ML, `description`, `author`, `license` and `version` become the
    /// package's fields of these names; without them it describes the network and has the first
    /// digits of its weights' SHA-256 as the version.
    public var metadata: [String: String] = [:]

    /// The options of a float32 network that reads normalised images and gives logits.
    public init() {}
}
