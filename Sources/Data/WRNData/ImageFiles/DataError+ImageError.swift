// SPDX-License-Identifier: Apache-2.0

import WRNImages

extension DataError {
    /// What is wrong with an image file, with the file's name.
    init(_ error: ImageError, file: String) {
        let code: Code =
            switch error.code {
            case .truncated: .truncated
            case .malformed: .malformed
            case .unsupported: .unsupported
            case .tooLarge: .tooLarge
            case .invalidArgument: .invalidArgument
            }
        self.init(code, file: file, error.sentence)
    }
}
