// SPDX-License-Identifier: Apache-2.0

import WRNBatches
import WRNDatasets
import WRNGraph
import WRNInference
import WRNModel
import WRNTensor

extension TrainingConfiguration {
    /// What becomes of the first convolution, the stem, when its filters begin as those that whiten
    /// the patches of the training images.
    ///
    /// Half of the filters are the principal components v of the patches that the first 5000 images
    /// have, the strongest first, each divided by the deviation along it; the other half are the
    /// same with the other sign, so that ReLU keeps both sides:
    ///
    ///     ±v / √(λ + 0.0005)
    ///
    /// with the eigenvalue λ of the patches' second moments. Filters for which there are no
    /// components left begin at random.
    ///
    /// - Reference: Jordan 2024, "94% on CIFAR-10 in 3.29 Seconds on a Single GPU", section 3.2.
    public enum WhitenedStem: String, Codable, CaseIterable, Hashable, Sendable {
        /// All filters begin at random.
        case none
        /// The filters are trained on.
        case trained
        /// The filters stay as they are.
        case frozen
    }

    /// The name of the stem's filters.
    func stemFilters(of graph: Graph) -> Parameter? {
        graph.nodes.lazy.compactMap { node -> Parameter? in
            guard case .convolution = node.operation else { return nil }
            return node.parameters.first { $0.role == .weight }
        }.first
    }

    /// Filters that whiten the patches of images, and for the rest those that are given.
    ///
    /// - Throws: A `DataError` when an image cannot be read.
    func whitened(_ filters: Tensor, by images: any ImageSet) throws -> Tensor {
        let patches = try PatchMoments(
            images.prefix(Self.whiteningImages), normalization: model.normalization,
            kernelSize: filters.shape.extents[2],
            skipsBroken: data.files?.skipsBroken ?? false)
        let (outputs, size) = (filters.shape.extents[0], patches.size)
        var result = filters
        let components = patches.components.prefix(outputs / 2)
        result.withUnsafeMutableElements { elements in
            for (index, component) in components.enumerated() {
                let scale = 1 / (component.moment + Self.whiteningEpsilon).squareRoot()
                for place in 0..<size {
                    let value = Float(component.direction[place] * scale)
                    elements[index * size + place] = value
                    elements[(index + outputs / 2) * size + place] = -value
                }
            }
        }
        return result
    }

    private static let whiteningImages = 5000
    private static let whiteningEpsilon = 5e-4
}

/// The second moments of the square patches of normalised images.
struct PatchMoments {
    /// The numbers of a patch: channels x rows x columns.
    let size: Int
    /// The means of the products of each two numbers, row by row.
    private(set) var moments: [Double]
    /// The most patches that are taken, evenly spread over all.
    private static let maximumCount = 1 << 20

    /// One principal component: a direction of length 1, and the second moment along it.
    struct Component {
        let direction: [Double]
        let moment: Double
    }

    /// Takes the patches that lie whole in images of a set, in the order of the set.
    init(
        _ images: any ImageSet, normalization: Normalization, kernelSize: Int, skipsBroken: Bool
    ) throws {
        let (height, width, channels) = (images.height, images.width, images.channels)
        size = channels * kernelSize * kernelSize
        moments = [Double](repeating: 0, count: size * size)
        let (rows, columns) = (height - kernelSize + 1, width - kernelSize + 1)
        guard rows > 0, columns > 0 else { return }
        let step = max(images.count * rows * columns / Self.maximumCount, 1)
        let batches = try BatchSequence(
            images: images, normalization: normalization, batchSize: 64, skipsBroken: skipsBroken)
        var (number, count) = (0, 0)
        var patch = [Double](repeating: 0, count: size)
        for index in 0..<batches.count {
            let batch = try batches.batch(at: index)
            for place in 0..<batch.count * rows * columns {
                defer { number += 1 }
                guard number.isMultiple(of: step) else { continue }
                let (image, position) = place.quotientAndRemainder(dividingBy: rows * columns)
                let (row, column) = position.quotientAndRemainder(dividingBy: columns)
                var element = 0
                for channel in 0..<channels {
                    for y in row..<row + kernelSize {
                        let line = ((image * height + y) * width + column) * channels + channel
                        for x in 0..<kernelSize {
                            patch[element] = Double(batch.images[line + x * channels])
                            element += 1
                        }
                    }
                }
                add(patch)
                count += 1
            }
        }
        for row in 0..<size {
            for column in row..<size {
                let mean = moments[row * size + column] / Double(max(count, 1))
                moments[row * size + column] = mean
                moments[column * size + row] = mean
            }
        }
    }

    private mutating func add(_ patch: [Double]) {
        for row in 0..<size {
            let factor = patch[row]
            for column in row..<size { moments[row * size + column] += factor * patch[column] }
        }
    }

    /// The principal components, the strongest first, of those that are not zero; the largest
    /// number of each direction is above 0.
    ///
    /// By Jacobi's rotations, which zero one pair of moments after the other until all are small.
    var components: [Component] {
        var matrix = moments
        var vectors = [Double](repeating: 0, count: size * size)
        for index in 0..<size { vectors[index * (size + 1)] = 1 }
        let total = matrix.reduce(0) { $0 + $1 * $1 }
        for _ in 0..<Self.maximumSweeps {
            var rest = 0.0
            for p in 0..<size {
                for q in p + 1..<max(size, p + 1) {
                    rest += matrix[p * size + q] * matrix[p * size + q]
                    Self.rotate(&matrix, &vectors, size, p, q)
                }
            }
            if rest <= 1e-28 * total { break }
        }
        return (0..<size).map { index in
            let direction = (0..<size).map { vectors[$0 * size + index] }
            let largest = direction.max { abs($0) < abs($1) } ?? 1
            return Component(
                direction: direction.map { largest < 0 ? -$0 : $0 },
                moment: matrix[index * (size + 1)])
        }
        .filter { $0.moment > 1e-12 }
        .sorted { $0.moment > $1.moment }
    }

    private static let maximumSweeps = 60

    /// Turns rows and columns p and q of a symmetric matrix so that their product is zero.
    private static func rotate(
        _ matrix: inout [Double], _ vectors: inout [Double], _ size: Int, _ p: Int, _ q: Int
    ) {
        let product = matrix[p * size + q]
        guard product != 0 else { return }
        let theta = (matrix[q * (size + 1)] - matrix[p * (size + 1)]) / (2 * product)
        let tangent = (theta < 0 ? -1 : 1) / (abs(theta) + (theta * theta + 1).squareRoot())
        let cosine = 1 / (tangent * tangent + 1).squareRoot()
        let sine = tangent * cosine
        for k in 0..<size {
            let (a, b) = (matrix[k * size + p], matrix[k * size + q])
            matrix[k * size + p] = cosine * a - sine * b
            matrix[k * size + q] = sine * a + cosine * b
        }
        for k in 0..<size {
            let (a, b) = (matrix[p * size + k], matrix[q * size + k])
            matrix[p * size + k] = cosine * a - sine * b
            matrix[q * size + k] = sine * a + cosine * b
        }
        for k in 0..<size {
            let (a, b) = (vectors[k * size + p], vectors[k * size + q])
            vectors[k * size + p] = cosine * a - sine * b
            vectors[k * size + q] = sine * a + cosine * b
        }
    }
}
