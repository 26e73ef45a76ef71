// SPDX-License-Identifier: Apache-2.0

import WRNImages
import WRNTensorFiles
import WRNText

extension ModelDescription {
    /// The largest number of classes.
    static let maximumClassCount = 1_000_000
    /// The largest number of input channels.
    static let maximumChannelCount = 1024
    /// The largest height and width.
    static let maximumExtent = 65_536
    /// The longest name of an architecture, in characters.
    static let maximumNameLength = 64

    /// Refuses an impossible description, which is as untrusted as a file's tensors.
    func validate(file: String) throws(CheckpointError) {
        guard let problem else { return }
        throw CheckpointError(
            .invalidDescription, file: file,
            "the model's description: expected \(problem.field) \(problem.expected), found "
                + "\(problem.found)",
            advice: "write the file again with a description that fits")
    }

    /// The first impossible field, with its rule and its value; nil if all are right.
    package var problem: (field: String, expected: String, found: String)? {
        for (field, expected, found) in rules {
            if let found { return (field, expected, found) }
        }
        return calibration?.problem(classes: classes)
    }

    /// Each field with its rule, and its value if that breaks the rule.
    private var rules: [(field: String, expected: String, found: String?)] {
        [
            (
                "architecture",
                "of 1 to \(Self.maximumNameLength) letters, digits, dots and hyphens",
                hasValidArchitecture ? nil : quoted(architecture)
            ),
            Self.range("classes", classes, 1...Self.maximumClassCount),
            Self.range("inputChannels", inputChannels, 1...Self.maximumChannelCount),
            Self.range("inputHeight", inputHeight, 1...Self.maximumExtent),
            Self.range("inputWidth", inputWidth, 1...Self.maximumExtent),
            ("dropout", "at least 0 and below 1", (0..<1).contains(dropout) ? nil : "\(dropout)"),
            (
                "classNames", "to be none or one for each of the \(classes) classes",
                classNames.isEmpty || classNames.count == classes ? nil : "\(classNames.count)"
            ),
            Self.count("mean", mean, inputChannels),
            Self.count("standardDeviation", standardDeviation, inputChannels),
            ("mean", "to be finite", mean.first { !$0.isFinite }.map { "\($0)" }),
            (
                "standardDeviation", "above 0 and finite",
                standardDeviation.first { !($0 > 0 && $0.isFinite) }.map { "\($0)" }
            ),
            (
                "preparation", "to give images of \(inputHeight) x \(inputWidth)",
                preparation.flatMap {
                    $0.height == inputHeight && $0.width == inputWidth
                        ? nil : "\($0.height) x \($0.width)"
                }
            ),
        ]
    }

    private var hasValidArchitecture: Bool {
        (1...Self.maximumNameLength).contains(architecture.utf8.count)
            && architecture.utf8.allSatisfy { byte in
                switch UnicodeScalar(byte) {
                case "a"..."z", "A"..."Z", "0"..."9", ".", "-": true
                default: false
                }
            }
    }

    private static func range(
        _ field: String, _ value: Int, _ range: ClosedRange<Int>
    ) -> (String, String, String?) {
        (
            field, "in \(range.lowerBound)...\(range.upperBound)",
            range.contains(value) ? nil : "\(value)"
        )
    }

    private static func count(
        _ field: String, _ values: [Float], _ channels: Int
    ) -> (String, String, String?) {
        (
            field, "to have one number for each of the \(channels) input channels",
            values.count == channels ? nil : "\(values.count)"
        )
    }
}
