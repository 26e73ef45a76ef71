// SPDX-License-Identifier: Apache-2.0

package import WRNTensorFiles
import WRNText

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

extension ModelDescription {
    /// The key of the description in a file's metadata.
    public static let metadataKey = "wide-resnet"
    /// The longest description that is read, in bytes of JSON: a million classes with names of some
    /// length.
    public static let maximumByteCount = 1 << 24

    /// Reads a file's description, and refuses an impossible one.
    init(json: String, file: String) throws(CheckpointError) {
        guard json.utf8.count <= Self.maximumByteCount else {
            throw Self.malformed(
                "at most \(Self.maximumByteCount) bytes", found: "\(json.utf8.count)", in: file)
        }
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
        } catch let error as DecodingError {
            throw Self.malformed(error, in: file)
        } catch {
            throw Self.malformed("an object of JSON", found: "something else", in: file)
        }
        try validate(file: file)
    }

    /// The description as JSON, with sorted keys so that equal descriptions are equal bytes.
    package func json(file: String) throws(CheckpointError) -> String {
        try validate(file: file)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        } catch {
            throw Self.malformed("values that JSON can hold", found: "others", in: file)
        }
    }

    private static func malformed(_ error: DecodingError, in file: String) -> CheckpointError {
        let words = error.expectation()
        return malformed(
            words?.expected ?? "an object of JSON whose numbers fit their fields",
            found: words?.found ?? "something else", in: file)
    }

    private static func malformed(
        _ expected: String, found: String, in file: String
    ) -> CheckpointError {
        CheckpointError(
            .invalidDescription, file: file,
            "the model's description: expected \(expected), found \(found)",
            advice: CheckpointError.damagedFileAdvice)
    }
}
