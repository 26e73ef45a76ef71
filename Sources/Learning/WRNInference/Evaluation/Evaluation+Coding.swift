// SPDX-License-Identifier: Apache-2.0

extension Evaluation: Codable {
    private enum CodingKeys: String, CodingKey {
        case loss, classNames, answers, broken
    }

    /// Encodes what all else follows from.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(loss, forKey: .loss)
        try container.encode(classes.map(\.name), forKey: .classNames)
        try container.encode(answers, forKey: .answers)
        try container.encode(broken, forKey: .broken)
    }

    /// Decodes an evaluation.
    ///
    /// - Throws: A `DecodingError` when there are no answers, or one is about no class or has no probability.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let names = try container.decode([String].self, forKey: .classNames)
        let answers = try container.decode([Answer].self, forKey: .answers)
        guard !answers.isEmpty, answers.allSatisfy({ $0.isPossible(classes: names.count) }) else {
            throw DecodingError.dataCorruptedError(
                forKey: .answers, in: container,
                debugDescription:
                    "expected at least 1 answer, each about some of the \(names.count) "
                    + "classes, with probabilities in 0...1 and the rank 1 where it is right, found others"
            )
        }
        self.init(
            loss: try container.decode(Double.self, forKey: .loss), classNames: names,
            answers: answers, broken: try container.decode([String].self, forKey: .broken))
    }
}
