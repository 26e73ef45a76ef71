// SPDX-License-Identifier: Apache-2.0

import WRNTensorFiles
import WRNData
import WRNInference

/// Where `wrn evaluate --csv` writes: a file that appears when it is whole, or the standard output.
enum AnswerOutput {
    case file(String, Spool)
    case standardOutput

    /// Finds out at once whether a file can be written, not when the evaluation is done.
    init(argument: String) throws {
        self = argument == "-" ? .standardOutput : .file(argument, try Spool(for: argument))
    }

    /// Writes a line for each image.
    func write(_ evaluation: Evaluation, of images: any ImageSet) throws {
        let table = AnswerTable(of: evaluation, images: images)
        switch self {
        case .standardOutput:
            try StandardOutput.write(
                DisplayText(
                    document: AnswerTable.header + evaluation.answers.map(table.line).joined()))
        case .file(let path, let spool):
            try spool.append(AnswerTable.header.utf8)
            for answer in evaluation.answers { try spool.append(table.line(answer).utf8) }
            try AtomicFile.write(to: path) { (file) throws(CheckpointError) in
                try spool.copy(to: file)
            }
        }
    }
}
