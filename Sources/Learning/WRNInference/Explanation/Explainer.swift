// SPDX-License-Identifier: Apache-2.0

public import WRNBatches
public import WRNDatasets
public import WRNDialects
public import WRNEngine
public import WRNFetch
import WRNGraph
public import WRNImages
public import WRNModel
public import WRNPlan
import WRNTensor

/// A model that gives, beside its answer for an image, a map of the parts of the image that the
/// answer rests on.
///
///     let explainer = try Explainer(contentsOf: "runs/first")
///     let explanation = try explainer.explain(photograph)
///     print(explanation.predictions[0].className, explanation.map.values)
///
/// An explainer is used by one thread at a time.
public final class Explainer {
    /// How a map is computed.
    public enum Method: Hashable, Sendable {
        /// The class activation map of the last feature map a, exactly what the linear head adds up
        /// (Zhou et al. 2016):
        ///
        ///     map[y, x] = sum over k of w[class, k] · a[k, y, x]
        ///
        /// Its mean and the head's bias make the logit.
        case activations
        /// Grad-CAM at a layer (Selvaraju et al. 2017), nil for the last with positions:
        ///
        ///     map[y, x] = max(0, sum over k of α[k] · a[k, y, x])
        ///     α[k] = mean over positions p of d logit[class] / d a[k, p]
        case gradients(layer: String?)
        /// How much the logit falls where a square is covered with the mean colour of training
        /// (Zeiler & Fergus 2014): at each pixel the mean over all squares that cover it.
        ///
        /// The side and the step of the squares are in pixels of the network's input; nil for a
        /// quarter of its shorter side, and half of that.
        case occlusion(side: Int?, step: Int?)
    }

    /// The description of the network and of the images that it expects.
    public let description: ModelDescription
    /// The record of what was read and assumed of another program's weights; nil for a model.
    public let reading: WeightsReading?
    /// How maps are computed.
    public let method: Method

    package let normalization: Normalization
    private let executor: any FeatureExecutor
    private let feature: FeatureShape
    private let weights: [Float]
    private let gradients: GradientExecutor?

    /// Reads a model, or another program's weights, and plans the network.
    ///
    /// - Throws: What a ``Classifier`` of this source throws; an ``InferenceError`` when the
    ///   network does not end in the mean over positions and a linear layer, a layer has no
    ///   positions, or a square does not fit the image; a `GraphError` when there is no such layer.
    public convenience init(
        contentsOf source: WeightsSource, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        method: Method = .activations, device: Device = .cpu()
    ) throws {
        try self.init(
            TrainedNetwork(
                contentsOf: source, normalization: normalization, facts: facts, reading: reading),
            method: method, device: device)
    }

    /// Reads the model in a file or in the directory of a run, or another program's weights, and
    /// plans the network.
    public convenience init(
        contentsOf path: String, normalization: Normalization? = nil,
        facts: ImageFacts = ImageFacts(),
        reading: ForeignWeights.Options = ForeignWeights.Options(),
        method: Method = .activations, device: Device = .cpu()
    ) throws {
        try self.init(
            contentsOf: .file(path), normalization: normalization, facts: facts, reading: reading,
            method: method, device: device)
    }

    package init(_ network: TrainedNetwork, method: Method, device: Device) throws {
        let graph = network.graph
        let (head, last) = try Self.ends(of: graph, network.description)
        description = network.description
        reading = network.reading
        normalization = try network.description.normalization
        self.method = method
        var layer = last
        var batch = 1
        switch method {
        case .activations: break
        case .gradients(let name): if let name { layer = try graph.layer(named: name) }
        case .occlusion:
            batch = 32
            _ = try Self.squares(of: method, in: graph.inputShape)
        }
        feature = try Self.shape(of: layer, in: graph, last: last)
        weights = network.tensors[head.name + ".weight"]?.elements ?? []
        executor = try device.features(
            NetworkPart(of: graph, at: [layer, graph.output]), batch: batch
        ).executor(network.tensors)
        if case .gradients = method {
            gradients = try GradientExecutor(network, at: layer, device: device)
        } else {
            gradients = nil
        }
    }

    /// Plans class activation maps (``Method/activations``) for a prepared model, without a copy of
    /// the weights.
    ///
    /// - Parameter threads: The number of threads, the caller's included; nil for all processors.
    /// - Throws: An ``InferenceError`` when the network does not end in the mean over positions and
    ///   a linear layer, or its last features have no positions; a `PlanError` when the number of
    ///   threads is out of range, or this process cannot hold the memory.
    public init(_ model: PreparedModel, threads: Int? = nil) throws {
        let graph = model.weights.graph
        let (head, last) = try Self.ends(of: graph, model.description)
        description = model.description
        reading = model.reading
        normalization = model.normalization
        method = .activations
        feature = try Self.shape(of: last, in: graph, last: last)
        weights = model.weights.tensor(named: head.name + ".weight")?.elements ?? []
        executor = try model.weights.weights(
            of: NetworkPart(of: graph, at: [last, graph.output])
        ).executor(batch: 1, threads: threads)
        gradients = nil
    }

