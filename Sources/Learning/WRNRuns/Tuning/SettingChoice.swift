// SPDX-License-Identifier: Apache-2.0

import WRNRandom
import WRNText

/// The values of one setting that a tuning tries: some of them, or a range from which values are
/// drawn.
package struct SettingChoice: Sendable {
    /// The values.
    package enum Values: Hashable, Sendable {
        /// These.
        case list([SettingValue])
        /// Numbers between two: where both are above 0 and the larger one is ten times the smaller
        /// one or more, their logarithm is drawn uniformly, else they are.
        case range(ClosedRange<Double>)
    }

    /// The setting.
    package let setting: TrainingSetting
    /// Its values.
    package let values: Values
    /// The choice as it was written.
    package let text: String

    /// The decimal digits of a drawn number, few enough to be written again by hand.
    private static let drawnDigits = 3

    /// Reads `learning_rate=0.01,0.03`, `milestones=[3,6],[4]` or `learning_rate=0.001...0.1`.
    ///
    /// - Parameter source: Where it was written, for errors.
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe` for a setting that there is not
    ///   or that cannot be tried, for a value out of its range, and for one value twice.
    package init(_ text: String, source: String) throws(TrainingError) {
        let parts = text.split(separator: "=", maxSplits: 1)
        guard parts.count == 2 else {
            throw TrainingError(
                .invalidRecipe,
                "\(source) takes a setting and its values, learning_rate=0.01,0.03,0.1 for "
                    + "example, not '\(text)'")
        }
        self.text = text
        setting = try Self.setting(
            String(parts[0].map { $0 == "-" ? "_" : $0 }), source: source)
        if let range = Self.range(parts[1]) {
            values = .range(try Self.checked(range, of: setting, source: source))
        } else {
            let typed = Self.parts(parts[1])
            let list = typed.map { SettingValue(commandLine: $0) }
            for (place, value) in list.enumerated() {
                try Self.check(value, of: setting, source: source)
                if let first = list[..<place].firstIndex(of: value) {
                    throw TrainingError(
                        .invalidRecipe,
                        "\(source): \(setting.name) has the value \(value.word) twice"
                            + (typed[first] == typed[place]
                                ? "" : " (\(typed[first]) and \(typed[place]))")
                            + "; leave one out")
                }
            }
            values = .list(list)
        }
    }

    /// The setting of a name, if it can be tried.
    private static func setting(
        _ name: String, source: String
    ) throws(TrainingError) -> TrainingSetting {
        if let known = TrainingSetting.named(name) {
            if known.name == TrainingSetting.epochs.name {
                throw TrainingError(
                    .invalidRecipe,
                    "\(source): the number of epochs is what a tuning gives to the better trials, "
                        + "so it cannot be tried; give the full length")
            }
            if known.name == TrainingSetting.validateEvery.name {
                throw TrainingError(
                    .invalidRecipe,
                    "\(source): trials are compared by the validations after their epochs, so "
                        + "\(known.name) cannot be tried; leave it out")
            }
            if known.scope == .fineTuning { return known }
            if !known.isOfRecipes {
                throw TrainingError(
                    .invalidRecipe,
                    "\(source): \(known.name) cannot be tried: all trials are on the same images "
                        + "and have the same seed", advice: .settings)
            }
        }
        return try Recipe.setting(name, file: source)
    }

    /// Refuses a value that the setting does not take.
    private static func check(
        _ value: SettingValue, of setting: TrainingSetting, source: String
    ) throws(TrainingError) {
        if case .other = setting.values, case .text = value { return }
        guard !setting.values.contains(value) else { return }
        throw TrainingError(
            .invalidRecipe,
            "\(source): \(setting.name) takes \(setting.values.text), not \(value.text)")
    }

    private static func checked(
        _ range: (Double, Double), of setting: TrainingSetting, source: String
    ) throws(TrainingError) -> ClosedRange<Double> {
        switch setting.values {
        case .number, .integer: break
        default:
            throw TrainingError(
                .invalidRecipe,
                "\(source): \(setting.name) takes \(setting.values.text), and no range of numbers")
        }
        for end in [range.0, range.1] {
            try check(.number(end), of: setting, source: source)
        }
        guard range.0 < range.1 else {
            throw TrainingError(
                .invalidRecipe,
                "\(source): \(setting.name) has the range \(range.0)...\(range.1); the first "
                    + "number must be the smaller one")
        }
        return range.0...range.1
    }

    /// The ends of `0.001...0.1`; nil for another text.
    private static func range(_ text: Substring) -> (Double, Double)? {
        guard let dots = text.firstRange(of: "...") else { return nil }
        guard let first = Double(text[..<dots.lowerBound]),
            let last = Double(text[dots.upperBound...]), first.isFinite, last.isFinite
        else { return nil }
        return (first, last)
    }

    /// The values between commas that are not in brackets.
    private static func parts(_ text: Substring) -> [String] {
        var (parts, depth) = ([""], 0)
        for character in text {
            if character == "[" { depth += 1 }
            if character == "]" { depth -= 1 }
            if character == ",", depth == 0 {
                parts.append("")
            } else {
                parts[parts.count - 1].append(character)
            }
        }
        return parts
    }

    /// The number of listed values; nil for a range.
    var count: Int? {
        if case .list(let list) = values { list.count } else { nil }
    }

    /// A value that a random number in `0 ..< 1` chooses.
    func value(at share: Double) -> SettingValue {
        switch values {
        case .list(let list):
            return list[min(Int(share * Double(list.count)), list.count - 1)]
        case .range(let range):
            let (low, high) = (range.lowerBound, range.upperBound)
            let drawn =
                low > 0 && high >= 10 * low
                ? low * SystemFunction.power(high / low, share) : low + share * (high - low)
            if case .integer = setting.values { return .number(drawn.rounded()) }
            let short = Double(Numbers.shortest(drawn, digits: Self.drawnDigits)) ?? drawn
            return .number(min(max(short, low), high))
        }
    }
}

/// The value that a trial gives a setting.
package struct TriedSetting: Codable, Hashable, Sendable {
    /// The setting's name.
    package let name: String
    /// The value.
    package let value: SettingValue

    /// The argument by which a command line gives it: `learning_rate=0.01`.
    package var argument: String { "\(name)=\(value.word)" }
}

extension SettingChoice {
    /// The most trials of a tuning.
    package static let maximumTrialCount = 1000
    /// The trials where values are drawn from a range and no number is given.
    package static let usualDrawnCount = 12

    /// The settings of each trial.
    ///
    /// Lists alone are tried in all combinations, the last setting's values changing first. With a
    /// `count` below that of the combinations, so many of them are drawn, each at most once. With a
    /// range, each trial draws all its values; a trial that is another one's twin is drawn again.
    /// Of two such counts, the trials of the smaller one are the first ones of the larger one.
    ///
    /// - Parameters:
    ///   - count: The number of trials; nil for all combinations, or for ``usualDrawnCount`` with a
    ///     range.
    ///   - seed: What values are drawn from.
    ///   - source: Where the choices were written, for errors.
    /// - Throws: A ``TrainingError`` with the code `invalidRecipe` for a setting that is there
    ///   twice, and for too many combinations.
    package static func trials(
        _ choices: [SettingChoice], count: Int?, seed: UInt64, source: String
    ) throws(TrainingError) -> [[TriedSetting]] {
        var seen: Set<String> = []
        for choice in choices where !seen.insert(choice.setting.name).inserted {
            throw TrainingError(
                .invalidRecipe,
                "\(source): \(choice.setting.name) is there twice; give all its values at once")
        }
        let counts = choices.compactMap(\.count)
        guard counts.count == choices.count else {
            return drawn(choices, count: count ?? usualDrawnCount, seed: seed)
        }
        let total = counts.reduce(1) { product, count in
            let (next, overflows) = product.multipliedReportingOverflow(by: count)
            return overflows ? Int.max : next
        }
        let wanted = min(count ?? total, total)
        guard wanted <= maximumTrialCount else {
            throw TrainingError(
                .invalidRecipe,
                "\(source): the values have \(Numbers.grouped(total)) combinations, more than "
                    + "\(Numbers.grouped(maximumTrialCount)); try fewer values, or give the "
                    + "number of trials, so that some are drawn")
        }
        guard wanted < total else { return (0..<total).map { combination($0, of: choices) } }
        let stream = RandomStream(seed: seed, purpose: .tuning)
        var (drawnPlaces, places): (Set<Int>, [Int]) = ([], [])
        var index = 0
        while places.count < wanted {
            let place = min(Int(stream.uniform(at: index) * Double(total)), total - 1)
            if drawnPlaces.insert(place).inserted { places.append(place) }
            index += 1
        }
        return places.map { combination($0, of: choices) }
    }

    private static func combination(
        _ number: Int, of choices: [SettingChoice]
    ) -> [TriedSetting] {
        var rest = number
        let values = choices.reversed().map { choice -> TriedSetting in
            guard case .list(let list) = choice.values else {
                preconditionFailure("a range has no combinations")
            }
            defer { rest /= list.count }
            return TriedSetting(name: choice.setting.name, value: list[rest % list.count])
        }
        return values.reversed()
    }

    /// Draws trials, of which no two are the same; fewer where there are not so many.
    private static func drawn(
        _ choices: [SettingChoice], count: Int, seed: UInt64
    ) -> [[TriedSetting]] {
        var trials: [[TriedSetting]] = []
        var seen: Set<[TriedSetting]> = []
        // Drawn again and again, a range of few whole numbers gives nothing new.
        for step in 0..<count * 20 where trials.count < count {
            let trial = choices.enumerated().map { place, choice in
                let stream = RandomStream(seed: seed, purpose: .tuning, step: step, item: place + 1)
                return TriedSetting(
                    name: choice.setting.name, value: choice.value(at: stream.uniform(at: 0)))
            }
            if seen.insert(trial).inserted { trials.append(trial) }
        }
        return trials
    }
}
