// SPDX-License-Identifier: Apache-2.0

package import WRNFiles
import WRNTensorFiles
public import WRNText

/// An error of a run: it could not begin, continue, or be saved.
public struct TrainingError: WideResNetError, Hashable {
    /// The area of the codes: `training`.
    public static let area = "training"

    /// The message.
    public var description: String { message }

    /// The kind of failure.
    public enum Code: String, Hashable, Sendable, CaseIterable {
        /// A number of the configuration is out of its range.
        case invalidConfiguration
        /// A recipe that does not exist, or sets what no recipe can.
        case invalidRecipe
        /// The directory holds a run already, or files that a run would replace.
        case directoryTaken
        /// The directory holds no run.
        case noRun
        /// Another process trains in the directory.
        case directoryLocked
        /// The directory cannot be created or written to.
        case unwritable
        /// A file of the run is missing, or its content is not what it should be.
        case damagedRun
        /// The checkpoint is of another network or training than the configuration.
        case checkpointMismatch
        /// The images are not those that the run began with, or do not suit each other.
        case dataMismatch
        /// The weights that a run begins from are not those that it was made for.
        case weightsMismatch
        /// The loss is no longer a finite number, or exploded.
        case diverged
    }

    /// An advice that a program can express with its own options.
    public enum Advice: Hashable, Sendable {
        /// A new run with this learning rate.
        case learningRate(Double)
        /// Resume the run in this directory.
        case resume(String)
        /// List the settings of recipes.
        case settings
    }

    /// The kind of failure.
    public let code: Code
    /// One sentence: what, where, expected, found, what to do.
    public let message: String
    /// The advice, where there is one besides the message.
    public let advice: Advice?

    package init(_ code: Code, _ message: String, advice: Advice? = nil) {
        self.code = code
        // Names come from runs, recipes and files of others.
        self.message = printable(message)
        self.advice = advice
    }
}

extension TrainingError: FileFailure {
    /// Creates the error for a fault of a run's file or a recipe's.
    package init(_ fault: FileFault) {
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
        case .cannotWrite, .diskFull:
            self.init(.unwritable, "\(fault.file): \(fault.sentence)")
        default:
            self.init(.damagedRun, "\(fault.file): \(fault.sentence)")
        }
    }
}

extension RunDirectory {
    /// The bytes of a file of the run, or of a recipe: a regular file, never more than `limit`
    /// bytes, and no pipe is waited for.
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
