// SPDX-License-Identifier: Apache-2.0

import Foundation
import WRNInference
package import WRNModel
import WRNTensor
import WRNTensorFiles

extension RunDirectory {
    /// The file of the model of the best epoch so far, by the validation accuracy or by the metric
    /// of early stopping; of equal ones, the first.
    public var bestModelFile: String { path(of: Name.best) }

    /// Replaces the model.
    package func save(_ model: Model) throws { try save(model, to: modelFile) }

    private func save(_ model: Model, to file: String) throws {
        try writing {
            let (tensors, metadata) = try model.contents(ofFile: file)
            try ChecksummedFile.write(tensors, metadata: metadata, to: file)
        }
    }

    /// Replaces the best model.
    package func saveBest(_ model: Model) throws { try save(model, to: bestModelFile) }

    /// Makes `model.safetensors` the model of the best epoch, at the end of a run with early
    /// stopping.
    ///
    /// - Throws: What reading the best model and writing the file throw.
    package func restoreBest() throws {
        guard Self.weightsSHA256(of: bestModelFile) != Self.weightsSHA256(of: modelFile) else {
            return
        }
        try save(Model(readingFrom: bestModelFile) { try $0.graph() })
    }

    /// Makes `model.safetensors` the model of the last epoch and `best.safetensors` that of the
    /// best one of the record, after a process that was killed before it wrote them, or after a
    /// checkpoint of later epochs was lost.
    ///
    /// When the weights of the best epoch are lost, its file is removed until an epoch is better,
    /// so that it is never wrong.
    ///
    /// - Parameters:
    ///   - record: The record of the best epoch; nil before the first is complete.
    ///   - model: The model of the checkpoint that the run resumes from; nil without one.
    ///   - restoresBest: Whether the run is over and ends with the best model, so that
    ///     `model.safetensors` is that one.
    package func settleModels(
        best record: EpochRecord?, at position: TrainingPosition, _ model: Model?,
        restoresBest: Bool = false
    ) throws {
        if restoresBest, let digest = record?.weightsSHA256,
            Self.weightsSHA256(of: modelFile) == digest,
            Self.weightsSHA256(of: bestModelFile) != digest
        {
            repairs.append("\(bestModelFile) was lost; written again from \(modelFile)")
            try saveBest(Model(readingFrom: modelFile) { try $0.graph() })
        }
        try settleBestModel(record, at: position, model)
        guard restoresBest, Self.exists(bestModelFile) else {
            try settleLastModel(at: position, model)
            if restoresBest {
                repairs.append(
                    "\(bestModelFile) is lost, so \(modelFile) is the model of the last epoch and "
                        + "not of the best one")
            }
            return
        }
        if let problem = ChecksummedFile.contradiction(of: modelFile) {
            repairs.append("\(modelFile) \(problem); written again from the best model")
            ChecksummedFile.remove(modelFile)
        }
        try restoreBest()
        try ChecksummedFile.settle(modelFile)
    }

    private func settleLastModel(at position: TrainingPosition, _ model: Model?) throws {
        guard let model else { return }
        let problem = ChecksummedFile.contradiction(of: modelFile)
        if let problem {
            repairs.append("\(modelFile) \(problem); written again from the checkpoint")
        }
        if problem != nil
            || position.batch == 0 && model.weightsSHA256 != Self.weightsSHA256(of: modelFile)
        {
            try save(model)
        }
        try ChecksummedFile.settle(modelFile)
    }

    private func settleBestModel(
        _ record: EpochRecord?, at position: TrainingPosition, _ model: Model?
    ) throws {
        guard let record else {
            ChecksummedFile.remove(bestModelFile)
            return
        }
        let problem = ChecksummedFile.contradiction(of: bestModelFile)
        let isOther = record.weightsSHA256.map { $0 != Self.weightsSHA256(of: bestModelFile) }
        guard problem != nil || isOther == true else {
            try ChecksummedFile.settle(bestModelFile)
            return
        }
        if let model, record.epoch == position.epoch, position.batch == 0 {
            if let problem {
                repairs.append("\(bestModelFile) \(problem); written again from the checkpoint")
            }
            try saveBest(model)
        } else {
            // What the system refuses to read may be whole, and is not made again from anything.
            do throws(ChecksummedFile.Refusal) {
                _ = try ChecksummedFile.inspect(bestModelFile)
            } catch {
                throw TrainingError(
                    .damagedRun,
                    "\(error.file): cannot be read (\(error.sentence)); make it readable, or move "
                        + "the best model away to do without it")
            }
            if let problem {
                repairs.append(
                    "\(bestModelFile) \(problem); removed, as the checkpoint is of another epoch, "
                        + "until an epoch is better"
                )
            }
            ChecksummedFile.remove(bestModelFile)
        }
    }

    /// The digest of a file's tensors; nil when it cannot be read.
    static func weightsSHA256(of path: String) -> String? {
        guard exists(path), let archive = try? Safetensors.read(contentsOf: path) else {
            return nil
        }
        var tensors: [String: Tensor] = [:]
        for entry in archive.entries {
            guard let tensor = try? archive.tensor(named: entry.name) else { return nil }
            tensors[entry.name] = tensor
        }
        return WeightsDigest.sha256(of: tensors)
    }
}