    /// The linear head of a network, and the features whose mean it reads.
    private static func ends(
        of graph: Graph, _ description: ModelDescription
    ) throws(InferenceError) -> (head: Node, last: NodeID) {
        let head = graph[graph.output]
        guard case .linear = head.operation, let last = graph.lastFeatures else {
            throw .noActivationMap(network: description.architecture)
        }
        return (head, last)
    }

    /// The shape of a layer that has positions.
    private static func shape(
        of layer: NodeID, in graph: Graph, last: NodeID
    ) throws(InferenceError) -> FeatureShape {
        guard graph[layer].shape.pixelCount > 1, layer != graph.output else {
            throw .noPositions(
                layer: graph[layer].name, shape: graph[layer].shape,
                last: graph[last].shape.pixelCount > 1 ? graph[last].name : nil)
        }
        return graph[layer].shape
    }

    /// The number of a class, by its name or its number.
    ///
    /// - Throws: ``InferenceError/noSuchClass(name:known:)``, and
    ///   ``InferenceError/ambiguousName(name:numbers:)`` for a name that several classes
    ///   have.
    public func classIndex(of name: String) throws(InferenceError) -> Int {
        try description.classIndex(of: name)
    }

    /// Classifies a photograph and computes the map of a class.
    ///
    /// - Parameter classIndex: The class; nil for the likeliest.
    /// - Throws: ``InferenceError`` when there is no such class or the answer is not finite; a
    ///   `DataError` for a photograph whose channels cannot become the network's.
    public func explain(
        _ photograph: PixelImage, classIndex: Int? = nil
    ) throws -> Explanation {
        let input = normalization.values(of: try description.fitted(photograph))
        return try explanation(
            of: classIndex,
            in: pass(
                input, preparation: description.usualPreparation, height: photograph.height,
                width: photograph.width))
    }

    /// Explains some classes of a photograph whose normalised numbers are there already, with one
    /// pass where the maps are of activations.
    ///
    /// - Parameters:
    ///   - input: The numbers as the network reads them, pixel after pixel.
    ///   - height: The rows of the photograph.
    ///   - width: The columns of the photograph.
    package func explain(
        prepared input: [Float], classes: [Int], height: Int, width: Int
    ) throws -> [Explanation] {
        let pass = try pass(
            input, preparation: description.usualPreparation, height: height, width: width)
        return try classes.map { try explanation(of: $0, in: pass) }
    }

    /// Explains an image that has the size and the channels of the network already.
    package func explain(
        fitted image: PixelImage, classIndex: Int? = nil
    ) throws -> Explanation {
        try explanation(
            of: classIndex,
            in: pass(
                normalization.values(of: image), preparation: nil, height: image.height,
                width: image.width))
    }

    /// Decodes and explains files one after the other.
    ///
    /// - Parameters:
    ///   - isCancelled: Called before each file; true stops. The default follows the current task.
    ///   - answer: Called with each image and its explanation, or with the file's error.
    /// - Throws: A `DataError` when the network reads neither 1 channel nor 3; `CancellationError`
    ///   when `isCancelled` returns true; what ``explain(_:classIndex:)`` and `answer` throw.
    public func explain(
        _ files: ImageList, classIndex: Int? = nil,
        isCancelled: () -> Bool = { Task.isCancelled },
        answer: (_ index: Int, Result<(PixelImage, Explanation), DataError>) throws -> Void
    ) throws {
        try description.checkPhotographs()
        for index in 0..<files.count {
            guard !isCancelled() else { throw CancellationError() }
            let image: PixelImage
            do throws(DataError) {
                image = try files.image(at: index)
            } catch {
                try answer(index, .failure(error))
                continue
            }
            let explanation: Explanation
            do {
                explanation = try explain(image, classIndex: classIndex)
            } catch InferenceError.notFinite {
                throw InferenceError.notFiniteFile(file: files.title(of: index))
            }
            try answer(index, .success((image, explanation)))
        }
    }

    /// The results of the network for an image.
    private struct Pass {
        let input: [Float]
        let features: [Float]
        let logits: [Float]
        let predictions: [Prediction]
        let preparation: ImagePreparation?
        let height: Int
        let width: Int
    }

    private func pass(
        _ input: [Float], preparation: ImagePreparation?, height: Int, width: Int
    ) throws -> Pass {
        let results = try executor.features(for: input, count: 1)
        return Pass(
            input: input, features: results[0], logits: results[1],
            predictions: try description.predictions(
                results[1][...], dataset: "photographs", index: 0),
            preparation: preparation, height: height, width: width)
    }

