// SPDX-License-Identifier: Apache-2.0

public import WRNGraph
public import WRNTensor
public import WRNTensorFiles

extension Model {
    /// Reads the tensors of `graph` from an archive that holds exactly them, each in its shape.
    ///
    /// The counters `num_batches_tracked`, which PyTorch keeps beside every batch normalisation,
    /// are ignored. All names and shapes are compared before the first tensor is read.
    ///
    /// - Parameter isIgnored: Whether a name that is not the network's is ignored.
    /// - Throws: A ``BindingError`` that lists what is missing, extra or differently shaped; a
    ///   `CheckpointError` when a tensor holds integers or cannot be read.
    public static func bind(
        _ archive: TensorArchive, to graph: Graph,
        ignoring isIgnored: (String) -> Bool = { _ in false }
    ) throws -> [String: Tensor] {
        let parameters = graph.parameters
        try compare(archive, with: parameters, ignoring: isIgnored)
        var tensors: [String: Tensor] = [:]
        for parameter in parameters {
            tensors[parameter.name] = try archive.tensor(named: parameter.name)
        }
        return tensors
    }

    /// Compares names and shapes, and reads no tensor.
    static func compare(
        _ archive: TensorArchive, with parameters: [Parameter],
        ignoring isIgnored: (String) -> Bool = { _ in false }
    ) throws(BindingError) {
        let expected = Set(parameters.map(\.name))
        var missing: [String] = []
        var differences: [BindingError.ShapeDifference] = []
        for parameter in parameters {
            guard let entry = archive[parameter.name] else {
                missing.append(parameter.name)
                continue
            }
            if entry.shape != parameter.shape {
                differences.append(
                    BindingError.ShapeDifference(
                        name: parameter.name, expected: parameter.shape, found: entry.shape))
            }
        }
        let extra = archive.entries.map(\.name).filter {
            !expected.contains($0) && !isBatchCounter($0) && !isIgnored($0)
        }
        guard missing.isEmpty, extra.isEmpty, differences.isEmpty else {
            throw BindingError(
                file: archive.file, missing: missing, extra: extra, differentlyShaped: differences)
        }
    }

    private static func isBatchCounter(_ name: String) -> Bool {
        name.split(separator: ".").last == "num_batches_tracked"
    }
}
