// SPDX-License-Identifier: Apache-2.0

import WRNFiles
import WRNArchive

extension CIFARReader {
    /// The longest name of a class, in bytes.
    static let maximumClassNameByteCount = 200

    /// The names of the classes: a line each, or a list in a pickled dictionary.
    func readClassNames(_ source: NamedBytes) throws(DataError) -> [String] {
        var fields: [ArraySlice<UInt8>] = []
        switch layout.encoding {
        case .binary:
            fields = source.bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
                .map { $0.last == 0x0D ? $0.dropLast() : $0 }
            while fields.last?.isEmpty ?? false { fields.removeLast() }
        case .pickle(_, let key):
            let document = try PickleReader.read(source)
            guard let items = document.value(of: key).flatMap(document.items) else {
                throw source.error(.malformed, "the pickle has no list '\(key)'")
            }
            for (index, item) in items.enumerated() {
                guard let bytes = document.string(item) else {
                    throw source.error(.malformed, "element \(index) of '\(key)' is not a string")
                }
                fields.append(bytes)
            }
        }
        guard fields.count == layout.classCount else {
            throw source.error(
                .malformed, "\(fields.count) names of classes; expected \(layout.classCount)")
        }
        var names: [String] = []
        for (index, field) in fields.enumerated() {
            guard !field.isEmpty, field.count <= Self.maximumClassNameByteCount,
                let name = String(validating: field, as: UTF8.self)
            else {
                throw source.error(
                    .malformed,
                    "the name of class \(index) is not a text of 1 to "
                        + "\(Self.maximumClassNameByteCount) bytes")
            }
            names.append(name)
        }
        return names
    }
}
