// SPDX-License-Identifier: Apache-2.0

package import WRNArchive
import WRNTensorFiles

extension TrainingError: ArchiveFailure {
    /// Words a fault of a run's file or a recipe's.
    package init(_ fault: ArchiveFault) {
        switch fault.code {
        case .system(let number):
            let error = SystemError(number: number)
            self.init(
                .damagedRun,
                "\(fault.file): cannot read the file: \(error.sentence); \(error.readingAdvice)")
        case .notRegular(let kind):
            self.init(
                .damagedRun,
                "\(fault.file): expected a file, found \(kind); put the file itself there")
        default:
            self.init(.damagedRun, "\(fault.file): \(fault.sentence)")
        }
    }
}

extension RunDirectory {
    /// The bytes of a file of the run, or of a recipe: a regular file, never more than `limit` bytes, and no pipe is waited for.
    static func readFile(_ file: String, limit: Int) throws(TrainingError) -> [UInt8] {
        let open = try OpenFile<TrainingError>(file)
        guard open.count <= limit else {
            throw TrainingError(
                .damagedRun,
                "\(file): expected at most \(limit) bytes, found more (\(open.count)): "
                    + "the file was changed or is another one; restore it")
        }
        return try open.bytes(at: 0, open.count, "the file")
    }
}
