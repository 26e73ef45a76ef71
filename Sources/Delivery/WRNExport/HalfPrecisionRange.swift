// SPDX-License-Identifier: Apache-2.0

/// The numbers that half precision holds.
enum HalfPrecisionRange {
    /// From here on numbers are rounded to infinity.
    private static let end: Float = 65520

    /// Refuses numbers that would be infinite in half precision.
    ///
    /// - Parameters:
    ///   - numbers: The weights of an operation.
    ///   - name: Its name, or theirs.
    /// - Throws: An ``ExportError``.
    static func check(_ numbers: [Float], of name: String) throws(ExportError) {
        let largest = numbers.lazy.map(\.magnitude).max() ?? 0
        guard largest < end else {
            throw ExportError(
                .inexpressible,
                "\(name): half precision holds numbers up to 65504, and a weight is \(largest); "
                    + "choose float32")
        }
    }
}
