// SPDX-License-Identifier: Apache-2.0

public import WRNGraph

extension WideResNet {
    /// Reads a name such as `wrn-28-10`, `WRN-16-4` or `wrn-16-1.5`.
    ///
    /// - Throws: ``GraphError/invalidArchitecture(_:)`` when the name or its numbers are no Wide ResNet's.
    public init(
        name: String, classes: Int = 10, dropout: Double = 0, inputChannels: Int = 3
    ) throws(GraphError) {
        let parts = name.lowercased().split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "wrn",
            let depth = Self.wholeNumber(parts[1]), let width = Self.number(parts[2])
        else {
            throw .invalidArchitecture(
                "\"\(name)\" names no network: expected wrn-DEPTH-WIDTH, for example wrn-28-10 or wrn-16-4"
            )
        }
        try self.init(
            depth: depth, width: width, classes: classes, dropout: dropout,
            inputChannels: inputChannels)
    }

    /// A depth in decimal digits, without a sign.
    static func wholeNumber(_ text: Substring) -> Int? {
        text.allSatisfy { "0123456789".contains($0) } ? Int(text) : nil
    }

    /// A width in decimal digits and a dot, without a sign or an exponent.
    static func number(_ text: Substring) -> Double? {
        text.allSatisfy { "0123456789.".contains($0) } ? Double(text) : nil
    }
}
