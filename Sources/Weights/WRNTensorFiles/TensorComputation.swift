// SPDX-License-Identifier: Apache-2.0

import WRNTensor

/// A tensor that a file holds in parts, as PyTorch's pruning and weight normalisation save weights.
///
///     pruning:               weight = weight_orig · weight_mask
///     weight normalisation:  weight = g · v / |v|,  with |v| over the axes that g does not have
package enum TensorComputation: Hashable, Sendable {
    /// `weight_orig` and `weight_mask`, element by element.
    case masked(original: String, mask: String)
    /// `weight_g` and `weight_v`, or `parametrizations.weight.original0` and `original1`.
    case weightNormalized(magnitude: String, direction: String)

    /// The names of the tensors that it is computed from.
    package var sources: [String] {
        switch self {
        case .masked(let original, let mask): [original, mask]
        case .weightNormalized(let magnitude, let direction): [magnitude, direction]
        }
    }

    /// Computes the tensor.
    func tensor(named name: String, in archive: TensorArchive) throws(CheckpointError) -> Tensor {
        switch self {
        case .masked(let original, let mask):
            var weight = try archive.tensor(named: original)
            let kept = try archive.tensor(named: mask, convertingIntegers: true).elements
            weight.withUnsafeMutableElements { elements in
                for index in elements.indices { elements[index] *= kept[index] }
            }
            return weight
        case .weightNormalized(let magnitude, let direction):
            return Self.scaled(
                try archive.tensor(named: direction), to: try archive.tensor(named: magnitude))
        }
    }

    /// `direction` with the norms in `magnitude`: one, or one for each index of one axis.
    private static func scaled(_ direction: Tensor, to magnitude: Tensor) -> Tensor {
        var result = direction
        let extents = direction.shape.extents
        let axis = magnitude.shape.extents.firstIndex { $0 > 1 } ?? 0
        let isSingle = magnitude.shape.elementCount == 1
        let groups = isSingle ? 1 : extents[axis]
        let inner = isSingle ? 1 : extents[(axis + 1)...].reduce(1, *)
        func group(_ index: Int) -> Int { isSingle ? 0 : index / inner % groups }
        var squares = [Double](repeating: 0, count: groups)
        for (index, element) in direction.elements.enumerated() {
            squares[group(index)] += Double(element) * Double(element)
        }
        let factors = zip(magnitude.elements, squares).map { Double($0) / $1.squareRoot() }
        result.withUnsafeMutableElements { elements in
            for index in elements.indices {
                elements[index] = Float(Double(elements[index]) * factors[group(index)])
            }
        }
        return result
    }
}

extension TensorArchive {
    /// The tensors that are computed from others, by their names; none before
    /// ``computingParametrizations()``.
    package var computedTensors: [String: TensorComputation] { computations }

    /// The same archive with each weight that PyTorch saved in parts under its own name, instead of
    /// the parts.
    ///
    /// Parts that do not fit each other, or a name that is there already, stay as they are.
    package func computingParametrizations() -> TensorArchive {
        var computed: [String: TensorComputation] = [:]
        for entry in entries {
            guard let (name, computation) = computation(beginningWith: entry.name),
                self[name] == nil, computed[name] == nil
            else { continue }
            computed[name] = computation
        }
        guard !computed.isEmpty else { return self }
        // The whole weight stands where the part of its shape stood.
        var places: [String: String] = [:]
        var dropped: Set<String> = []
        for (name, computation) in computed {
            let parts = computation.sources
            switch computation {
            case .masked: (places[parts[0]], _) = (name, dropped.insert(parts[1]))
            case .weightNormalized: (places[parts[1]], _) = (name, dropped.insert(parts[0]))
            }
        }
        let visible = entries.compactMap { entry -> Entry? in
            guard !dropped.contains(entry.name) else { return nil }
            guard let name = places[entry.name] else { return entry }
            return Entry(
                name: name, elementType: .float32, shape: entry.shape, byteRange: entry.byteRange,
                placement: entry.placement)
        }
        return TensorArchive(
            format: format, file: file, shards: shards, entries: visible, metadata: metadata,
            computations: computed,
            parts: entries.filter { places[$0.name] != nil || dropped.contains($0.name) })
    }

    private func computation(
        beginningWith name: String
    ) -> (name: String, computation: TensorComputation)? {
        if let base = name.removing(suffix: "_orig"), let mask = self[base + "_mask"],
            self[name]?.shape == mask.shape, self[base + "_u"] == nil
        {
            return (base, .masked(original: name, mask: mask.name))
        }
        if let base = name.removing(suffix: "_g"), fit(magnitude: name, direction: base + "_v") {
            return (base, .weightNormalized(magnitude: name, direction: base + "_v"))
        }
        guard let base = name.removing(suffix: ".original0"),
            fit(magnitude: name, direction: base + ".original1"), self[base + ".original2"] == nil,
            let dot = base.lastIndex(of: "."),
            let owner = String(base[..<dot]).removing(suffix: "parametrizations")
        else { return nil }
        return (
            owner + base[base.index(after: dot)...],
            .weightNormalized(magnitude: name, direction: base + ".original1")
        )
    }

    /// Whether one tensor has a norm for the other, or one for each index of one of its axes.
    private func fit(magnitude: String, direction: String) -> Bool {
        guard let magnitude = self[magnitude], let direction = self[direction],
            magnitude.elementType.isFloatingPoint, direction.elementType.isFloatingPoint
        else { return false }
        if magnitude.shape.elementCount == 1 { return true }
        let pairs = zip(magnitude.shape.extents, direction.shape.extents)
        return magnitude.shape.rank == direction.shape.rank
            && magnitude.shape.extents.count { $0 > 1 } == 1
            && pairs.allSatisfy { $0 == 1 || $0 == $1 }
    }
}

extension String {
    fileprivate func removing(suffix: String) -> String? {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : nil
    }
}
