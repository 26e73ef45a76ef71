// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
public import WRNText

/// An error of a classification or of reading a model: the images, the weights or an option do not
/// fit.
public enum InferenceError: WideResNetError, Hashable {
    /// The images have another size or number of channels than the model's.
    case imagesDoNotFit(dataset: String, expected: FeatureShape, found: FeatureShape)
    /// The data set has more classes than the model.
    case classesDoNotFit(dataset: String, expected: Int, found: Int)
    /// A class of the data set is none of the model's, and its number is that of another one.
    case unknownClass(dataset: String, name: String, known: [String])
    /// Several classes of the model have the name of a class of the data set.
    case ambiguousClass(dataset: String, name: String, numbers: [Int])
    /// Several classes of the model have the name that was asked for.
    case ambiguousName(name: String, numbers: [Int])
    /// There is nothing to evaluate.
    case noImages(dataset: String)
    /// No image has this index.
    case indexOutOfRange(dataset: String, index: Int, count: Int)
    /// There is no file and no directory at this path; `nearest` ends the sentence with what is
    /// near.
    case missing(path: String, nearest: String)
    /// The directory holds no model.
    case noModel(directory: String)
    /// The file does not have the digest that stands beside it.
    case damagedFile(file: String, problem: String)
    /// The file describes a network that cannot be built.
    case impossibleNetwork(file: String, reason: String)
    /// A normalisation was given for a model, whose file has its own.
    case knownNormalization(file: String)
    /// Options for another program's weights were given for a model, whose file describes its
    /// network.
    case knownNetwork(file: String)
    /// The classes of the data set and of the model have no names in common, and there are more or
    /// fewer of them.
    case classesWithoutNames(dataset: String, expected: Int, found: Int)
    /// The weights have no head of one linear layer, whose outputs are requested.
    case noHead(file: String, layer: String)
    /// The network's answer for an image is not finite, and no probability follows from it.
    case notFinite(dataset: String, index: Int)
    /// The network's answer for the image of a file is not finite.
    case notFiniteFile(file: String)
    /// A service has as many unanswered images as its limit allows and refuses further ones.
    case overloaded(limit: Int)
    /// A number of a service's options is out of its range.
    case invalidService(String)
    /// The network does not end in the mean over positions and a linear layer.
    case noActivationMap(network: String)
    /// The layer's result has no positions to map; `last` is the last layer that has.
    case noPositions(layer: String, shape: FeatureShape, last: String?)
    /// The model has no such class.
    case noSuchClass(name: String, known: [String])
    /// The squares of an occlusion do not fit the image.
    case invalidOcclusion(side: Int, step: Int, shorter: Int)
    /// A calibration needs images of all classes of the model, and the data lacks one.
    case missingClass(dataset: String, name: String)
    /// No temperature or no threshold follows from the images, or the wanted share is none.
    case cannotCalibrate(dataset: String, reason: String)
    /// A calibration is part of a model's description, which the file lacks.
    case noModelFile(file: String)

    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// The images have another size or number of channels than the model's.
        case imagesDoNotFit
        /// The data set has more classes than the model.
        case classesDoNotFit
        /// A class of the data set is none of the model's.
        case unknownClass
        /// Several classes of the model have the name.
        case ambiguousClass
        /// There is nothing to evaluate.
        case noImages
        /// No image has this index.
        case indexOutOfRange
        /// There is no file and no directory at this path; `nearest` ends the sentence with what is
        /// near.
        case missing
        /// The directory holds no model.
        case noModel
        /// The file does not have the digest that stands beside it.
        case damagedFile
        /// The file describes a network that cannot be built.
        case impossibleNetwork
        /// A normalisation was given for a model, whose file has its own.
        case knownNormalization
        /// Options for another program's weights were given for a model, whose file describes its
        /// network.
        case knownNetwork
        /// The classes of the data set and of the model have no names in common, and there are more
        /// or fewer of them.
        case classesWithoutNames
        /// The weights have no head of one linear layer, whose outputs are requested.
        case noHead
        /// The network's answer for an image is not finite, and no probability follows from it.
        case notFinite
        /// A service has as many unanswered images as its limit allows and refuses further ones.
        case overloaded
        /// A number of a service's options is out of its range.
        case invalidService
        /// The network does not end in the mean over positions and a linear layer.
        case noActivationMap
        /// The layer's result has no positions to map.
        case noPositions
        /// The model has no such class.
        case noSuchClass
        /// The squares of an occlusion do not fit the image.
        case invalidOcclusion
        /// A calibration needs images of all classes of the model, and the data lacks one.
        case missingClass
        /// No temperature or no threshold follows from the images, or the wanted share is none.
        case cannotCalibrate
        /// A calibration is part of a model's description, which the file lacks.
        case noModelFile
    }

    /// The area of the codes: `inference`.
    public static let area = "inference"

    /// The message.
    public var description: String { message }

    /// The kind of failure.
    public var code: Code {
        switch self {
        case .imagesDoNotFit: .imagesDoNotFit
        case .classesDoNotFit: .classesDoNotFit
        case .unknownClass: .unknownClass
        case .ambiguousClass, .ambiguousName: .ambiguousClass
        case .noImages: .noImages
        case .indexOutOfRange: .indexOutOfRange
        case .missing: .missing
        case .noModel: .noModel
        case .damagedFile: .damagedFile
        case .impossibleNetwork: .impossibleNetwork
        case .knownNormalization: .knownNormalization
        case .knownNetwork: .knownNetwork
        case .classesWithoutNames: .classesWithoutNames
        case .noHead: .noHead
        case .notFinite, .notFiniteFile: .notFinite
        case .overloaded: .overloaded
        case .invalidService: .invalidService
        case .noActivationMap: .noActivationMap
        case .noPositions: .noPositions
        case .noSuchClass: .noSuchClass
        case .invalidOcclusion: .invalidOcclusion
        case .missingClass: .missingClass
        case .cannotCalibrate: .cannotCalibrate
        case .noModelFile: .noModelFile
        }
    }

    /// One sentence: what, where, expected, found, what to do.
    public var message: String { printable(sentence) }

    private var sentence: String {
        switch self {
        case .imagesDoNotFit(let dataset, let expected, let found):
            "\(dataset): the model takes \(expected) images, the data set has \(found); "
                + "choose the data that the model was trained on, or train a model on this data"
        case .classesDoNotFit(let dataset, let expected, let found):
            "\(dataset): the model has \(expected) classes, the data set has \(found); "
                + "choose the data that the model was trained on, or train a model on this data"
        case .unknownClass(let dataset, let name, let known):
            "\(dataset): the model has no class \"\(name)\", only "
                + known.prefix(5).map { "\"\($0)\"" }.joined(separator: ", ")
                + (known.count > 5 ? " and \(known.count - 5) more" : "")
                + "; rename it in the data, or name its folder with a class map"
        case .ambiguousClass(let dataset, let name, let numbers):
            "\(dataset): " + Self.ambiguity(name, numbers)
                + "give all classes the model's numbers and names with a class map"
        case .ambiguousName(let name, let numbers):
            Self.ambiguity(name, numbers) + "give the number of one"
        case .noImages(let dataset):
            "\(dataset): expected at least 1 image, found none; choose data with images"
        case .indexOutOfRange(let dataset, let index, let count):
            count == 0
                ? "\(dataset): there is no image \(index): the data set is empty"
                : "\(dataset): there is no image \(index): choose an index in 0...\(count - 1)"
        case .missing(let path, let nearest):
            "\(path): there is no such file or directory; \(nearest)"
        case .noModel(let directory):
            "\(directory): expected a file model.safetensors in the directory, found none; "
                + "choose a finished run or a .safetensors file"
        case .damagedFile(let file, let problem):
            "\(file) \(problem): take a copy that is whole, or resume its run, which writes it "
                + "again; if the file was changed on purpose, remove "
                + "\(file)\(ChecksummedFile.suffix)"
        case .impossibleNetwork(let file, let reason):
            "\(file): the file describes a network that cannot be built: \(reason)"
        case .knownNormalization(let file):
            "\(file): the model's file has the normalisation of its images; "
                + "leave the normalisation out"
        case .knownNetwork(let file):
            "\(file): the model's file describes its network and what it computes; leave out "
                + "what describes other programs' weights"
        case .classesWithoutNames(let dataset, let expected, let found):
            "\(dataset): the data set has \(found) classes, the model has \(expected) outputs that "
                + "have none of their names, so that no number of a class is the number of an "
                + "output; assign the folders to outputs with a class map"
        case .noHead(let file, let layer):
            "\(file): the file has no head of one linear layer, so that there is no \(layer); "
                + "choose a layer before it"
        case .notFinite(let dataset, let index):
            "\(dataset): the network's answer for image \(index)" + Self.notFiniteAdvice
        case .notFiniteFile(let file):
            "\(file): the network's answer" + Self.notFiniteAdvice
        case .overloaded(let limit):
            "the service has accepted \(limit) images that are not answered yet, its limit; try "
                + "again later, or raise the limit"
        case .invalidService(let sentence): sentence
        case .noActivationMap(let network):
            "\(network): a map needs a network that ends in the mean over positions and a linear "
                + "layer, and this one does not; choose other weights"
        case .noPositions(let layer, let shape, let last):
            "the layer \(layer) gives \(shape) for an image, which has no positions to map; "
                + (last.map { "choose one before it, such as \($0)" }
                    ?? "choose a layer nearer to the input")
        case .noSuchClass(let name, let known):
            "the model has no class \"\(name)\"; its classes are "
                + known.prefix(10).joined(separator: ", ")
                + (known.count > 10 ? " and \(known.count - 10) more" : "")
        case .invalidOcclusion(let side, let step, let shorter):
            "squares of \(side) pixels at every \(step) do not fit an image of \(shorter) pixels: "
                + "the side must be in 1...\(shorter), the step in 1...side"
        case .missingClass(let dataset, let name):
            "\(dataset): the data has no class \"\(name)\", which is one of the model's; a "
                + "calibration needs images of all classes: choose the data that the model was "
                + "trained on"
        case .cannotCalibrate(let dataset, let reason): "\(dataset): \(reason)"
        case .noModelFile(let file):
            "\(file): expected a model's file, whose description can hold a calibration, found "
                + "weights alone; write a calibrated model to another file"
        }
    }

    private static let notFiniteAdvice =
        " is not finite; the weights are damaged, their training diverged, or the normalisation of "
        + "images does not suit them: choose an earlier checkpoint, or another normalisation"

    private static func ambiguity(_ name: String, _ numbers: [Int]) -> String {
        let shown = numbers.prefix(5).map(String.init).joined(separator: ", ")
        let others = numbers.count > 5 ? " and \(numbers.count - 5) more" : ""
        return "the model has \(numbers.count) classes \"\(name)\", the numbers \(shown)\(others); "
    }
}