    /// The explanation of a class; nil for the likeliest.
    private func explanation(of classIndex: Int?, in pass: Pass) throws -> Explanation {
        let chosen = classIndex ?? pass.predictions[0].classIndex
        guard pass.logits.indices.contains(chosen) else {
            throw InferenceError.noSuchClass(
                name: "\(chosen)", known: ["0...\(pass.logits.count - 1)"])
        }
        var size = (height: feature.height, width: feature.width)
        let values: [Float]
        switch method {
        case .activations:
            let channels = feature.channels
            values = weighted(
                pass.features,
                weights[chosen * channels..<(chosen + 1) * channels].map(Double.init))
        case .gradients:
            let factors = try gradients?.meanGradient(of: chosen, for: pass.input) ?? []
            values = weighted(pass.features, factors).map { max($0, 0) }
        case .occlusion:
            size = (description.inputHeight, description.inputWidth)
            values = try occluded(pass.input, class: chosen, logit: pass.logits[chosen])
        }
        guard values.allSatisfy(\.isFinite) else {
            throw InferenceError.notFinite(dataset: "photographs", index: 0)
        }
        return Explanation(
            predictions: pass.predictions, classIndex: chosen,
            className: description.className(chosen), logit: pass.logits[chosen],
            map: SaliencyMap(
                height: size.height, width: size.width, values: values,
                preparation: pass.preparation, pictureHeight: pass.height,
                pictureWidth: pass.width))
    }

    /// The weighted sum of the channels at each position.
    private func weighted(_ values: [Float], _ factors: [Double]) -> [Float] {
        let channels = feature.channels
        return (0..<feature.pixelCount).map { position in
            var sum = 0.0
            for channel in 0..<channels {
                sum += factors[channel] * Double(values[position * channels + channel])
            }
            return Float(sum)
        }
    }

    // MARK: Occlusion

    /// The side and the step of squares.
    private static func squares(
        of method: Method, in shape: FeatureShape
    ) throws(InferenceError) -> (side: Int, step: Int) {
        guard case .occlusion(let side, let step) = method else { return (1, 1) }
        let shorter = min(shape.height, shape.width)
        let sideLength = side ?? max(shorter / 4, 1)
        let stepLength = step ?? max(sideLength / 2, 1)
        guard (1...shorter).contains(sideLength), (1...sideLength).contains(stepLength) else {
            throw .invalidOcclusion(side: sideLength, step: stepLength, shorter: shorter)
        }
        return (sideLength, stepLength)
    }

    private func occluded(_ input: [Float], class chosen: Int, logit: Float) throws -> [Float] {
        let shape = executor.part.graph.inputShape
        let (side, step) = try Self.squares(of: method, in: shape)
        func starts(_ extent: Int) -> [Int] {
            let regular = Array(stride(from: 0, through: extent - side, by: step))
            return regular.last == extent - side ? regular : regular + [extent - side]
        }
        let places = starts(shape.height).flatMap { top in
            starts(shape.width).map { (top: top, left: $0) }
        }
        var sums = [Double](repeating: 0, count: shape.pixelCount)
        var counts = [Double](repeating: 0, count: shape.pixelCount)
        let rowSize = shape.width * shape.channels
        for start in stride(from: 0, to: places.count, by: executor.batch) {
            let next = places[start..<min(start + executor.batch, places.count)]
            let covered = next.flatMap { place in
                var image = input
                for row in place.top..<place.top + side {
                    let first = row * rowSize + place.left * shape.channels
                    for index in first..<first + side * shape.channels { image[index] = 0 }
                }
                return image
            }
            let logits = try executor.features(for: covered, count: next.count)[1]
            for (image, place) in next.enumerated() {
                let fall = Double(logit - logits[image * description.classes + chosen])
                for row in place.top..<place.top + side {
                    for pixel in row * shape.width + place.left..<row * shape.width + place.left
                        + side
                    {
                        sums[pixel] += fall
                        counts[pixel] += 1
                    }
                }
            }
        }
        return zip(sums, counts).map { Float($0 / $1) }
    }
}

/// The answer for an image, and the map of the parts that one class's logit rests on.
public struct Explanation: Codable, Hashable, Sendable {
    /// All classes with their probabilities, the likeliest first.
    public let predictions: [Prediction]
    /// The number of the class that the map is of.
    public let classIndex: Int
    /// The name of that class.
    public let className: String
    /// The logit of that class.
    public let logit: Float
    /// The map: large where the image speaks for the class.
    public let map: SaliencyMap
}

extension Graph {
    /// The features whose mean over positions the head reads; nil where the network does not end
    /// that way.
    fileprivate var lastFeatures: NodeID? {
        var id = self[output].inputs.first
        while let node = id {
            switch self[node].operation {
            case .dropout: id = self[node].inputs.first
            case .globalAveragePooling: return self[node].inputs.first
            default: return nil
            }
        }
        return nil
    }
}
