// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNTensorFiles

/// The destination of a command's results: a file, which appears when it is whole, in place of what
/// was there, or the standard output.
enum ResultOutput {
    case file(String, Spool)
    case standardOutput

    /// Opens the destination before the work, so that an unwritable file is reported at once.
    ///
    /// - Parameter argument: A path, or `-` for the standard output.
    init(argument: String) throws {
        self = argument == "-" ? .standardOutput : .file(argument, try Spool(for: argument))
    }

    /// The path of the file; nil for the standard output.
    var path: String? {
        if case .file(let path, _) = self { path } else { nil }
    }

    /// Appends text; the standard output has it at once.
    func write(_ text: DisplayText) throws {
        switch self {
        case .standardOutput: try StandardOutput.write(text)
        case .file(_, let spool): try spool.append(text.description.utf8)
        }
    }

    /// Gives the file its name.
    func finish() throws {
        guard case .file(let path, let spool) = self else { return }
        try AtomicFile<CheckpointError>.write(to: path) { (file) throws(CheckpointError) in
            try spool.copy(to: file)
        }
    }
}
